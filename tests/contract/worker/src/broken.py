"""Makes its class by calling a function, which reading cannot see."""

from workers import Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return Response("never")


def _make(name):
    return type(name, (WorkerEntrypoint,), {"answer": lambda self: 42})


Dynamic = _make("Dynamic")
