"""Runs that are held back, redirects to a host that wants to be left alone, looks at an address, and dead messages."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from calsync.feeds import service
from calsync.feeds.service import INTERNAL, Services
from calsync.handlers import buried
from calsync.hosts import repository as hosts
from calsync.hosts.rules import SPREAD
from calsync.providers.ical.fetch import FetchFailed
from calsync.settings import Settings
from propflow import consumer
from propflow.bindings.queues import Queue
from propflow.bindings.services import Service
from propflow.clock import HOUR, MINUTE, now_ms
from propflow.errors import Unprocessable
from propflow.messages import encode
from propflow.outbox import Destination
from tests.unit.calsync.core_database import Core
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

    monkeypatch.setattr(service, "fetch", fetch)
    monkeypatch.setattr(service, "open_sealed", opened)
    monkeypatch.setattr(service, "Keyring", SimpleNamespace(parse=lambda _: None))


def sync(core: Core) -> None:
    nobody: Any = None
    services = Services(
        db=InMemory(core), queue=Queue(nobody), notifications=Queue(nobody), api=Service(nobody), settings=SETTINGS
    )  # fmt: skip
    asyncio.run(service.sync_feed(services, JOB))


def next_due_at(core: Core) -> int:
    return int(core.run("SELECT next_due_at FROM feeds")[0]["next_due_at"])


def test_a_run_that_is_held_back_ends_and_the_feed_is_due_after_the_hold(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching(monkeypatch, NEVER)
    until = now_ms() + HOUR
    core.run("UPDATE feeds SET next_due_at = ?", until + 6 * HOUR)
    core.batch([hosts.hold(HOST, until, now_ms())])
    sync(core)
    [run] = core.run(RUN)
    assert run["status"] == "failed" and f"{HOST} is not asked again before 20" in run["error"]
    assert core.run("SELECT waiting FROM outbox") == [{"waiting": 0}]
    assert core.run("SELECT failures, error, last_attempt_at FROM feeds") == [
        {"failures": 0, "error": None, "last_attempt_at": None}
    ]
    assert until <= next_due_at(core) < until + SPREAD


def test_behind_a_redirect_the_feed_alone_waits(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    until = now_ms() + 5 * HOUR
    fetching(monkeypatch, FetchFailed("cdn.example.com answered 429.", "cdn.example.com", until))
    sync(core)
    held = core.run("SELECT host, held_until FROM calendar_hosts ORDER BY host")
    assert held == [{"host": "cdn.example.com", "held_until": until}, {"host": HOST, "held_until": 0}]
    assert until <= next_due_at(core) < until + SPREAD


def test_looking_at_an_address_leaves_its_host_alone_and_takes_no_turn(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching(monkeypatch, NEVER)
    now = now_ms()
    core.batch([hosts.hold(HOST, now + HOUR, now)])
    with pytest.raises(Unprocessable, match=r"feed_unreachable.*wants to be left alone"):
        asyncio.run(service.check_feed(InMemory(core), SETTINGS, f"https://{HOST}/a.ics"))
    core.run("UPDATE calendar_hosts SET held_until = ?", now - MINUTE)
    with pytest.raises(AssertionError, match="the host was asked"):
        asyncio.run(service.check_feed(InMemory(core), SETTINGS, f"https://{HOST}/a.ics"))
    assert core.run("SELECT asked FROM calendar_hosts") == [{"asked": 0}]


def test_the_run_of_a_message_that_is_buried_has_failed(core: Core) -> None:
    bodies = [encode(JOB), "not json"]
    messages = [SimpleNamespace(id=str(at), body=body, attempts=1, ack=lambda: None) for at, body in enumerate(bodies)]
    batch = SimpleNamespace(queue="calsync-dlq", messages=messages)
    asyncio.run(consumer.bury(batch, InMemory(core), Destination.CALSYNC, buried))
    assert core.run(RUN) == [{"status": "failed", "error": INTERNAL}]
    assert core.run("SELECT count(*) AS n FROM dead_letters") == [{"n": 2}]
