"""The peer of the fixture."""

from contract.peer import Failing, Peer, ReturningText, WithoutArguments
from workers import Response, WorkerEntrypoint

__all__ = ["Default", "Failing", "Peer", "ReturningText", "WithoutArguments"]


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return Response("Not found", status=404)

    async def queue(self, batch):
        await self.env.KV.put("misread", "reached")

    async def scheduled(self, controller):
        await self.env.KV.put("misread", "reached")


class NotListed(WorkerEntrypoint):
    """Public, but not in `__all__`."""
