"""The doors of the calsync Worker: its queue, its dead letters, its schedule and the calls of other Workers."""

import asyncio
from typing import Any

from workers import Response, WorkerEntrypoint

from calsync.context import Bindings
from calsync.exports import service as exports
from calsync.exports.models import Unit
from calsync.feeds import reading, runs
from calsync.handlers import Calsync, buried
from calsync.previews import service as previews
from calsync.pushes import service as pushes
from calsync.schedule import service as schedule
from calsync.settings import Settings
from propflow import consumer, doors, log, messages, rpc, settings
from propflow.bindings import meter
from propflow.bindings.env import Env
from propflow.messages import FeedSyncRequested
from propflow.models import (
    Done,
    ExportCheck,
    FeedCheck,
    FeedPreview,
    FeedPreviewRequest,
    FeedVerdict,
    PushCheck,
    PushVerdict,
)
from propflow.outbox import Destination

doors.keep_imports()
__all__ = ["Default", "Internal"]


def _bindings(raw: Any) -> Bindings:
    env = Env(raw)
    return Bindings(
        db=env.database("DB_CORE"), queue=env.queue("Q_CALSYNC"), notifications=env.queue("Q_NOTIFICATIONS"),
        api=env.service("SVC_API"), settings=settings.kept(Settings, env),
    )  # fmt: skip


class Default(WorkerEntrypoint):
    """What the platform calls."""

    async def fetch(self, request: Any) -> Any:
        return Response("Not found\n", status=404)

    async def queue(self, batch: Any, env: Any = None, ctx: Any = None) -> None:
        log.bind(worker="calsync")
        bindings = _bindings(self.env)
        name = doors.queue_name(batch)
        if name == "calsync":
            calsync = Calsync(bindings)
            await consumer.consume(
                batch, bindings.db, Destination.CALSYNC, messages.CALSYNC, calsync.handle, calsync.together
            )
        elif name == "calsync-dlq":
            await consumer.bury(batch, bindings.db, Destination.CALSYNC, buried)
        else:
            raise RuntimeError(f"calsync has no consumer for the queue {batch.queue}")

    async def scheduled(self, controller: Any, env: Any = None, ctx: Any = None) -> None:
        """Each minute: ask for the runs and the pushes that are due."""
        log.bind(worker="calsync")
        meter.start()
        bindings, now = _bindings(self.env), int(controller.scheduledTime)
        jobs = (schedule.queue_due(bindings, now), pushes.queue_due(bindings, now))
        for outcome in await asyncio.gather(*jobs, return_exceptions=True):  # one that fails must not stop the other
            if isinstance(outcome, BaseException):
                raise outcome


def _environment(env: Any) -> str:
    return settings.kept(Settings, Env(env)).ENV


class Internal(WorkerEntrypoint):
    """What other Workers call."""

    async def health(self, text: str) -> str:
        return await doors.health(text, self.ctx, "calsync", lambda: _environment(self.env))

    async def check_feed(self, text: str) -> str:
        async def answer(request: FeedCheck) -> FeedVerdict:
            doors.admit(self.ctx, "calsync")
            env = Env(self.env)
            return await reading.check_feed(env.database("DB_CORE"), settings.kept(Settings, env), request)

        return await rpc.serve(text, FeedCheck, answer)

    async def preview_feed(self, text: str) -> str:
        async def answer(request: FeedPreviewRequest) -> FeedPreview:
            doors.admit(self.ctx, "calsync")
            env = Env(self.env)
            return await previews.preview(env.database("DB_CORE"), settings.kept(Settings, env), request)

        return await rpc.serve(text, FeedPreviewRequest, answer)

    async def sync_now(self, text: str) -> str:
        async def answer(job: FeedSyncRequested) -> Done:
            doors.admit(self.ctx, "calsync")
            log.bind(request_id=job.request_id, tenant_id=job.tenant_id)
            await runs.sync_now(_bindings(self.env), job)
            return Done()

        return await rpc.serve(text, FeedSyncRequested, answer)

    async def render_export(self, text: str) -> str:
        async def answer(request: ExportCheck) -> Done:
            doors.admit(self.ctx, "calsync")
            bindings = _bindings(self.env)
            installation = bindings.settings.installation
            unit = Unit(request.tenant_id, request.unit_id)
            await exports.refresh(bindings.db, installation, [unit])
            return Done()

        return await rpc.serve(text, ExportCheck, answer)

    async def check_target(self, text: str) -> str:
        async def answer(request: PushCheck) -> PushVerdict:
            doors.admit(self.ctx, "calsync")
            env = Env(self.env)
            return await pushes.check_target(env.database("DB_CORE"), settings.kept(Settings, env), request)

        return await rpc.serve(text, PushCheck, answer)
