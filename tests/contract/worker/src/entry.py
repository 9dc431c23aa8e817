"""The main module of the fixture: handlers here, and one entrypoint per subject from the package `contract`."""
# ruff: noqa: F401  (imported classes are exported, which is what is tested)

from contract import at_import
from contract.boot import Boot
from contract.calls import Calls
from contract.crypto import Crypto
from contract.messages import Messages, receive
from contract.objects import Clock, Objects, Poisoned, Room
from contract.storage import Storage
from contract.values import Values
from contract.workflows import GivingUp, Misnamed, Steps, Workflows
from workers import Response, WorkerEntrypoint

at_import.MAIN_IMPORTS += 1
Alias = Storage


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        path = "/" + request.url.split("/", 3)[3]
        if path.startswith("/socket/"):
            return await self.env.ROOM.getByName(path.removeprefix("/socket/")).fetch(request)
        if path == "/fail":
            raise ValueError("the fetch handler failed")
        if path == "/cookies":
            return Response(None, status=302, headers=[("Location", "/"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return Response.json({"method": request.method, "path": path, "accept": request.headers.get("accept")})

    async def queue(self, batch, env, ctx):
        await receive(self, batch, env, ctx)

    async def scheduled(self, controller, env, ctx):
        seen = f"{controller.cron} {type(controller.scheduledTime).__name__} {env} {ctx}"
        await self.env.KV.put("scheduled", seen)
