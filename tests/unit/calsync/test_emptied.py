"""A calendar that was suddenly empty and returns as it was: the next emptiness is told of again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

from calsync.context import Bindings
from calsync.feeds import content, repository
from calsync.feeds.run import Run
from calsync.feeds.succeeding import succeeded
from calsync.ical.models import Event, Reading
from calsync.providers.ical.fetch import Fetched
from calsync.settings import Settings
from propflow.bindings.d1 import Database, Result, Statement, refusal
from propflow.bindings.queues import Queue
from propflow.bindings.services import Service
from propflow.messages import FeedSyncRequested
from tests.unit.calsync.core_database import FEED, TENANT, Core
from tests.unit.calsync.runs import TODAY, run

JOB = FeedSyncRequested(tenant_id=TENANT, outbox_id="obx_x", feed_id=FEED, run_id="run_x")
STAY = Event("a", "2026-12-02", "2026-12-05", "Reserved")


class InMemory(Database):
    """The core database as the Worker sees it."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        try:
            return self.core.batch(statements)
        except sqlite3.IntegrityError as refused:
            raise refusal(str(refused)) from None


def read(core: Core, reading: Reading | None) -> None:
    """What a run does with what it has read; None when the host says that nothing has changed."""
    core.run(
        "INSERT INTO feed_runs (tenant_id, feed_id, id, status, created_at) VALUES (?, ?, 'run_x', 'queued', 0)",
        TENANT, FEED,
    )  # fmt: skip
    feed, known = repository.loaded(core.batch(repository.load(JOB, 0)))
    assert feed is not None
    nobody: Any = None  # nothing is sent
    bindings = Bindings(
        db=InMemory(core), queue=Queue(nobody), notifications=Queue(nobody), api=Service(nobody),
        settings=Settings(ENV="local", API_BASE_URL="https://api.example", SESSION_ENC_KEY="-"),
    )  # fmt: skip
    fetched = Fetched(body=None, etag=None)
    now = Run(job=JOB, feed=feed, known=known, today=TODAY, now=5_000)
    asyncio.run(succeeded(bindings, now, fetched, reading))
    assert core.run("SELECT status FROM feed_runs WHERE id = 'run_x'") == [{"status": "unchanged"}]


def alerts(core: Core, reading: Reading | None, content_hash: str | None) -> list[int]:
    run(core, [STAY], 1_000)
    core.run("UPDATE feeds SET content_hash = ?", content_hash)
    core.run("INSERT INTO feed_alerts (tenant_id, feed_id, kind, active, told_at) VALUES (?, ?, 'emptied', 1, 1)",
             TENANT, FEED)  # fmt: skip
    read(core, reading)
    return [row["active"] for row in core.run("SELECT active FROM feed_alerts")]


def test_a_calendar_that_returns_as_it_was_ends_its_emptiness() -> None:
    reading = Reading(events=[STAY], problems=[])
    assert alerts(Core(), reading, None) == [0], "decided anew, to the same"
    assert alerts(Core(), reading, content.content_hash(reading)) == [0]
    assert alerts(Core(), None, "x") == [0]
