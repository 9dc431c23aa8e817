"""One run of the importer on a database in memory, from what is known to what is written."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime

from api.channels.channel_nights.service import batch
from calsync.exports.rules import Taken
from calsync.feeds import content, echo, evidence, handover, repository, sync
from calsync.feeds.models import Decision
from calsync.ical.models import Event, Reading
from propflow.messages import FeedSyncRequested, UnitCalendarChanged
from tests.unit.calsync.core_database import FEED, TENANT, UNIT, Core

TODAY = "2026-11-10"
_numbers = itertools.count()


def run(
    core: Core, said: Iterable[Event] | Reading, now: int, today: str = TODAY, ours: Iterable[Taken] = (),
    real: int | None = None, exports: Sequence[str] = ("any",),
) -> tuple[Decision, bool]:  # fmt: skip
    """What was decided, and whether it was announced that the unit's nights changed. `now` is the feed's clock."""
    number = next(_numbers)
    job = FeedSyncRequested(tenant_id=TENANT, outbox_id=f"obx_{number}", feed_id=FEED, run_id=f"run_{number:06}")
    core.run(
        "INSERT INTO feed_runs (tenant_id, feed_id, id, status, created_at) VALUES (?, ?, ?, 'queued', 0)",
        TENANT, FEED, job.run_id,
    )  # fmt: skip
    midnight = int(datetime.fromisoformat(f"{today}T00:00:00+00:00").timestamp() * 1000)
    feed, known = repository.loaded(core.batch(repository.load(job, midnight)))
    assert feed is not None
    reading = said if isinstance(said, Reading) else Reading(events=list(said), problems=[])
    silence = evidence.heard(feed.silence, known, reading, today=today, now=now)
    own = frozenset(one.occupancy_id for one in known.values())
    decision = sync.decide(
        known, reading, today=today, now=now, new_id=lambda kind: f"{kind}_{next(_numbers):026}", silence=silence,
        ours=echo.exported(ours, exports, feed.host, own),
    )  # fmt: skip
    change = UnitCalendarChanged(tenant_id=TENANT, outbox_id=f"chg_{number}", unit_id=UNIT)
    succeed = repository.succeed(job, feed, etag=None, content_hash=None, now=now, next_due_at=0, silence=silence)
    asked = handover.request(
        job, feed, decision, change, before=succeed, told=[], today=today, now=now, real=now if real is None else real,
        problems=content.problem_texts(reading, decision.held, decision.mass),
    )  # fmt: skip
    return decision, core.batch(batch(asked))[-1].changed


def last_run(core: Core) -> dict[str, object]:
    """The counts of the latest run."""
    counts = "status, seen, created, updated, removed, conflicts, ignored"
    return core.run(f"SELECT {counts} FROM feed_runs ORDER BY id DESC LIMIT 1")[0]
