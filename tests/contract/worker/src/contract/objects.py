"""Durable Objects: SQLite, alarms, hibernating WebSockets, and order."""

import asyncio
import json
import time

import js
from pyodide.ffi import to_js
from workers import DurableObject, Response, WorkerEntrypoint


class Room(DurableObject):
    """Storage and sockets."""

    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        self.lock = asyncio.Lock()
        self.born = time.time_ns()
        self.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS notes (text TEXT UNIQUE, flag)")

    async def fetch(self, request):
        client, server = js.WebSocketPair.new().object_values()
        self.ctx.acceptWebSocket(server, to_js(["user:7"]))
        server.serializeAttachment(json.dumps({"user": 7}))
        return Response(None, status=101, web_socket=client)

    async def webSocketMessage(self, ws, message):  # noqa: N802
        user = json.loads(ws.deserializeAttachment())["user"]
        text = message if isinstance(message, str) else f"bytes {message.to_bytes()!r}"
        tagged = len(self.ctx.getWebSockets("user:7"))
        if text == "fail":
            raise RuntimeError("the message handler failed")
        ws.send(json.dumps({"user": user, "text": text, "tagged": tagged, "born": str(self.born)}))

    async def webSocketClose(self, ws, code, reason, clean):  # noqa: N802
        self.ctx.storage.sql.exec("INSERT OR REPLACE INTO notes VALUES (?, ?)", f"closed {code} {reason}", int(clean))

    async def note(self, text, flag=None):
        self.ctx.storage.sql.exec("INSERT INTO notes VALUES (?, ?)", text, flag)

    async def notes(self):
        return [
            [r["text"], r["flag"]] for r in self.ctx.storage.sql.exec("SELECT * FROM notes ORDER BY text").toArray()
        ]

    async def rolled_back(self):
        def work():
            self.ctx.storage.sql.exec("INSERT INTO notes VALUES ('undone', 0)")
            raise KeyError("changed my mind")

        try:
            self.ctx.storage.transactionSync(work)
        except KeyError as error:
            return f"KeyError {error.args[0]}"

    async def committed(self):
        return self.ctx.storage.transactionSync(lambda: self.ctx.storage.sql.exec("SELECT 42 AS v").one()["v"])

    async def increment(self):
        """Atomic: nothing else runs between `get` and `put`."""
        count = (await self.ctx.storage.get("count") or 0) + 1
        await self.ctx.storage.put("count", count)
        return count

    async def increment_loosely(self):
        """Not atomic: waiting for something outside lets other calls in."""
        count = (await self.ctx.storage.get("loose") or 0) + 1
        await self.env.KV.get("anything")
        await self.ctx.storage.put("loose", count)
        return count

    async def increment_locked(self):
        async with self.lock:
            count = (await self.ctx.storage.get("locked") or 0) + 1
            await self.env.KV.get("anything")
            await self.ctx.storage.put("locked", count)
            return count

    async def wait_until(self, key):
        self.ctx.waitUntil(self._write_later(key))

    async def create_task(self, key):
        self.task = asyncio.create_task(self._write_later(key))

    async def _write_later(self, key):
        await asyncio.sleep(0.05)
        await self.env.KV.put(key, "written")


class Clock(DurableObject):
    """An alarm that fails the first time."""

    async def set(self, fail):
        self.ctx.storage.kv.put("fail", fail)
        await self.ctx.storage.setAlarm(int(time.time() * 1000) + 500)  # or it may ring before the next line
        return await self.ctx.storage.getAlarm() is not None

    async def alarm(self, info):
        rung = self.ctx.storage.kv.get("rung") or []
        self.ctx.storage.kv.put("rung", [*rung, [info.retryCount, info.isRetry]])
        if self.ctx.storage.kv.get("fail") and not rung:
            raise RuntimeError("the alarm failed")

    async def rung(self):
        return self.ctx.storage.kv.get("rung") or []


class Poisoned(DurableObject):
    """Cannot be made."""

    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        raise RuntimeError("the constructor failed")

    async def hello(self):
        return "hello"


class Objects(WorkerEntrypoint):
    """The way to them for a test."""

    async def call(self, binding, name, method, *args):
        return await getattr(getattr(self.env, binding).getByName(name), method)(*args)

    async def five(self, name, method):
        stub = self.env.ROOM.getByName(name)
        return sorted(await asyncio.gather(*[getattr(stub, method)() for _ in range(5)]))
