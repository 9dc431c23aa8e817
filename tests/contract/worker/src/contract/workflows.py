"""Workflows with steps that depend on each other by name."""

from pyodide.ffi import JsException
from workers import WorkerEntrypoint, WorkflowEntrypoint
from workers.workflows import NonRetryableError

QUICK = {"retries": {"limit": 3, "delay": 1, "backoff": "constant"}}


class Steps(WorkflowEntrypoint):
    async def run(self, event, step):
        @step.do(config=QUICK)
        async def first():
            return {"n": event["payload"]["start"]}

        @step.do()
        async def second(first, ctx):
            return first["n"] + ctx["attempt"]

        return await second()


class GivingUp(WorkflowEntrypoint):
    async def run(self, event, step):
        @step.do(config=QUICK)
        async def hopeless():
            tries = int(await self.env.KV.get("tries") or 0) + 1
            await self.env.KV.put("tries", str(tries))
            raise NonRetryableError("no use")

        try:
            await hopeless()
        except NonRetryableError as error:
            return f"gave up: {error}"


class Misnamed(WorkflowEntrypoint):
    async def run(self, event, step):
        @step.do("a name of its own")
        async def first():
            return 1

        @step.do()
        async def second(first):
            return first

        try:
            await second()
        except TypeError as error:
            return str(error)


class Workflows(WorkerEntrypoint):
    async def start(self, binding, identity, start):
        await getattr(self.env, binding).create({"id": identity, "params": {"start": start}})

    async def status(self, binding, identity):
        instance = await getattr(self.env, binding).get(identity)
        return dict(await instance.status())

    async def start_twice(self, binding, identity):
        await getattr(self.env, binding).create(id=identity, params={"start": 0})
        try:
            await getattr(self.env, binding).create(id=identity)
        except JsException as error:
            return error.message
        return "accepted"
