"""What a push writes down, against changes of its target that came meanwhile; on the schema's own SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.in_memory import InMemory
from support.schema import migrated, with_unit

from api.push_targets import repository as targets
from api.push_targets.repository import TargetRow
from calsync.hosts import repository as hosts
from calsync.hosts.shares import MOST_WAITED, WINDOW
from calsync.pushes import repository
from calsync.pushes import service as pushes
from calsync.pushes.models import Progress, Pushed, Target
from propflow import outbox
from propflow.bindings.d1 import Statement
from propflow.clock import now_ms
from propflow.messages import PushRequested, UnitCalendarChanged
from propflow.outbox import Destination

NOW = 1_800_000_000_000
CHANGED = UnitCalendarChanged(tenant_id="ten_1", outbox_id="obx_1", unit_id="unit_1")
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
    return Target(time_zone="UTC", **{name: known[name] for name in Target.__struct_fields__ if name != "time_zone"})


def test_a_change_of_the_calendar_during_a_change_of_the_target_is_not_lost(core: sqlite3.Connection) -> None:
    run(core, repository.succeed(target(core), 1, NOW))
    run(core, *repository.ask(CHANGED, "unit_1", NOW))
    run(core, targets.reseal("ten_1", ROW, "first, with another secret", NOW))
    assert row(core)["revision"] > row(core)["pushed_revision"]


def test_an_address_given_during_a_push_gets_everything(core: sqlite3.Connection) -> None:
    before = target(core)
    run(core, *repository.ask(CHANGED, "unit_1", NOW))
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
    nobody: Any = None
    services = SimpleNamespace(db=core, queue=nobody, settings=nobody)
    asyncio.run(pushes.push(cast("pushes.Services", services), job))
    assert row(core.db)["next_attempt_at"] == max(NOW, now + WINDOW)
    assert row(core.db)["claimed_until"] == row(core.db)["failures"] == 0
    assert core.number("outbox WHERE waiting <> 0") == 0, "the schedule finds it behind"
