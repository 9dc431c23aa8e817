"""D1, KV and R2."""

import time

from pyodide.ffi import JsException
from workers import WorkerEntrypoint

INSERT = "INSERT INTO things (id, name) VALUES (?1, ?2)"


class Storage(WorkerEntrypoint):
    async def batch(self, *rows):
        """Insert rows in one batch: the error's message, or the changes of each statement."""
        insert = self.env.DB.prepare(INSERT)
        try:
            results = await self.env.DB.batch([insert.bind(*row) for row in rows])
        except JsException as error:
            return error.message
        return [result.meta.changes for result in results]

    async def names(self):
        result = await self.env.DB.prepare("SELECT name FROM things ORDER BY id").all()
        return [row["name"] for row in result.results]

    async def bound(self, expression, value):
        return await self.env.DB.prepare(f"SELECT {expression} AS v").bind(value).first("v")

    async def loose(self, value):
        row = (
            await self.env.DB.prepare("INSERT INTO loose VALUES (?) RETURNING value, typeof(value) AS t")
            .bind(value)
            .first()
        )
        return [row["value"], row["t"]]

    async def blob(self):
        await self.env.DB.prepare("INSERT INTO things (id, name, body) VALUES (99, 'blob', ?)").bind(b"\x00\xff").run()
        value = await self.env.DB.prepare("DELETE FROM things WHERE id = 99 RETURNING body").first("body")
        return [type(value).__name__, list(bytes(value))]

    async def too_many_parameters(self, count):
        try:
            marks = ",".join("?" * count)
            await self.env.DB.prepare(f"SELECT 1 IN ({marks}) AS v").bind(*range(count)).first("v")
        except JsException as error:
            return error.message
        return "accepted"

    async def begin(self):
        try:
            await self.env.DB.prepare("BEGIN").run()
        except JsException as error:
            return error.message
        return "began"

    async def kv(self):
        await self.env.KV.put("text", "é", expirationTtl=60)
        await self.env.KV.put("json", '{"a": [1]}')
        dictionary = None
        try:
            await self.env.KV.put("dict", {"a": 1})
        except JsException as error:
            dictionary = error.name
        return {
            "text": await self.env.KV.get("text"),
            "missing": await self.env.KV.get("missing"),
            "json": await self.env.KV.get("json", "json"),
            "dict": dictionary,
            "names": [key["name"] for key in (await self.env.KV.list(prefix="te"))["keys"]],
        }

    async def kv_is_immediate(self):
        before = await self.env.KV.get("fresh")
        mark = str(time.time_ns())
        await self.env.KV.put("fresh", mark)
        return before != mark and await self.env.KV.get("fresh") == mark

    async def kv_short_ttl(self):
        try:
            await self.env.KV.put("short", "x", expirationTtl=30)
        except JsException as error:
            return error.message
        return "accepted"

    async def r2(self):
        put = await self.env.R2.put("a/b", b"\x00\xff", httpMetadata={"contentType": "application/pdf"})
        refused = await self.env.R2.put("a/b", b"other", onlyIf={"etagDoesNotMatch": "*"})
        got = await self.env.R2.get("a/b")
        body = await got.arrayBuffer()
        return {
            "size": put.size,
            "refused": refused is None,
            "type": got.httpMetadata["contentType"],
            "body": [type(body).__name__, list(bytes(body))],
            "missing": await self.env.R2.get("missing"),
        }
