"""Runs that are held back, redirects to a host that wants to be left alone, looks at an address, and dead messages."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from calsync.context import Bindings
from calsync.feeds import failing, reading, run, runs, succeeding
from calsync.feeds.run import INTERNAL
from calsync.handlers import Calsync, buried
from calsync.hosts import repository as hosts
from calsync.hosts import service as turns
from calsync.hosts.rules import SPREAD
from calsync.hosts.shares import MOST, MOST_WAITED
from calsync.providers.ical.fetch import FetchFailed
from calsync.settings import Settings
from propflow import consumer
from propflow.bindings.queues import Queue
from propflow.bindings.services import Service
from propflow.clock import HOUR, MINUTE, now_ms
from propflow.errors import LimitExceeded, Unprocessable
from propflow.messages import encode
from propflow.models import FeedCheck
from propflow.outbox import Destination
from tests.unit.calsync.core_database import TENANT, Core
from tests.unit.calsync.test_crashes import JOB, InMemory, core

__all__ = ["core"]

HOST = "www.airbnb.com"
SETTINGS = Settings(ENV="production", API_BASE_URL="https://api.example", SESSION_ENC_KEY="")
RUN = "SELECT status, error FROM feed_runs"
NEVER = AssertionError("the host was asked")


def fetching(monkeypatch: pytest.MonkeyPatch, outcome: Exception) -> None:
    """Let every address be readable, and asking for it end so."""

    async def fetch(*_: Any) -> None:
        raise outcome

    async def opened(*_: Any) -> str:
        return f"https://{HOST}/a.ics"

    monkeypatch.setattr(reading, "fetch", fetch)
    monkeypatch.setattr(runs, "open_sealed", opened)
    monkeypatch.setattr(runs, "Keyring", SimpleNamespace(parse=lambda _: None))


def sync(core: Core) -> None:
    nobody: Any = None
    services = Bindings(
        db=InMemory(core), queue=Queue(nobody), notifications=Queue(nobody), api=Service(nobody), settings=SETTINGS
    )  # fmt: skip
    asyncio.run(runs.sync_feed(services, JOB))


def next_due_at(core: Core) -> int:
    return int(core.run("SELECT next_due_at FROM feeds")[0]["next_due_at"])


def test_a_run_that_is_held_back_ends_and_the_feed_is_due_after_the_hold(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching(monkeypatch, NEVER)
    until = now_ms() + HOUR
    core.run("UPDATE feeds SET next_due_at = ?", until + 6 * HOUR)
    core.batch(hosts.hold(HOST, TENANT, until, now_ms()))
    sync(core)
    [run] = core.run(RUN)
    assert run["status"] == "failed" and f"{HOST} wants to be left alone until 20" in run["error"]
    assert core.run("SELECT waiting FROM outbox") == [{"waiting": 0}]
    assert core.run("SELECT failures, error, last_attempt_at FROM feeds") == [
        {"failures": 0, "error": None, "last_attempt_at": None}
    ]
    assert until <= next_due_at(core) < until + SPREAD


def test_behind_a_redirect_the_feed_alone_waits(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    until = now_ms() + 5 * HOUR
    fetching(monkeypatch, FetchFailed("cdn.example.com answered 429.", "cdn.example.com", until))
    sync(core)
    held = core.run("SELECT host, held_until FROM calendar_turns ORDER BY host")
    assert held == [{"host": "cdn.example.com", "held_until": until}, {"host": HOST, "held_until": 0}]
    assert until <= next_due_at(core) < until + SPREAD


def look(core: Core, tenant_id: str = TENANT) -> None:
    asyncio.run(
        reading.check_feed(InMemory(core), SETTINGS, FeedCheck(url=f"https://{HOST}/a.ics", tenant_id=tenant_id))
    )


def test_looking_at_an_address_leaves_its_host_alone_for_this_tenant(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching(monkeypatch, NEVER)
    now = now_ms()
    core.batch(hosts.hold(HOST, TENANT, now + HOUR, now))
    with pytest.raises(Unprocessable, match=r"feed_unreachable.*wants to be left alone"):
        look(core)
    assert core.run("SELECT * FROM calendar_hosts") == [], "and takes no turn"
    with pytest.raises(AssertionError, match="the host was asked"):
        look(core, "ten_other")


def test_a_look_that_is_told_to_wait_is_the_last(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(monkeypatch, FetchFailed(f"{HOST} answered 429.", HOST, now_ms() + HOUR))
    with pytest.raises(Unprocessable, match="answered 429"):
        look(core)
    fetching(monkeypatch, NEVER)
    with pytest.raises(Unprocessable, match="wants to be left alone"):
        look(core)


def test_who_waits_for_slow_servers_of_their_own_is_told_so(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(monkeypatch, NEVER)
    core.batch([hosts.waited(TENANT, MOST_WAITED, now_ms())])
    with pytest.raises(Unprocessable, match="calendars and push targets have taken very long to answer") as refused:
        look(core)
    assert HOST not in refused.value.detail


def test_a_look_takes_a_turn_and_beyond_the_share_is_refused_until_the_minute_is_over(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching(monkeypatch, FetchFailed(f"{HOST} answered 404.", HOST))
    for module in (turns, run, runs, reading, failing, succeeding):
        monkeypatch.setattr(module, "now_ms", lambda: 1_800_000_015_000)
    core.run("UPDATE tenants SET plan = 'starter'")
    for _ in range(MOST):
        with pytest.raises(Unprocessable, match="answered 404"):
            look(core)
    fetching(monkeypatch, NEVER)
    for _ in range(MOST):
        with pytest.raises(LimitExceeded, match="calendar_host_busy") as refused:
            look(core)
        assert (refused.value.status, refused.value.retry_after) == (429, 45)
    assert core.run("SELECT asked, by_hand FROM calendar_hosts") == [{"asked": MOST, "by_hand": MOST}]


def test_a_run_beyond_the_share_waits_in_the_outbox(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(monkeypatch, NEVER)
    minute = now_ms() // MINUTE
    for module in (turns, run, runs, reading, failing, succeeding):
        monkeypatch.setattr(module, "now_ms", lambda: minute * MINUTE)
    core.run("INSERT INTO calendar_turns (host, tenant_id, minute, by_hand) VALUES (?, ?, ?, ?)",
             HOST, TENANT, minute, MOST)  # fmt: skip
    nobody: Any = None
    services = Bindings(
        db=InMemory(core), queue=Queue(nobody), notifications=Queue(nobody), api=Service(nobody), settings=SETTINGS
    )  # fmt: skip
    asyncio.run(Calsync(services).handle(JOB))
    assert core.run(RUN) == [{"status": "queued", "error": None}]
    assert core.run("SELECT waiting FROM outbox") == [{"waiting": 4}], "the sweeper sends it again"
    with pytest.raises(LimitExceeded, match="calendar_host_busy"):  # who waits for it is told
        asyncio.run(runs.sync_now(services, JOB))


@pytest.mark.parametrize(
    "over", ["UPDATE feed_runs SET status = 'unchanged', finished_at = 1", "UPDATE feeds SET status = 'paused'"]
)
def test_a_run_that_has_ended_or_is_of_a_paused_feed_takes_no_turn(
    core: Core, monkeypatch: pytest.MonkeyPatch, over: str
) -> None:
    fetching(monkeypatch, NEVER)
    core.run(over)
    sync(core)
    assert core.run("SELECT * FROM calendar_turns") == core.run("SELECT * FROM calendar_hosts") == []
    assert core.run("SELECT waiting FROM outbox") == [{"waiting": 0}]


def test_the_run_of_a_message_that_is_buried_has_failed(core: Core) -> None:
    bodies = [encode(JOB), "not json"]
    messages = [SimpleNamespace(id=str(at), body=body, attempts=1, ack=lambda: None) for at, body in enumerate(bodies)]
    batch = SimpleNamespace(queue="calsync-dlq", messages=messages)
    asyncio.run(consumer.bury(batch, InMemory(core), Destination.CALSYNC, buried))
    assert core.run(RUN) == [{"status": "failed", "error": INTERNAL}]
    assert core.run("SELECT count(*) AS n FROM dead_letters") == [{"n": 2}]
