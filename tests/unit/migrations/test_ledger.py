"""The occupancy ledger refuses exactly what overlaps, whatever sequence of writes comes."""

import sqlite3
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.schema import migrated, with_unit

INSERT = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, created_at, updated_at)
VALUES ('ten_1', ?, 'unit_1', ?, ?, ?, 'booking', 'r', 0, 0)"""
UPDATE = "UPDATE occupancies SET start_date = ?, end_date = ?, live = ? WHERE tenant_id = 'ten_1' AND id = ?"
LEDGER = with_unit(migrated("core"))

RANGES = st.tuples(st.integers(0, 25), st.integers(1, 6))
WRITES = st.lists(
    st.tuples(st.sampled_from(["insert", "update"]), st.integers(0, 12), RANGES, st.booleans()), max_size=40
)


def day(number: int) -> str:
    return (date(2027, 1, 1) + timedelta(days=number)).isoformat()


@settings(max_examples=300, deadline=None)
@given(WRITES)
def test_the_triggers_agree_with_a_plain_comparison_of_all_rows(writes: list) -> None:  # type: ignore[type-arg]
    LEDGER.execute("DELETE FROM occupancies")
    model: dict[str, tuple[str, str, bool]] = {}
    for verb, number, (start, length), live in writes:
        key, row = f"occ_{number}", (day(start), day(start + length), live)
        if (verb == "insert") == (key in model):
            continue
        others = [other for name, other in model.items() if name != key and other[2]]
        clash = live and any(other[0] < row[1] and row[0] < other[1] for other in others)
        try:
            LEDGER.execute(INSERT, (key, *row)) if verb == "insert" else LEDGER.execute(UPDATE, (*row, key))
            refused = False
        except sqlite3.IntegrityError as error:
            assert "unit_overlap" in str(error)
            refused = True
        assert refused == clash, (verb, row, others)
        if not refused:
            model[key] = row
    found = LEDGER.execute("SELECT id, start_date, end_date, live FROM occupancies").fetchall()
    assert {key: (start, end, bool(live)) for key, start, end, live in found} == model


def test_an_occupancy_cannot_belong_to_a_unit_of_another_tenant() -> None:
    connection = with_unit(migrated("core"))
    connection.execute("INSERT INTO tenants (id, name, created_at, updated_at) VALUES ('ten_2', 'T', 0, 0)")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute(INSERT.replace("'ten_1'", "'ten_2'"), ("occ_1", day(0), day(1), 1))


def test_an_issued_invoice_never_changes() -> None:
    connection = migrated("core")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(
        "INSERT INTO invoices (tenant_id, id, kind, series, number, source_key, booking_id, status, total_amount,"
        " currency, lines, created_at) VALUES ('t', 'i', 'invoice', 'INV', 1, 's', 'b', 'issued', 1, 'EUR', '[]', 0)"
    )
    for statement in ("UPDATE invoices SET total_amount = 2", "DELETE FROM invoices"):
        with pytest.raises(sqlite3.IntegrityError, match="invoice_is_final"):
            connection.execute(statement)


def test_the_audit_can_only_grow() -> None:
    connection = migrated("audit")
    connection.execute("INSERT INTO audit_events VALUES ('t', 'i', 0, 'a', 'x', 'o', '{}', 'r', '')")
    for statement in ("UPDATE audit_events SET actor = 'b'", "DELETE FROM audit_events"):
        with pytest.raises(sqlite3.IntegrityError, match="append_only"):
            connection.execute(statement)


def test_a_guard_rolls_back_when_the_statement_before_changed_nothing() -> None:
    connection = with_unit(migrated("core"))
    guard = "INSERT INTO require_change SELECT changes()"
    connection.execute("UPDATE tenants SET name = 'x' WHERE id = 'ten_1'")
    connection.execute(guard)
    connection.execute("UPDATE tenants SET name = 'x' WHERE id = 'nobody'")
    with pytest.raises(sqlite3.IntegrityError, match="guard_failed"):
        connection.execute(guard)


def test_what_the_audit_said_first_counts() -> None:
    connection = migrated("audit")
    for verb, actor in (("INSERT", "first"), ("INSERT OR REPLACE", "second")):
        connection.execute(f"{verb} INTO audit_events VALUES ('t', 'i', 0, '{actor}', 'x', 'o', '{{}}', 'r', '')")
    assert connection.execute("SELECT actor FROM audit_events").fetchall() == [("first",)]
