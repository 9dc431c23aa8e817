"""The checker against a model ledger: silent about any correct race, loud as soon as the model cheats."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
from support.ledger_checker import TAKEN, Op, check, overlaps
from support.model_ledger import UNITS, Call, Ledger, day, races


@given(races())
def test_a_correct_ledger_is_never_accused(calls: list[Call]) -> None:
    ledger = Ledger()
    history = [ledger.run(call) for call in calls]
    assert check(ledger.rows.values(), history) == []


@given(races())
def test_a_ledger_without_its_trigger_is_caught(calls: list[Call]) -> None:
    ledger = Ledger(cheating=True)
    for call in calls:
        ledger.run(call)
    rows = list(ledger.rows.values())
    truth = any(a.id < b.id and a.meets(b.unit_id, b.start, b.end) for a in rows for b in rows)
    assert bool(overlaps(rows)) == truth


@given(races(), st.integers(0, 99))
def test_a_lost_row_is_caught(calls: list[Call], which: int) -> None:
    ledger = Ledger()
    history = [ledger.run(call) for call in calls]
    touched = {op.occupancy_id for op in history if op.outcome == "info"}
    promised = [op.occupancy_id for op in history if op.outcome == "ok" and op.occupancy_id in ledger.rows]
    promised = [id for id in promised if id not in touched]
    assume(promised)
    del ledger.rows[promised[which % len(promised)] or ""]
    assert [finding.kind for finding in check(ledger.rows.values(), history)] == ["missing"]


@given(races(), UNITS, st.integers(20, 30))
def test_a_refusal_nobody_caused_is_caught(calls: list[Call], unit: str, start: int) -> None:
    ledger = Ledger()
    history = [ledger.run(call) for call in calls]
    lie = Op("lie", 5, 6, 409, unit, day(start), day(start + 1), code=TAKEN)
    assert [finding.kind for finding in check(ledger.rows.values(), [*history, lie])] == ["unjustified"]
