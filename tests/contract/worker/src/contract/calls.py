"""How methods are called, what becomes of errors and of work that outlives a call."""

import asyncio

from pyodide.ffi import JsException
from workers import WorkerEntrypoint


class Calls(WorkerEntrypoint):
    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        self.made_with = [type(self.ctx).__name__, type(self.env).__name__]

    async def constructed(self):
        return self.made_with

    async def ask(self, method, *args):
        """A method of the peer with these arguments: the answer, or the error's class, name and message."""
        try:
            return {"answer": await getattr(self.env.PEER, method)(*args)}
        except Exception as error:
            return {"error": type(error).__name__, "name": getattr(error, "name", ""), "message": str(error)}

    async def with_keywords(self):
        return await self.env.PEER.keywords(a=1, b=2)

    async def fetch_peer(self, binding):
        try:
            response = await getattr(self.env, binding).fetch("https://peer/")
            return {"status": response.status, "text": await response.text()}
        except OSError as error:
            return {"error": type(error).__name__, "message": str(error)}
        except JsException as error:
            return {"error": "JsException", "message": error.message}

    async def wait_until(self, key):
        self.ctx.waitUntil(self._write_later(key))
        return "answered"

    async def wait_until_from_module(self, key):
        from workers import wait_until

        wait_until(self._write_later(key))
        return "answered"

    async def create_task(self, key):
        self.task = asyncio.create_task(self._write_later(key))
        return "answered"

    async def read(self, key):
        return await self.env.KV.get(key)

    async def _write_later(self, key):
        await asyncio.sleep(0.05)
        await self.env.KV.put(key, "written")

    async def snake_case_of_a_binding(self):
        try:
            return self.env.JOBS.send_batch is not None
        except AttributeError:
            return "AttributeError"

    async def missing_binding(self):
        try:
            return self.env.NO_SUCH_BINDING
        except AttributeError:
            return "AttributeError"
