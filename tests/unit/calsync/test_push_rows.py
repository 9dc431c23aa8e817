"""What a push writes down, against changes of its target that came meanwhile; on the schema's own SQLite."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.in_memory import InMemory
from support.schema import migrated, with_unit

from api.channels.push_targets import repository as targets
from api.channels.push_targets.repository import TargetRow
from calsync.hosts import repository as hosts
from calsync.hosts.shares import MOST_WAITED, WINDOW
from calsync.pushes import repository
from calsync.pushes import service as pushes
from calsync.pushes.models import Change, Progress, Pushed, Target
from calsync.pushes.repository import Due
from propflow import outbox
from propflow.bindings.d1 import Statement
from propflow.clock import MINUTE, now_ms
from propflow.messages import PushRequested
from propflow.outbox import Destination

NOW = 1_800_000_000_000
CHANGED = Change(unit_id="unit_1", outbox_id="obx_1", request_id="")
ROW = TargetRow(
    id="push_1", unit_id="unit_1", kind="caldav", name="N", host="h", sealed="first", next_attempt_at=NOW,
    created_at=NOW, updated_at=NOW,
)  # fmt: skip
ENTRY = Pushed(uid="occ_1", end_date="2027-01-03", content_hash="x", etag='"1"')


@pytest.fixture
def core() -> Iterator[sqlite3.Connection]:
    connection = with_unit(migrated("core"))
    run(connection, targets.insert("ten_1", ROW, 10))
    yield connection
    connection.close()


def run(core: sqlite3.Connection, *statements: Statement) -> None:
    for one in statements:
        core.execute(one.sql, one.params).fetchall()


def row(core: sqlite3.Connection) -> dict[str, Any]:
    cursor = core.execute("SELECT * FROM push_targets")
    return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


def target(core: sqlite3.Connection) -> Target:
    known = row(core)
    kept = {name: known[name] for name in Target.__struct_fields__ if name in known}
    return Target(time_zone="UTC", known=True, **kept)


def test_a_change_of_the_calendar_during_a_change_of_the_target_is_not_lost(core: sqlite3.Connection) -> None:
    run(core, repository.succeed(target(core), 1, NOW))
    run(core, *repository.ask("ten_1", [CHANGED], NOW))
    run(core, targets.reseal("ten_1", ROW, "first, with another secret", NOW))
    assert row(core)["revision"] > row(core)["pushed_revision"]


def test_an_address_given_during_a_push_gets_everything(core: sqlite3.Connection) -> None:
    before = target(core)
    run(core, *repository.ask("ten_1", [CHANGED], NOW))
    elsewhere = TargetRow(**{name: getattr(ROW, name) for name in ROW.__struct_fields__} | {"sealed": "second"})
    run(core, targets.change("ten_1", ROW, elsewhere), targets.forget_entries("ten_1", ROW.id))
    run(core, *repository.progress(before, Progress(put=[ENTRY])), repository.succeed(before, 2, NOW))
    run(core, repository.fail(before, "late", None, NOW))
    now = row(core)
    assert now["pushed_revision"] == 0 < now["revision"] and (now["status"], now["failures"]) == ("active", 0)
    assert core.execute("SELECT * FROM pushed_entries").fetchall() == []


def test_what_was_put_while_a_target_ended_is_known_and_so_taken_away(core: sqlite3.Connection) -> None:
    before = target(core)
    run(core, targets.end("ten_1", ROW.id, NOW), *repository.progress(before, Progress(put=[ENTRY])))
    assert core.execute("SELECT uid FROM pushed_entries").fetchall() == [("occ_1",)]
    assert row(core)["status"] == "ending"


def test_a_claim_is_had_by_one_and_let_go(core: sqlite3.Connection) -> None:
    known = target(core)
    claims = [core.execute(one.sql, one.params).fetchall() for one in [repository.claim(known, NOW, NOW + 1_000)] * 2]
    assert claims == [[(1,)], []]
    run(core, repository.release(known))
    assert row(core)["claimed_until"] == 0


def test_nothing_is_brought_over_for_a_suspended_tenant_until_it_acts(core: sqlite3.Connection) -> None:
    def due() -> list[Any]:
        statement = repository.due(NOW, 10)
        return core.execute(statement.sql, statement.params).fetchall()

    core.execute("UPDATE tenants SET suspended_at = 1, suspended_reason = 'x'")
    assert due() == []
    core.execute("UPDATE tenants SET suspended_at = NULL, suspended_reason = NULL")
    assert due() == [("ten_1", "push_1")]


def test_a_push_of_who_let_us_wait_too_long_is_put_off_and_asked_for_again() -> None:
    core, now = InMemory("core"), now_ms()
    with_unit(core.db)
    job = PushRequested(tenant_id="ten_1", outbox_id="obx_1", target_id="push_1")
    asyncio.run(
        core.batch([
            targets.insert("ten_1", ROW, 10), outbox.record(job, Destination.CALSYNC, now=now),
            hosts.waited("ten_1", MOST_WAITED, now),
        ])
    )  # fmt: skip
    core.db.execute("UPDATE push_targets SET next_attempt_at = 0")
    nobody: Any = None
    services = SimpleNamespace(db=core, queue=nobody, settings=nobody)
    asyncio.run(pushes.push(cast("pushes.Bindings", services), job))
    assert row(core.db)["next_attempt_at"] == now + WINDOW
    assert row(core.db)["claimed_until"] == row(core.db)["failures"] == 0
    assert core.number("outbox WHERE waiting <> 0") == 0, "the schedule finds it behind"


def asked(core: sqlite3.Connection, outbox_id: str, now: int = NOW) -> int:
    """How many messages a change has sent."""
    change = Change(unit_id="unit_1", outbox_id=outbox_id, request_id="")
    results = [core.execute(one.sql, one.params).fetchall() for one in repository.ask("ten_1", [change], now)]
    return len(results[0])


def test_what_is_under_way_is_asked_for_once_however_much_changes(core: sqlite3.Connection) -> None:
    run(core, repository.succeed(target(core), 1, NOW))
    assert [asked(core, f"obx_{number}") for number in range(20)] == [1, *[0] * 19]
    assert row(core)["revision"] == 21
    assert asked(core, "obx_0") == 1, "a change that is told again sends again what waits"
    late = NOW + repository.ON_ITS_WAY
    assert [asked(core, f"obx_late_{number}", late) for number in range(5)] == [1, 0, 0, 0, 0], "it should have come"


def test_what_several_changes_concern_is_asked_for_by_the_first_and_again_by_that_one(core: sqlite3.Connection) -> None:
    def told(*numbers: int) -> list[str]:
        changes = [
            Change(unit_id="unit_1", outbox_id=f"obx_{number}", request_id=f"req_{number}") for number in numbers
        ]
        ask, mark = repository.ask("ten_1", changes, NOW)
        rows = [json.loads(text) for (text,) in core.execute(ask.sql, ask.params).fetchall()]
        run(core, mark)
        return [f"{row['outbox_id']} {row['request_id']} {row['target_id']}" for row in rows]

    run(core, repository.succeed(target(core), 1, NOW))
    assert told(2, 1, 3) == ["obx_2:push_1 req_2 push_1"] and row(core)["revision"] == 2, "one change for all"
    assert told(1, 3) == [] and told(3, 1, 2) == ["obx_2:push_1 req_2 push_1"]
    run(
        core,
        outbox.close(PushRequested(tenant_id="ten_1", outbox_id="obx_2:push_1", target_id=""), Destination.CALSYNC),
    )
    assert told(3, 1, 2) == []


def test_what_changes_during_a_push_is_brought_by_the_message_that_follows_it(core: sqlite3.Connection) -> None:
    known = target(core)
    run(core, repository.claim(known, NOW, NOW + 1))
    run(core, repository.ask("ten_1", [CHANGED], NOW)[1])
    run(core, repository.succeed(known, 1, NOW + 5), repository.release(known))
    follow = repository.follow(known, "", "obx_follow", NOW + 5)
    assert len(core.execute(follow.sql, follow.params).fetchall()) == 1
    assert asked(core, "obx_2", NOW + 6) == 0, "that brings this change, too"


class Story:
    """Changes, messages and pushes in any order; `brought` is the newest revision that a push began with."""

    def __init__(self, core: sqlite3.Connection, chance: random.Random, loses: bool) -> None:
        self.core, self.chance, self.loses = core, chance, loses
        self.now, self.number, self.messages, self.pushing = NOW, 0, 1, list[tuple[Target, int]]()

    def new_id(self) -> str:
        self.number += 1
        return f"obx_{self.number}"

    def sent(self, count: int) -> None:
        self.messages += sum(not (self.loses and self.chance.random() < 0.4) for _ in range(count))

    def change(self) -> None:
        self.sent(asked(self.core, self.new_id(), self.now))

    def deliver(self) -> None:
        if not self.messages:
            return
        self.messages -= 1
        known = target(self.core)
        claim = repository.claim(known, self.now, self.now + pushes.CLAIM)
        for (revision,) in self.core.execute(claim.sql, claim.params).fetchall():
            self.pushing.append((known, revision))

    def end(self) -> None:
        for known, revision in self.pushing:
            fails = self.loses and self.chance.random() < 0.2
            run(self.core, repository.fail(known, "away", self.now + 1, self.now) if fails else
                repository.succeed(known, revision, self.now), repository.release(known))  # fmt: skip
            follow = repository.follow(known, "", self.new_id(), self.now)
            self.sent(len(self.core.execute(follow.sql, follow.params).fetchall()))
        self.pushing.clear()

    def schedule(self) -> None:
        found = repository.due(self.now, 10)
        rows = [Due(tenant_id=a, id=b) for a, b in self.core.execute(found.sql, found.params).fetchall()]
        results = [
            self.core.execute(one.sql, one.params).fetchall()
            for one in repository.queue(rows, now=self.now, next_attempt_at=self.now + pushes.RETRY)
        ]
        self.sent(len(results[0]))

    def is_up_to_date(self) -> bool:
        return bool(row(self.core)["pushed_revision"] == row(self.core)["revision"])


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_during_a_push_the_target_comes_up_to_date(core: sqlite3.Connection, seed: int) -> None:
    story = Story(core, random.Random(seed), loses=False)
    for _ in range(500):
        story.chance.choice((story.change, story.change, story.deliver, story.end))()
        story.now += story.chance.choice((1, 1_000, 20_000))
        assert story.messages <= 3
    while story.messages or story.pushing:
        story.deliver()
        story.end()
    assert story.is_up_to_date(), "and without the schedule"


@pytest.mark.parametrize("seed", range(4))
def test_the_schedule_finds_what_got_lost(core: sqlite3.Connection, seed: int) -> None:
    story = Story(core, random.Random(seed), loses=True)
    for _ in range(500):
        story.chance.choice((story.change, story.deliver, story.end, story.schedule))()
        story.now += story.chance.choice((1, 1_000, 60_000))
    story.loses = False
    for _ in range(12):
        story.now += MINUTE
        story.schedule()
        while story.messages or story.pushing:
            story.deliver()
            story.end()
    assert story.is_up_to_date()
