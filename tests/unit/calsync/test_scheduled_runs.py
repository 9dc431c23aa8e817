"""A run that the schedule asks for is written only when it finds something, and once an hour that there was nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from calsync.context import Bindings
from calsync.feeds import failing, reading, run, runs, succeeding
from calsync.feeds.run import INTERNAL
from calsync.feeds.timing import NOTED_AFTER
from calsync.handlers import buried
from calsync.hosts import repository as hosts
from calsync.hosts import service as turns
from calsync.hosts.rules import SPREAD
from calsync.hosts.shares import MOST_WAITED, SLOW, WINDOW
from calsync.providers.ical.fetch import Fetched, FetchFailed
from calsync.settings import Settings
from propflow import consumer
from propflow.bindings.queues import Queue
from propflow.bindings.services import Service
from propflow.clock import HOUR, now_ms
from propflow.messages import CALSYNC, FeedDue, encode
from propflow.outbox import Destination
from tests.unit.calsync.core_database import FEED, TENANT, Core
from tests.unit.calsync.test_crashes import InMemory

EMPTY = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
RUNS = "SELECT id, status FROM feed_runs ORDER BY id"


class Scheduled:
    """A feed that the schedule has read before, and the host's answers: a calendar, None for "as before"."""

    def __init__(self) -> None:
        self.core = Core()
        self.answer: bytes | Exception | None = EMPTY
        self.asked = 0
        self.numbers = iter(range(1, 100))
        self.run()
        self.core.run("DELETE FROM feed_runs")

    async def fetch(self, *_: Any) -> Fetched:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return Fetched(body=self.answer, etag=f'"{self.asked}"')

    def job(self) -> FeedDue:
        return FeedDue(tenant_id=TENANT, feed_id=FEED, run_id=f"run_{next(self.numbers):02}")

    def run(self, job: FeedDue | None = None) -> int:
        """Carry out a turn; returns how many rows that changed."""
        before = self.core.db.total_changes
        asyncio.run(runs.sync_feed(self.services(), job or self.job()))
        return self.core.db.total_changes - before

    def services(self) -> Bindings:
        nobody: Any = None  # nothing is sent
        return Bindings(
            db=InMemory(self.core), queue=Queue(nobody), notifications=Queue(nobody), api=Service(nobody),
            settings=Settings(ENV="production", API_BASE_URL="https://api.example", SESSION_ENC_KEY=""),
        )  # fmt: skip

    def let_pass(self, milliseconds: int) -> None:
        self.core.run("UPDATE feeds SET last_success_at = last_success_at - ?", milliseconds)

    def feed(self) -> dict[str, Any]:
        return self.core.run("SELECT * FROM feeds")[0]


@pytest.fixture
def scheduled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduled]:
    async def opened(*_: Any) -> str:
        return "https://www.airbnb.com/a.ics"

    async def first(*_: Any) -> Fetched:
        return Fetched(body=EMPTY, etag=None)

    monkeypatch.setattr(runs, "open_sealed", opened)
    monkeypatch.setattr(runs, "Keyring", SimpleNamespace(parse=lambda _: None))
    monkeypatch.setattr(reading, "fetch", first)
    made = Scheduled()
    monkeypatch.setattr(reading, "fetch", made.fetch)
    yield made


@pytest.mark.parametrize("answer", [EMPTY, EMPTY + b"\r\n", None], ids=["equal bytes", "equal content", "304"])
def test_a_calendar_that_says_the_same_writes_nothing(scheduled: Scheduled, answer: bytes | None) -> None:
    scheduled.answer = answer
    for _ in range(3):
        assert scheduled.run() == 0
    assert scheduled.asked == 3
    assert scheduled.core.run(RUNS) == []


def test_once_an_hour_it_is_noted_that_it_was_read(scheduled: Scheduled) -> None:
    scheduled.let_pass(NOTED_AFTER)
    begun = now_ms()
    assert scheduled.run() == 3  # the feed, and the run that begins and ends
    assert scheduled.feed()["last_success_at"] >= begun
    assert scheduled.core.run(RUNS) == [{"id": "run_02", "status": "unchanged"}]
    assert scheduled.run() == 0


def test_a_failure_is_a_run_and_so_is_the_success_after_it(scheduled: Scheduled) -> None:
    scheduled.answer = FetchFailed("www.airbnb.com does not answer.", "www.airbnb.com")
    scheduled.run()
    scheduled.run()
    assert (scheduled.feed()["failures"], scheduled.feed()["error"]) == (2, "www.airbnb.com does not answer.")
    scheduled.answer = EMPTY
    scheduled.run()
    assert (scheduled.feed()["failures"], scheduled.feed()["error"]) == (0, None)
    assert [run["status"] for run in scheduled.core.run(RUNS)] == ["failed", "failed", "unchanged"]
    assert scheduled.run() == 0


def test_a_message_that_comes_again_after_its_run_does_nothing(scheduled: Scheduled) -> None:
    scheduled.answer = FetchFailed("www.airbnb.com does not answer.", "www.airbnb.com")
    job = scheduled.job()
    scheduled.run(job)
    assert scheduled.run(job) == 0
    assert scheduled.asked == 1


@pytest.mark.parametrize("change", ["UPDATE feeds SET status = 'paused'", "DELETE FROM feeds"])
def test_a_feed_that_was_paused_or_is_gone_is_not_read(scheduled: Scheduled, change: str) -> None:
    scheduled.core.run(change)
    assert scheduled.run() == 0
    assert scheduled.asked == 0


def test_a_hold_that_came_after_the_message_puts_the_feed_off_without_a_run(scheduled: Scheduled) -> None:
    until = now_ms() + HOUR
    scheduled.core.batch(hosts.hold("www.airbnb.com", TENANT, until, now_ms()))
    scheduled.run()
    assert scheduled.asked == 0
    assert until <= scheduled.feed()["next_due_at"] < until + SPREAD
    assert scheduled.core.run(RUNS) == []


def test_a_turn_that_the_schedule_took_is_not_counted_again(scheduled: Scheduled) -> None:
    scheduled.core.run("DELETE FROM calendar_hosts")
    scheduled.run()
    assert scheduled.core.run("SELECT * FROM calendar_hosts") == []


def test_a_message_that_is_buried_is_a_run_that_failed(scheduled: Scheduled) -> None:
    body = encode(scheduled.job())
    batch = SimpleNamespace(
        queue="calsync-dlq", messages=[SimpleNamespace(id="1", body=body, attempts=1, ack=lambda: None)]
    )
    asyncio.run(consumer.bury(batch, InMemory(scheduled.core), Destination.CALSYNC, buried))
    assert scheduled.core.run("SELECT status, error FROM feed_runs") == [{"status": "failed", "error": INTERNAL}]
    assert scheduled.core.run("SELECT outbox_id FROM dead_letters") == [{"outbox_id": None}]


def test_the_consumer_handles_it_without_an_outbox_row(scheduled: Scheduled) -> None:
    handled: list[Any] = []
    done: list[str] = []

    async def handle(message: Any) -> None:
        handled.append(message)

    message = SimpleNamespace(id="1", body=encode(scheduled.job()), attempts=1, ack=lambda: done.append("1"))
    batch = SimpleNamespace(queue="calsync", messages=[message])
    asyncio.run(consumer.consume(batch, InMemory(scheduled.core), Destination.CALSYNC, CALSYNC, handle))
    assert [type(one) for one in handled] == [FeedDue] and done == ["1"]


def test_a_server_that_lets_us_wait_is_written_down_and_a_quick_one_is_not(
    scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled.run()
    assert scheduled.core.run("SELECT * FROM calendar_waits") == []
    instants = iter(range(now_ms(), now_ms() + 1_000 * SLOW, SLOW))
    for module in (run, runs, reading, failing, succeeding, turns):
        monkeypatch.setattr(module, "now_ms", lambda: next(instants))
    scheduled.answer = FetchFailed("www.airbnb.com: no answer in time.", "www.airbnb.com")
    scheduled.run()
    [waited] = scheduled.core.run("SELECT tenant_id, waited FROM calendar_waits")
    assert waited == {"tenant_id": TENANT, "waited": SLOW}


def test_who_let_us_wait_too_long_is_put_off_until_the_window_is_over(scheduled: Scheduled) -> None:
    now = now_ms()
    scheduled.core.batch([hosts.waited(TENANT, MOST_WAITED, now)])
    scheduled.run()
    assert scheduled.asked == 0
    assert scheduled.feed()["next_due_at"] == now + WINDOW
    assert scheduled.core.run(RUNS) == []
