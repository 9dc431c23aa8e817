"""Entrypoints that another Worker calls."""

from workers import Response, WorkerEntrypoint

from contract.values import describe, make


class Stop(BaseException):
    """Not an Exception. SystemExit is left out: it ends the interpreter, and with it every later call."""


class Peer(WorkerEntrypoint):
    attribute = "text"

    async def describe(self, value):
        return describe(value)

    async def give(self, kind):
        return make(kind)

    async def call_back(self, function):
        return await function(20, 1)

    async def two(self, first, second):
        return [first, second]

    def plain(self):
        return "from a function without async"

    async def do_something(self):
        return "done"

    async def _private(self):
        return "a private method answers"

    @staticmethod
    def static():
        return "a static method answers"

    async def keywords(self, value):
        return value

    async def fail(self):
        raise LookupError("what the peer says")

    async def stop(self):
        raise Stop("stop")

    async def caller(self):
        return self.ctx.props.caller

    async def same_instance(self):
        self.calls = getattr(self, "calls", 0) + 1
        return self.calls


class WithoutArguments(WorkerEntrypoint):
    async def fetch(self):
        return Response("without a parameter")


class ReturningText(WorkerEntrypoint):
    async def fetch(self, request):
        return "not a response"


class Failing(WorkerEntrypoint):
    async def fetch(self, request):
        raise RuntimeError("the peer's fetch failed")
