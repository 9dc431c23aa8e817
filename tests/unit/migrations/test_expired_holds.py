"""A hold that runs out tells so once, whoever closes it and wherever it is met first."""

import sqlite3

import pytest
from support.schema import migrated, with_unit

from api.occupancies import changes, repository
from propflow.bindings.d1 import Statement

ENDS = 1_800_000_000_123
TELL = "SELECT type, object_id, unit_id, sequence, position, actor, created_at FROM events ORDER BY position"


@pytest.fixture
def core() -> sqlite3.Connection:
    """A villa of two rooms, held until ENDS, and a hold that lasts longer."""
    connection = with_unit(migrated("core"), unit="villa")
    for room in ("room_1", "room_2"):
        connection.execute(
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'prop_1', 'U', 2, 100, 0, 0)",
            (room,),
        )
        connection.execute("INSERT INTO unit_parts VALUES ('ten_1', 'villa', ?, '2027-01-01')", (room,))
    for number, start, ends in ((1, "2027-05-01", ENDS), (2, "2027-06-01", ENDS + 60_000)):
        connection.execute(
            "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, expires_at,"
            " created_at, updated_at) VALUES ('ten_1', ?1, 'villa', ?2, date(?2, '+2 days'), 'hold', ?3, ?4, 0, 0)",
            (f"occ_{number}", start, f"hold_{number}", ends),
        )
    return connection


def run(core: sqlite3.Connection, statement: Statement) -> None:
    core.execute(statement.sql, [float(one) if isinstance(one, int) else one for one in statement.params])


WRITERS = [
    repository.expire_holds("ten_1", "villa", ENDS),
    repository.expire_holds("ten_1", "room_2", ENDS),
    changes.expire_holds("ten_1", ["room_1", "room_2"], ENDS),
    changes.expire_all_holds("ten_1", ENDS),
]


@pytest.mark.parametrize("writer", WRITERS)
def test_each_writer_ends_it_as_a_whole_and_tells_it_once(core: sqlite3.Connection, writer: Statement) -> None:
    for one in (writer, *WRITERS):
        run(core, one)
    assert core.execute(TELL).fetchall() == [("hold.expired", "hold_1", "villa", 1, 1, "system", ENDS)]
    live = core.execute("SELECT DISTINCT ref_id FROM occupancies WHERE live = 1").fetchall()
    assert live == [("hold_2",)]
    [(previous,)] = core.execute("SELECT previous FROM events")
    assert previous == '{"start":"2027-05-01","end":"2027-05-03","expires_at":"2027-01-15T08:00:00.123Z"}'


def test_until_its_last_millisecond_nothing_is_told(core: sqlite3.Connection) -> None:
    for one in (repository.expire_holds("ten_1", "villa", ENDS - 1), changes.expire_all_holds("ten_1", ENDS - 1)):
        run(core, one)
    run(core, changes.release_hold("ten_1", "occ_1", ENDS - 1))
    assert core.execute(TELL).fetchall() == []
    assert core.execute("SELECT live FROM occupancies WHERE id = 'occ_1'").fetchone() == (0,)


def test_a_hold_that_ran_out_is_not_released(core: sqlite3.Connection) -> None:
    run(core, changes.release_hold("ten_1", "occ_1", ENDS))
    assert core.execute("SELECT live FROM occupancies WHERE id = 'occ_1'").fetchone() == (1,)


def test_where_time_goes_back_a_hold_from_the_future_ends_as_a_whole_and_tells_it(core: sqlite3.Connection) -> None:
    now = ENDS - 1_000
    core.execute("UPDATE occupancies SET created_at = ?1 + (ref_id = 'hold_2')", (now,))
    for _ in range(2):
        run(core, changes.expire_future_holds("ten_1", now))
    assert core.execute(TELL).fetchall() == [("hold.expired", "hold_2", "villa", 1, 1, "system", now)]
    assert core.execute("SELECT DISTINCT ref_id FROM occupancies WHERE live = 1").fetchall() == [("hold_1",)]
    plan = core.execute(f"EXPLAIN QUERY PLAN {changes.EXPIRE_FUTURE_HOLDS}", ("ten_1", now)).fetchall()
    assert any("occupancies_holds" in row[3] for row in plan), plan
