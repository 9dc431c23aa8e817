"""The doors of the billing Worker: its queue, its dead letters and the calls of other Workers."""

from typing import Any

from workers import Response, WorkerEntrypoint

from billing import handlers
from billing.settings import Settings
from propflow import consumer, doors, log, messages, settings
from propflow.bindings.env import Env
from propflow.outbox import Destination

doors.keep_imports()
__all__ = ["Default", "Internal"]


class Default(WorkerEntrypoint):
    """What the platform calls."""

    async def fetch(self, request: Any) -> Any:
        return Response("Not found\n", status=404)

    async def queue(self, batch: Any, env: Any = None, ctx: Any = None) -> None:
        log.bind(worker="billing")
        db = Env(self.env).database("DB_CORE")
        name = doors.queue_name(batch)
        if name == "billing":
            billing = handlers.Billing(db)
            await consumer.consume(
                batch, db, Destination.BILLING, messages.BILLING, billing.handle, billing.together
            )  # fmt: skip
        elif name == "billing-dlq":
            await consumer.bury(batch, db, Destination.BILLING)
        else:
            raise RuntimeError(f"billing has no consumer for the queue {batch.queue}")


def _environment(env: Any) -> str:
    return settings.kept(Settings, Env(env)).ENV


class Internal(WorkerEntrypoint):
    """What other Workers call."""

    async def health(self, text: str) -> str:
        return await doors.health(text, self.ctx, "billing", lambda: _environment(self.env))
