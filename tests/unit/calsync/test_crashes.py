"""A run that a defect of ours stops is a failed run: the feed says so, backs off and is tried again; nothing leaks."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from calsync.context import Bindings
from calsync.feeds import runs
from calsync.feeds.run import INTERNAL
from calsync.settings import Settings
from propflow.bindings.d1 import Database, Result, Statement, refusal
from propflow.bindings.queues import Queue
from propflow.bindings.services import Service
from propflow.clock import MINUTE, now_ms
from propflow.errors import Unavailable
from propflow.messages import FeedSyncRequested, encode
from tests.unit.calsync.core_database import FEED, TENANT, UNIT, Core

JOB = FeedSyncRequested(tenant_id=TENANT, outbox_id="obx_1", feed_id=FEED, run_id="run_1")


class InMemory(Database):
    """The core database as the Worker sees it; it can be away for one call."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.calls = 0
        self.away_at = 0

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.calls += 1
        if self.calls == self.away_at:
            raise Unavailable("database_unavailable", "The database did not answer.")
        try:
            return self.core.batch(statements)
        except sqlite3.IntegrityError as refused:
            raise refusal(str(refused)) from None


@pytest.fixture
def core() -> Core:
    core = Core()
    core.run(
        "INSERT INTO feed_runs (tenant_id, feed_id, id, status, created_at) VALUES (?, ?, 'run_1', 'queued', 0)",
        TENANT, FEED,
    )  # fmt: skip
    core.run(
        "INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)"
        " VALUES (?, 'obx_1', 'feed.sync_requested', ?, 4, 0, 0)",
        TENANT, encode(JOB),
    )  # fmt: skip
    return core


def sync(db: Database) -> None:
    settings = Settings(ENV="local", API_BASE_URL="https://api.example", SESSION_ENC_KEY="s3cr3t but no keyring")
    nobody: Any = None  # nothing is sent
    services = Bindings(
        db=db, queue=Queue(nobody), notifications=Queue(nobody), api=Service(nobody), settings=settings
    )  # fmt: skip
    asyncio.run(runs.sync_feed(services, JOB))


def test_a_defect_fails_the_run(core: Core, capsys: pytest.CaptureFixture[str]) -> None:
    core.run("UPDATE feeds SET failures = 2")
    core.run(
        "INSERT INTO conflicts (tenant_id, id, unit_id, feed_id, uid, start_date, end_date, created_at)"
        " VALUES (?, 'con_1', ?, ?, 'a', '2020-01-01', '2020-01-02', 0)",
        TENANT, UNIT, FEED,
    )  # fmt: skip
    begun = now_ms()
    sync(InMemory(core))
    assert core.run("SELECT status, error FROM feed_runs") == [{"status": "failed", "error": INTERNAL}]
    [feed] = core.run("SELECT failures, error, next_due_at, last_success_at FROM feeds")
    assert (feed["failures"], feed["error"], feed["last_success_at"]) == (3, INTERNAL, None)
    assert feed["next_due_at"] >= begun + 120 * MINUTE
    assert core.run("SELECT waiting FROM outbox") == [{"waiting": 0}]
    assert core.run("SELECT status FROM conflicts") == [{"status": "resolved"}]
    log = capsys.readouterr().out
    assert "feed.crashed" in log and "KeyringInvalid" in log and "s3cr3t" not in log


def test_a_database_that_is_away_is_not_the_feeds_fault(core: Core) -> None:
    core.run("UPDATE feeds SET status = 'paused'")  # a run of two calls: what is known, and what became of it
    db = InMemory(core)
    db.away_at = 2
    with pytest.raises(Unavailable):
        sync(db)
    assert core.run("SELECT status FROM feed_runs") == [{"status": "queued"}]
    assert core.run("SELECT failures, error FROM feeds") == [{"failures": 0, "error": None}]
