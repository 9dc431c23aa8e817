"""Queues: what a consumer sees, and what the platform does with what it does."""

import datetime
import json

from workers import WorkerEntrypoint

DLQ = "contract-jobs-dlq"


async def receive(entrypoint, batch, env, ctx):
    """Record each message in KV and do what its body asks for."""
    failing = False
    for message in batch.messages:
        body = message.body
        key = f"{batch.queue}/{body['id']}/{message.attempts}"
        await entrypoint.env.KV.put(key, json.dumps(_facts(message, env, ctx)))
        if batch.queue == DLQ:
            message.ack()
        elif body["do"] == "note the order":
            noted = json.loads(await entrypoint.env.KV.get("order") or "[]")
            await entrypoint.env.KV.put("order", json.dumps([*noted, body["number"]]))
        elif body["do"] == "retry":
            message.retry(delaySeconds=0)
        elif body["do"] == "fail":
            failing = True
        elif body["do"] == "ack then fail":
            message.ack()
            failing = True
    if failing:
        raise RuntimeError("the consumer failed")


def _facts(message, env, ctx):
    at = message.timestamp
    return {
        "attempts": message.attempts,
        "body": type(message.body).__name__,
        "timestamp": isinstance(at, datetime.datetime) and at.tzinfo is None,
        "env": env,
        "ctx": ctx,
    }


class Messages(WorkerEntrypoint):
    async def send(self, identity, action):
        await self.env.JOBS.send({"id": identity, "do": action})

    async def send_both(self, *bodies):
        await self.env.JOBS.sendBatch([{"body": body} for body in bodies])

    async def order(self, count):
        for number in range(count):
            await self.env.JOBS.send({"id": "order", "do": "note the order", "number": number})

    async def ordered(self):
        return json.loads(await self.env.KV.get("order") or "[]")

    async def seen(self, queue, identity):
        """Attempt → facts of every delivery recorded so far."""
        prefix = f"{queue}/{identity}/"
        keys = [key["name"] for key in (await self.env.KV.list(prefix=prefix))["keys"]]
        return {key.removeprefix(prefix): json.loads(await self.env.KV.get(key)) for key in keys}
