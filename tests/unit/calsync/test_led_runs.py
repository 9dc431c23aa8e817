"""A run that is led to another host and gets no turn there has not failed: others may have taken them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from calsync.feeds import failing, reading, run, runs, succeeding
from calsync.hosts import repository as hosts
from calsync.hosts import service as turns
from calsync.hosts.rules import SPREAD
from calsync.hosts.shares import BY_HAND, MOST, NOTED_AFTER, RATE, SCHEDULED
from calsync.providers.ical import fetch
from propflow.bindings.http import HttpAnswer
from propflow.clock import HOUR, MINUTE, now_ms
from propflow.errors import LimitExceeded
from propflow.messages import FeedSyncRequested
from tests.unit.calsync.core_database import FEED, TENANT
from tests.unit.calsync.test_scheduled_runs import EMPTY, Scheduled, scheduled

__all__ = ["scheduled"]

TARGET = "cdn.example.net"
NOW = now_ms() // MINUTE * MINUTE + 1_000
ASKED = "SELECT asked, by_hand FROM calendar_hosts WHERE host = ?"


@pytest.fixture
def led(scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that were asked; the feed's own leads to another one. The clock stands still."""
    hosts_asked = list[str]()

    async def call(method: str, url: str, **_: Any) -> HttpAnswer:
        hosts_asked.append(url.split("/")[2])
        if hosts_asked[-1] == TARGET:
            return HttpAnswer(status=200, headers={}, body=EMPTY)
        return HttpAnswer(status=302, headers={"location": f"https://{TARGET}/a.ics"}, body=b"")

    monkeypatch.setattr(reading, "fetch", fetch.fetch)
    monkeypatch.setattr(fetch.http, "call", call)
    for module in (run, runs, reading, failing, succeeding, turns):
        monkeypatch.setattr(module, "now_ms", lambda: NOW)
    return hosts_asked


def has_no_failure(scheduled: Scheduled) -> bool:
    feed = scheduled.feed()
    return (feed["failures"], feed["error"]) == (0, None) and scheduled.core.run("SELECT * FROM feed_runs") == []


def test_the_schedule_takes_one_of_its_own_turns_there(scheduled: Scheduled, led: list[str]) -> None:
    scheduled.run()
    scheduled.run()
    assert led == ["www.airbnb.com", TARGET] * 2
    assert scheduled.core.run(ASKED, TARGET) == [{"asked": 2, "by_hand": 0}]
    assert scheduled.core.run("SELECT asked_at FROM calendar_turns WHERE host = ?", TARGET) == [{"asked_at": NOW}]


def test_what_people_take_there_leaves_it_its_own(scheduled: Scheduled, led: list[str]) -> None:
    for number in range(BY_HAND):
        scheduled.core.batch(hosts.take(f"ten_other_{number // 10}", TARGET, NOW, ()))
    scheduled.run()
    assert led == ["www.airbnb.com", TARGET] and has_no_failure(scheduled)


@pytest.mark.parametrize(("scheduled_ones", "by_hand"), [(SCHEDULED, 0), (RATE - BY_HAND, BY_HAND)])
def test_without_a_turn_it_is_put_off_to_the_next_minute(
    scheduled: Scheduled, led: list[str], scheduled_ones: int, by_hand: int
) -> None:
    scheduled.core.run("INSERT INTO calendar_hosts (host, minute, asked, by_hand) VALUES (?, ?, ?, ?)",
                       TARGET, NOW // MINUTE, scheduled_ones + by_hand, by_hand)  # fmt: skip
    scheduled.run()
    assert led == ["www.airbnb.com"] and has_no_failure(scheduled)
    assert scheduled.feed()["next_due_at"] == (NOW // MINUTE + 1) * MINUTE
    assert scheduled.core.run(ASKED, TARGET) == [{"asked": scheduled_ones + by_hand, "by_hand": by_hand}]


def test_while_the_tenant_leaves_the_host_alone_it_is_put_off_until_then(scheduled: Scheduled, led: list[str]) -> None:
    scheduled.core.batch(hosts.hold(TARGET, TENANT, NOW + HOUR, NOW))
    scheduled.run()
    assert led == ["www.airbnb.com"] and has_no_failure(scheduled)
    assert NOW + HOUR <= scheduled.feed()["next_due_at"] < NOW + HOUR + SPREAD


def test_that_the_host_is_asked_for_the_tenant_is_noted_once_an_hour(scheduled: Scheduled, led: list[str]) -> None:
    scheduled.run()
    for later, noted in ((NOTED_AFTER - 1, NOW), (NOTED_AFTER, NOW + NOTED_AFTER)):
        scheduled.core.batch(hosts.take_scheduled(TENANT, TARGET, NOW + later, ()))
        assert scheduled.core.run("SELECT asked_at FROM calendar_turns WHERE host = ?", TARGET) == [{"asked_at": noted}]


def test_a_run_that_somebody_asked_for_waits(scheduled: Scheduled, led: list[str]) -> None:
    core = scheduled.core
    core.run("INSERT INTO feed_runs (tenant_id, feed_id, id, status, created_at) VALUES (?, ?, 'run_9', 'queued', 0)",
             TENANT, FEED)  # fmt: skip
    core.run("INSERT INTO calendar_turns (host, tenant_id, minute, by_hand) VALUES (?, ?, ?, ?)",
             TARGET, TENANT, NOW // MINUTE, MOST)  # fmt: skip
    job = FeedSyncRequested(tenant_id=TENANT, outbox_id="obx_1", feed_id=FEED, run_id="run_9")
    services = scheduled.services()
    with pytest.raises(LimitExceeded, match=TARGET):
        asyncio.run(runs.sync_feed(services, job))
    assert core.run("SELECT status, error FROM feed_runs") == [{"status": "queued", "error": None}]
    assert (scheduled.feed()["failures"], led) == (0, ["www.airbnb.com"])
