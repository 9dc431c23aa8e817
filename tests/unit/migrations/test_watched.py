"""Rooms that are watched, and the end of holds: what the statements and the trigger do to the schema's own SQLite."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from support.schema import migrated, with_unit

from api.activity.realtime import repository
from api.core import watchers_repository
from propflow.bindings.d1 import Statement

HOLD = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, expires_at, created_at,
                         updated_at) VALUES ('ten_1', ?, 'unit_1', ?, ?, 1, 'hold', ?, 5000, 0, 0)"""
END = "UPDATE occupancies SET live = 0, updated_at = ? WHERE tenant_id = 'ten_1' AND live = 1 AND kind = 'hold'"


@pytest.fixture
def core() -> Iterator[sqlite3.Connection]:
    connection = with_unit(migrated("core"))
    yield connection
    connection.close()


def run(core: sqlite3.Connection, statement: Statement) -> list[Any]:
    return core.execute(statement.sql, statement.params).fetchall()


def events(core: sqlite3.Connection) -> list[Any]:
    return core.execute("SELECT position, type, object_id, unit_id, sequence, previous FROM events").fetchall()


def test_a_hold_that_ran_out_is_an_event_whoever_writes_it_down(core: sqlite3.Connection) -> None:
    core.execute(HOLD, ("occ_1", "2027-03-01", "2027-03-03", "hold_1"))
    core.execute(HOLD, ("occ_2", "2027-04-01", "2027-04-03", "hold_2"))
    core.execute(END, (5000,))
    told = {"start": "2027-03-01", "end": "2027-03-03", "expires_at": "1970-01-01T00:00:05.000Z"}
    assert [(row[0], *row[1:5]) for row in events(core)] == [
        (1, "hold.expired", "hold_1", "unit_1", 1), (2, "hold.expired", "hold_2", "unit_1", 1)]  # fmt: skip
    assert json.loads(events(core)[0][5]) == told


def test_a_hold_that_is_freed_before_or_becomes_a_booking_has_not_run_out(core: sqlite3.Connection) -> None:
    core.execute(HOLD, ("occ_1", "2027-03-01", "2027-03-03", "hold_1"))
    core.execute(END, (4999,))
    core.execute(HOLD, ("occ_2", "2027-03-01", "2027-03-03", "hold_2"))
    core.execute("UPDATE occupancies SET kind = 'booking', expires_at = NULL, updated_at = 6000 WHERE id = 'occ_2'")
    core.execute("UPDATE occupancies SET live = 0, updated_at = 7000 WHERE id = 'occ_2'")
    assert events(core) == []


def test_rooms_are_found_by_the_units_that_changed(core: sqlite3.Connection) -> None:
    (home,) = core.execute("SELECT property_id FROM units WHERE id = 'unit_1'").fetchone()
    assert run(core, watchers_repository.watched("ten_1", ["unit_1"], 0)) == []
    for room in ("", home, "prop_other"):
        run(core, repository.enter("ten_1", room, 1, 1000, 0, 10))
    assert {room for (room,) in run(core, watchers_repository.watched("ten_1", ["unit_1"], 999))} == {"", home}
    assert run(core, watchers_repository.watched("ten_1", ["unit_1"], 1000)) == [], "its time is over"
    assert run(core, watchers_repository.watched("ten_2", ["unit_1"], 0)) == []


def test_a_tenant_has_so_many_connections_in_all_rooms_together(core: sqlite3.Connection) -> None:
    def enter(room: str, sockets: int, now: int = 0) -> int:
        statement = repository.enter("ten_1", room, sockets, now + 1000, now, 10)
        return core.execute(statement.sql, statement.params).rowcount

    assert [enter("", 6), enter("prop_1", 4), enter("prop_1", 5), enter("", 7)] == [1, 1, 0, 0]
    assert enter("", 6) == 1, "one left and one came"
    assert enter("prop_1", 10, now=1000) == 1, "a room that died counts until its time is over"


def test_renewing_writes_only_what_changed(core: sqlite3.Connection) -> None:
    def renew(sockets: int, until: int, due: int) -> int:
        statement = repository.renew("ten_1", "", sockets, until, due)
        return core.execute(statement.sql, statement.params).rowcount

    assert [renew(1, 1000, 500), renew(1, 1100, 600), renew(2, 1200, 700), renew(2, 2200, 1200)] == [1, 0, 1, 1]


def happen(core: sqlite3.Connection, position: int, unit: str | None, kind: str = "x", **previous: Any) -> None:
    core.execute(
        "INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor,"
        " request_id, created_at) VALUES ('ten_1', ?, 'evt', ?, 'bkg_1', ?, ?, '{}', ?, 'usr', 'req', 0)",
        (position, kind, unit, position, json.dumps(previous)),
    )


def test_an_event_touches_where_it_was_what_it_consists_of_and_what_consists_of_that(core: sqlite3.Connection) -> None:
    for unit in ("villa", "room", "other", "suite"):
        core.execute(
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " VALUES ('ten_1', ?1, 'prop_1', ?1, 2, 100, 0, 0)", (unit,)
        )  # fmt: skip
    for whole in ("villa", "suite"):
        core.execute("INSERT INTO unit_parts VALUES ('ten_1', ?, 'room', '2027-01-01')", (whole,))
    happen(core, 1, "unit_1")
    happen(core, 2, None)
    happen(core, 3, "villa")
    happen(core, 4, "unit_1", unit_id="room")
    happen(core, 5, "villa", "unit.parts_changed", parts=["other", "room"])
    found = run(core, repository.happened("ten_1", 0, 200))
    touched = [(row[0], row[5]) for row in found]
    assert touched == [
        (1, "unit_1"), (2, None), (3, "room"), (3, "suite"), (3, "villa"), (4, "room"), (4, "suite"), (4, "unit_1"),
        (4, "villa"), (5, "other"), (5, "room"), (5, "suite"), (5, "villa")]  # fmt: skip
    assert [row[0] for row in run(core, repository.happened("ten_1", 1, 2))][:2] == [2, 3]
    assert run(core, repository.happened("ten_2", 0, 200)) == []
    plan = core.execute("EXPLAIN QUERY PLAN " + repository.HAPPENED, ("ten_1", 0, 200)).fetchall()
    assert not [step for *_, step in plan if step.startswith("SCAN") and step.split()[1] in TABLES], plan


TABLES = {"events", "unit_parts", "units", "p", "u"}


def test_who_may_stay_is_judged_as_a_request_is(core: sqlite3.Connection) -> None:
    core.execute("UPDATE tenants SET plan = 'business'")
    for user, restriction in (("usr_all", None), ("usr_one", '["prop_1"]'), ("usr_none", "[]")):
        core.execute("INSERT INTO users (id, email, name, created_at, updated_at) VALUES (?1, ?1, ?1, 0, 0)", (user,))
        core.execute(
            "INSERT INTO memberships (tenant_id, user_id, role, property_ids, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'manager', ?, 0, 0)", (user, restriction)
        )  # fmt: skip
        core.execute(
            "INSERT INTO sessions (token_hash, id, tenant_id, user_id, created_at, last_seen_at, expires_at)"
            " VALUES (?1, 'ses_' || ?1, 'ten_1', ?1, 0, 0, 1000)", (user,)
        )  # fmt: skip
    who = [(user, f"ses_{user}", user) for user in ("usr_all", "usr_one", "usr_none")]

    def standing(property_id: str, now: int = 999, tenant: str = "ten_1") -> set[str]:
        return {row[0] for row in run(core, repository.standing(tenant, property_id, who, now))}

    assert standing("") == {"usr_all"}
    assert standing("prop_1") == {"usr_all", "usr_one"}
    assert standing("prop_2") == {"usr_all"}
    assert standing("", now=1000) == set(), "the session has ended"
    assert standing("", tenant="ten_2") == set()
    core.execute("DELETE FROM sessions WHERE user_id = 'usr_all'")
    assert standing("prop_1") == {"usr_one"}
