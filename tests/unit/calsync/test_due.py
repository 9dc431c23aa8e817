"""Which feeds are read by themselves: those of live tenants, when their time has come and their host lets us."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, cast

import pytest

from calsync.context import Bindings
from calsync.feeds import timing
from calsync.hosts import repository as hosts
from calsync.hosts.rules import SPREAD
from calsync.hosts.shares import SCHEDULED
from calsync.schedule import service
from calsync.schedule.rules import Due
from calsync.schedule.rules import plan as plans_of
from calsync.settings import Settings
from propflow.bindings.d1 import Database, Result, Statement
from propflow.bindings.queues import Queue
from propflow.bindings.services import Service
from propflow.clock import DAY, HOUR, MINUTE
from propflow.feeds import STALE_AFTER
from tests.unit.calsync.core_database import FEED, TENANT, Core

NOW = 1_800_000_000_000
NEVER_READ = 6 * MINUTE  # after which a feed of which nothing is known is due again
SETTINGS = Settings(ENV="production", API_BASE_URL="https://api.example", SESSION_ENC_KEY="")


class InMemory(Database):
    """The core database as the Worker sees it."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        return self.core.batch(statements)


class Sent(Queue):
    """What would be sent."""

    def __init__(self, fails: bool = False) -> None:
        self.bodies: list[str] = []
        self.fails = fails

    async def send(self, bodies: Sequence[str], **_: Any) -> None:
        if self.fails:
            raise RuntimeError("the queue is away")
        self.bodies += bodies


def with_queue(core: Core, queue: Sent) -> Bindings:
    api = cast("Service", None)
    return Bindings(db=InMemory(core), queue=queue, notifications=Sent(), api=api, settings=SETTINGS)


def queue_due(core: Core, now: int = NOW) -> list[str]:
    """The feeds of which a run is asked for."""
    sent = Sent()
    services = with_queue(core, sent)
    number = asyncio.run(service.queue_due(services, now))
    assert number == len(sent.bodies)
    return [json.loads(body)["feed_id"] for body in sent.bodies]


def with_test_space() -> Core:
    """A live tenant and its test space, with a feed in each; the one in the test space has waited longer."""
    core = Core()
    core.run("UPDATE feeds SET next_due_at = 1")
    core.run(
        "INSERT INTO tenants (id, name, mode, live_id, created_at, updated_at)"
        " VALUES ('ten_2', 'Homes', 'test', 'ten_1', 0, 0)"
    )
    for table in ("properties", "units", "feeds"):
        row = core.run(f"SELECT * FROM {table}")[0] | {"tenant_id": "ten_2"}
        if table == "feeds":
            row |= {"id": "feed_2", "next_due_at": 0}
        marks = ", ".join("?" * len(row))
        core.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
    return core


def test_a_feed_is_read_when_its_time_has_come_and_once() -> None:
    core = with_test_space()
    assert queue_due(core) == [FEED]
    assert queue_due(core) == []
    assert queue_due(core, NOW + timing.SHORTEST - 1) == []
    assert queue_due(core, NOW + NEVER_READ) == [FEED]


def test_no_feed_of_a_suspended_tenant_is_read_and_all_are_once_it_acts() -> None:
    core = with_test_space()
    core.run("UPDATE tenants SET suspended_at = 1, suspended_reason = 'x'")
    assert queue_due(core) == queue_due(core, NOW + 30 * DAY) == []
    core.run("UPDATE tenants SET suspended_at = NULL, suspended_reason = NULL")
    assert queue_due(core, NOW + 30 * DAY) == [FEED]


def test_a_feed_whose_nights_deserve_it_less_is_read_less_often() -> None:
    core = with_test_space()
    core.occupy("occ_1", "2027-01-10", "2027-06-01")
    core.run("UPDATE feeds SET changed_at = ?", NOW - 31 * DAY)
    assert queue_due(core) == [FEED]  # on 2027-01-15
    [row] = core.run("SELECT next_due_at FROM feeds WHERE id = ?", FEED)
    assert NOW + timing.LONGEST <= row["next_due_at"] < NOW + timing.LONGEST * 9 / 8


def test_what_the_schedule_asks_for_is_written_nowhere_but_in_the_feed_and_its_host() -> None:
    core = with_test_space()
    queue_due(core)
    assert core.run("SELECT * FROM feed_runs") == core.run("SELECT * FROM outbox") == []
    assert core.run("SELECT host, asked FROM calendar_hosts") == [{"host": "www.airbnb.com", "asked": 1}]


def test_what_cannot_be_sent_is_due_at_once() -> None:
    core = with_test_space()
    asyncio.run(service.queue_due(with_queue(core, Sent(fails=True)), NOW))
    assert queue_due(core, NOW + 1) == [FEED]


def test_a_host_that_wants_to_be_left_alone_is_by_the_schedule_too() -> None:
    core = with_test_space()
    core.batch([*hosts.hold("www.airbnb.com", TENANT, NOW + HOUR, NOW)])
    assert queue_due(core) == []
    [row] = core.run("SELECT next_due_at FROM feeds WHERE id = ?", FEED)
    assert NOW + HOUR <= row["next_due_at"] < NOW + HOUR + SPREAD
    assert core.run("SELECT asked FROM calendar_hosts") == []
    assert queue_due(core, NOW + HOUR + SPREAD) == [FEED]


def test_a_host_is_asked_so_often_in_a_minute_and_the_others_come_in_the_next() -> None:
    core = Core()
    core.run("UPDATE feeds SET next_due_at = ?", NOW + DAY)
    add_feeds(core, "ten_many", SCHEDULED + 40, 0)
    core.batch([hosts.take_turns({"www.airbnb.com": 10, "other.example": 200}, NOW)])
    first = queue_due(core)
    assert len(first) == SCHEDULED - 10
    assert queue_due(core, NOW + 1) == []
    second = queue_due(core, NOW + MINUTE)
    assert len(second) == 50 and not set(first) & set(second)
    assert core.run("SELECT asked FROM calendar_hosts WHERE host = 'www.airbnb.com'") == [{"asked": 50}]


def test_nothing_is_read_by_itself_in_a_test_space_however_long_it_waits() -> None:
    core = with_test_space()
    for day in range(30):
        assert queue_due(core, NOW + day * DAY) == [FEED]
    assert core.run("SELECT id FROM feed_runs WHERE feed_id = 'feed_2'") == []


def add_feeds(core: Core, tenant: str, count: int, due: int) -> None:
    """A tenant with one unit and so many feeds, due from an instant on."""
    core.run("INSERT OR IGNORE INTO tenants (id, name, created_at, updated_at) VALUES (?, 'T', 0, 0)", tenant)
    for table in ("properties", "units"):
        row = core.run(f"SELECT * FROM {table}")[0] | {"tenant_id": tenant}
        marks = ", ".join("?" * len(row))
        core.run(f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
    like = core.run("SELECT * FROM feeds")[0]
    for number in range(count):
        row = like | {"tenant_id": tenant, "id": f"feed_{tenant}_{number:04}", "next_due_at": due + number}
        core.run(f"INSERT INTO feeds ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())


def test_a_tenant_with_very_many_feeds_takes_nobodys_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_DUE", 30)
    core = Core()
    core.run("UPDATE feeds SET next_due_at = ?", NOW + DAY)
    add_feeds(core, "ten_many", 200, 0)  # they have waited longest
    add_feeds(core, "ten_few", 8, 1_000_000)
    add_feeds(core, "ten_one", 1, 2_000_000)
    asked = queue_due(core)
    assert len(asked) == 30
    assert sum("ten_one" in feed for feed in asked) == 1 and sum("ten_few" in feed for feed in asked) == 8
    assert [feed for feed in asked if "ten_many" in feed] == [f"feed_ten_many_{number:04}" for number in range(21)]
    left = 200 - 21
    for _ in range(-(-left // 30)):
        left -= len(queue_due(core))
    assert left == 0


def test_a_host_for_which_very_many_wait_keeps_no_other_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_DUE", SCHEDULED + 30)
    core = Core()
    core.run("UPDATE feeds SET next_due_at = ?", NOW + DAY)
    add_feeds(core, "ten_many", SCHEDULED + 60, 0)
    add_feeds(core, "ten_few", 20, 1_000_000)
    core.run("UPDATE feeds SET host = 'other.example' WHERE tenant_id = 'ten_few'")
    before = core.run("SELECT id, next_due_at FROM feeds WHERE id >= ? AND tenant_id = 'ten_many'",
                      f"feed_ten_many_{SCHEDULED:04}")  # fmt: skip
    asked = queue_due(core)
    assert len(asked) == SCHEDULED + 20 and sum("ten_few" in feed for feed in asked) == 20
    assert core.run("SELECT id, next_due_at FROM feeds WHERE id >= ? AND tenant_id = 'ten_many'",
                    f"feed_ten_many_{SCHEDULED:04}") == before, "who had no turn has waited since then"  # fmt: skip


def test_however_many_tenants_wait_a_host_without_turns_hides_not_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_SEEN", 1)
    core = Core()
    core.run("UPDATE feeds SET next_due_at = ?", NOW + DAY)
    core.batch([hosts.take_turns({"www.airbnb.com": SCHEDULED}, NOW)])
    add_feeds(core, "ten_many", 20, 0)
    core.run("UPDATE feeds SET host = 'other.example' WHERE id >= 'feed_ten_many_0015' AND tenant_id = 'ten_many'")
    assert queue_due(core) == [f"feed_ten_many_{number:04}" for number in range(15, 20)]


def test_however_many_feeds_a_host_has_none_waits_for_ever() -> None:
    """Three thousand that are due each five minutes want 600 turns a minute, of which there are 240."""
    due = {f"feed_{number:04}": NOW + number for number in range(3_000)}
    longest, crowd = 0, -(-len(due) // SCHEDULED)
    for minute in range(1, 120):
        now = NOW + minute * MINUTE
        waiting = sorted((at, feed) for feed, at in due.items() if at <= now)
        found = [
            Due(tenant_id=TENANT, id=feed, host="www.airbnb.com", well_at=0) for _, feed in waiting[: SCHEDULED + 9]
        ]
        for plan in plans_of(found, "2027-01-15", now, ()):
            if plan.read:
                longest = max(longest, now - due[plan.feed.id])
            due[plan.feed.id] = plan.due_at or due[plan.feed.id]
    assert longest <= crowd * MINUTE
    assert NOW + 119 * MINUTE - min(due.values()) <= crowd * MINUTE, "nor is one left over"


TOLD = "SELECT message ->> 'feed_id' AS feed, message ->> 'alert' AS alert FROM outbox WHERE waiting = 1"


@pytest.fixture
def watched() -> Core:
    """A feed that somebody hears of."""
    core = with_test_space()
    core.run("INSERT INTO users (id, email, name, email_verified_at, created_at, updated_at)"
             " VALUES ('usr_1', 'a@example.net', 'A', 1, 0, 0)")  # fmt: skip
    core.run("INSERT INTO memberships VALUES ('ten_1', 'usr_1', 'owner', NULL, 1, 0, 0)")
    return core


def test_a_feed_of_which_no_run_ends_is_told_of_and_once(watched: Core) -> None:
    watched.run("UPDATE feeds SET last_success_at = ?", NOW - STALE_AFTER + 1)
    queue_due(watched)
    assert watched.run(TOLD) == []
    for hour in range(1, 60):
        queue_due(watched, NOW + hour * HOUR)
    assert watched.run(TOLD) == [{"feed": FEED, "alert": "trouble"}]


def test_a_feed_that_was_resumed_has_as_long_as_a_new_one(watched: Core) -> None:
    watched.run("UPDATE feeds SET last_success_at = ?, updated_at = ?", NOW - 30 * DAY, NOW - 1)
    queue_due(watched)
    queue_due(watched, NOW - 2 + STALE_AFTER)
    assert watched.run(TOLD) == []
    queue_due(watched, NOW - 2 + STALE_AFTER + HOUR)
    assert watched.run(TOLD) == [{"feed": FEED, "alert": "trouble"}]


def test_no_feed_is_in_trouble_because_its_tenant_was_suspended(watched: Core) -> None:
    resumed_at = NOW + 2 * DAY
    watched.run("UPDATE feeds SET last_success_at = ?", NOW)
    watched.run("UPDATE tenants SET resumed_at = ?", resumed_at)
    queue_due(watched, resumed_at)
    assert watched.run(TOLD) == []
    queue_due(watched, resumed_at + STALE_AFTER)
    assert watched.run(TOLD) == [{"feed": FEED, "alert": "trouble"}]
