"""The doors of the notify Worker: its queues, their dead letters and the calls of other Workers."""

from typing import Any

from workers import Response, WorkerEntrypoint

from notify import automation, handlers
from notify.context import Bindings
from notify.delivery import endings_repository
from notify.settings import Settings
from propflow import consumer, doors, log, messages, settings
from propflow.bindings.env import Env
from propflow.outbox import Destination

doors.keep_imports()
__all__ = ["Default", "Internal"]


def _bindings(raw: Any) -> Bindings:
    env = Env(raw)
    return Bindings(settings=settings.kept(Settings, env), core=env.database("DB_CORE"))


class Default(WorkerEntrypoint):
    """What the platform calls."""

    async def fetch(self, request: Any) -> Any:
        return Response("Not found\n", status=404)

    async def queue(self, batch: Any, env: Any = None, ctx: Any = None) -> None:
        log.bind(worker="notify")
        # Before all else: a Worker that must not run buries nothing either, so the outbox sends it again.
        bindings = _bindings(self.env)
        db = bindings.core
        match doors.queue_name(batch):
            case "notifications":
                notifications = handlers.Notifications(bindings)
                await consumer.consume(
                    batch, db, Destination.NOTIFICATIONS, messages.NOTIFICATIONS,
                    notifications.handle, notifications.together,
                )  # fmt: skip
            case "notifications-dlq":
                await consumer.bury(batch, db, Destination.NOTIFICATIONS, closing=endings_repository.CLOSE_WHEN_DEAD)
            case "automation":
                await consumer.consume(batch, db, Destination.AUTOMATION, automation.DECODER, automation.handle)
            case "automation-dlq":
                await consumer.bury(batch, db, Destination.AUTOMATION)
            case _:
                raise RuntimeError(f"notify has no consumer for the queue {batch.queue}")


def _environment(env: Any) -> str:
    return settings.kept(Settings, Env(env)).ENV


class Internal(WorkerEntrypoint):
    """What other Workers call."""

    async def health(self, text: str) -> str:
        return await doors.health(text, self.ctx, "notify", lambda: _environment(self.env))
