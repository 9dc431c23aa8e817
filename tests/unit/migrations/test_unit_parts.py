"""Combined units against a plain model: whoever writes what, no room is taken twice, and what follows follows."""

import sqlite3
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.schema import migrated, with_unit

# Two villas that share a room, and a room that belongs to neither.
PARTS = {"villa": {"a", "b"}, "wing": {"b", "c"}, "a": set(), "b": set(), "c": set(), "d": set()}
UNITS = sorted(PARTS)
INSERT = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, created_at, updated_at)
VALUES ('ten_1', ?, ?, ?, ?, ?, 'booking', 'r', 0, 0)"""
UPDATE = "UPDATE occupancies SET unit_id = ?, start_date = ?, end_date = ?, live = ? WHERE id = ?"
WRITES = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(UNITS), st.integers(0, 15), st.integers(1, 5), st.booleans()),
    max_size=40,
)


def day(number: int) -> str:
    return (date(2027, 1, 1) + timedelta(days=number)).isoformat()


def house() -> sqlite3.Connection:
    connection = with_unit(migrated("core"))
    for unit in UNITS:
        connection.execute(
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'prop_1', 'U', 2, 100, 0, 0)", (unit,),
        )  # fmt: skip
    for unit, parts in PARTS.items():
        for part in parts:
            combine(connection, unit, part)
    return connection


def combine(connection: sqlite3.Connection, unit: str, part: str, since: str = "2026-01-01") -> None:
    connection.execute("INSERT INTO unit_parts VALUES ('ten_1', ?, ?, ?)", (unit, part, since))


def rows(connection: sqlite3.Connection, where: str = "live = 1") -> set[tuple[str, str, str, str]]:
    found = connection.execute(
        f"SELECT coalesce(main_id, id), unit_id, start_date, end_date FROM occupancies WHERE {where}"
    )
    return set(found.fetchall())


LEDGER = house()
Stay = tuple[str, str, str, bool]


def clashes(one: Stay, other: Stay) -> bool:
    shared = ({one[0]} | PARTS[one[0]]) & ({other[0]} | PARTS[other[0]])
    return bool(shared) and one[3] and other[3] and one[1] < other[2] and other[1] < one[2]


@settings(max_examples=300, deadline=None)
@given(WRITES)
def test_the_triggers_agree_with_a_model_of_houses_and_rooms(
    writes: list[tuple[int, str, int, int, bool]],
) -> None:
    LEDGER.execute("DELETE FROM occupancies")
    model: dict[str, Stay] = {}
    for number, unit, start, length, live in writes:
        key, stay = f"occ_{number}", (unit, day(start), day(start + length), live)
        clash = any(clashes(stay, other) for name, other in model.items() if name != key)
        try:
            if key in model:
                LEDGER.execute(UPDATE, (*stay, key))
            else:
                LEDGER.execute(INSERT, (key, *stay))
            refused = False
        except sqlite3.IntegrityError as error:
            assert "unit_overlap" in str(error)
            refused = True
        assert refused == clash, (stay, model)
        if not refused:
            model[key] = stay
        expected = {
            (name, where, start_, end_)
            for name, (home, start_, end_, alive) in model.items() if alive
            for where in {home} | PARTS[home]
        }  # fmt: skip
        assert rows(LEDGER) == expected


def test_a_lapsed_hold_that_is_met_on_a_room_ends_as_a_whole() -> None:
    ledger = house()
    hold = INSERT.replace("created_at", "expires_at, created_at").replace("'booking', 'r', 0", "'hold', 'r', 500, 0")
    ledger.execute(hold, ("occ_h", "villa", day(0), day(3), 1))
    ledger.execute("UPDATE occupancies SET live = 0, updated_at = 600 WHERE unit_id = 'a' AND expires_at <= 600")
    assert rows(ledger) == set()
    ledger.execute(INSERT, ("occ_a", "a", day(0), day(3), 1))
    taken_over = "UPDATE occupancies SET kind = 'booking', expires_at = NULL, live = 1 WHERE id = 'occ_h'"
    with pytest.raises(sqlite3.IntegrityError, match="unit_overlap"):
        ledger.execute(taken_over)


@pytest.mark.parametrize(
    ("unit", "part", "word"),
    [("a", "d", "parts_nested"), ("d", "villa", "parts_nested"), ("villa", "villa", "CHECK|parts_nested")],
)
def test_parts_are_of_one_depth(unit: str, part: str, word: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=word):
        combine(house(), unit, part)


def test_a_new_part_takes_over_what_is_to_come_or_is_refused() -> None:
    ledger = house()
    ledger.execute(INSERT, ("occ_v", "villa", day(0), day(3), 1))
    ledger.execute(INSERT, ("occ_past", "villa", "2025-01-01", "2025-01-03", 1))
    ledger.execute(INSERT, ("occ_d", "d", day(2), day(4), 1))
    with pytest.raises(sqlite3.IntegrityError, match="unit_overlap"):
        combine(ledger, "villa", "d")
    ledger.execute("UPDATE occupancies SET live = 0 WHERE id = 'occ_d'")
    combine(ledger, "villa", "d")
    assert rows(ledger, "live = 1 AND unit_id = 'd'") == {("occ_v", "d", day(0), day(3))}
    ledger.execute("DELETE FROM unit_parts WHERE part_id = 'd'")
    assert rows(ledger, "live = 1 AND unit_id = 'd'") == set()
    ledger.execute("UPDATE occupancies SET end_date = ? WHERE id = 'occ_v'", (day(5),))
    combine(ledger, "villa", "d")
    assert rows(ledger, "live = 1 AND unit_id = 'd'") == {("occ_v", "d", day(0), day(5))}
