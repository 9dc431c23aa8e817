"""The search for an order: it finds one for every true history, and says so when there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from support.ledger_checker import TAKEN, Finding, Occupancy, Op
from support.ledger_checker import check as ledger_check
from support.linearizability import Parts, check
from support.model_ledger import Call, Ledger, races

U, V = "unit_1", "unit_2"
JAN_3, JAN_5, ACROSS = ("2027-01-01", "2027-01-03"), ("2027-01-03", "2027-01-05"), ("2027-01-02", "2027-01-04")


def row(id: str, nights: tuple[str, str], unit: str = U) -> Occupancy:
    return Occupancy(id, unit, *nights)


def took(id: str, nights: tuple[str, str], at: float, until: float, unit: str = U) -> Op:
    return Op(f"take_{id}_{at}", at, until, 201, unit, *nights, id)


def refused(nights: tuple[str, str], at: float, until: float, unit: str = U) -> Op:
    return Op(f"refused_{at}", at, until, 409, unit, *nights, code=TAKEN)


def freed(id: str, at: float, until: float) -> Op:
    return Op(f"free_{id}", at, until, 200, occupancy_id=id)


def unanswered(op: Op) -> Op:
    return replace(op, complete=None, status=None, occupancy_id=None)


def kinds(rows: list[Occupancy], history: list[Op], parts: Parts | None = None) -> list[str]:
    return [finding.kind for finding in check(rows, history, parts)]


WRONG = ["not_linearizable"]


def test_calls_one_after_the_other_have_an_order() -> None:
    history = [took("a", JAN_3, 1, 2), refused(ACROSS, 3, 4), freed("a", 5, 6), took("b", ACROSS, 7, 8)]
    assert kinds([row("b", ACROSS)], history) == []


def test_calls_at_once_may_come_in_any_order() -> None:
    history = [refused(ACROSS, 1, 9), freed("a", 2, 8), took("b", ACROSS, 1, 9), took("a", JAN_3, 1, 3)]
    assert kinds([row("b", ACROSS)], history) == []


def test_one_night_twice_has_none() -> None:
    history = [took("a", JAN_3, 1, 2), took("b", ACROSS, 1, 2)]
    assert kinds([row("a", JAN_3), row("b", ACROSS)], history) == WRONG


def test_a_refusal_before_its_cause_has_none() -> None:
    assert kinds([row("a", JAN_3)], [refused(ACROSS, 1, 2), took("a", JAN_3, 3, 4)]) == WRONG


def test_two_refusals_that_need_opposite_orders_have_none_although_each_alone_is_justified() -> None:
    # b was refused, so a came before it; then a was free again before c was refused, for which only a can be the cause.
    history = [took("a", JAN_3, 1, 9), freed("a", 10, 11), took("b", JAN_3, 12, 13), refused(JAN_3, 14, 20),
               freed("b", 15, 16), took("c", ACROSS, 17, 18), freed("c", 18.5, 19)]  # fmt: skip
    assert kinds([], history) == []
    swapped = [took("a", JAN_3, 1, 4), took("b", JAN_3, 1, 4), freed("a", 5, 6), freed("b", 5, 6)]
    assert ledger_check([], swapped) == []
    assert kinds([], swapped) == WRONG, "both were taken before either was freed"


def test_the_rows_must_be_what_the_calls_left() -> None:
    history = [took("a", JAN_3, 1, 2)]
    assert kinds([], history) == kinds([row("a", ACROSS)], history) == WRONG
    assert kinds([row("a", JAN_3), row("g", JAN_5)], history) == WRONG


@pytest.mark.parametrize("rows", [[], [row("x", JAN_3)]])
def test_without_an_answer_both_outcomes_have_an_order(rows: list[Occupancy]) -> None:
    assert kinds(rows, [unanswered(took("x", JAN_3, 1, 2)), refused(JAN_5, 3, 4)]) == WRONG
    assert kinds(rows, [unanswered(took("x", JAN_3, 1, 2))]) == []


def test_the_effect_of_a_call_without_an_answer_comes_once_and_not_before_it() -> None:
    lost = unanswered(took("x", JAN_3, 5, 6))
    assert kinds([], [refused(ACROSS, 1, 2), lost]) == WRONG
    assert (
        kinds([row("x", JAN_3)], [lost, refused(ACROSS, 7, 8), took("b", ACROSS, 9, 10), freed("b", 11, 12)]) == WRONG
    )


def test_a_move_frees_the_nights_it_leaves_in_the_moment_in_which_it_takes_others() -> None:
    moved = replace(took("a", ACROSS, 3, 4), status=200)
    assert kinds([row("a", ACROSS), row("b", ("2027-01-01", "2027-01-02"))],
                 [took("a", JAN_3, 1, 2), moved, took("b", ("2027-01-01", "2027-01-02"), 5, 6)]) == []  # fmt: skip
    elsewhere = replace(moved, unit_id=V)
    assert kinds([row("a", ACROSS, V)], [took("a", JAN_3, 1, 2), elsewhere, refused(JAN_3, 5, 6)]) == WRONG


def test_a_swap_within_a_villa_is_one_moment() -> None:
    parts = {"villa": ["room_1", "room_2"]}
    before = [took("a", JAN_3, 1, 2, "room_1"), took("b", JAN_3, 1, 2, "room_2")]
    swap = [
        replace(took("a", JAN_3, 3, 4, "room_2"), call="swap"),
        replace(took("b", JAN_3, 3, 4, "room_1"), call="swap"),
    ]
    after = [row("a", JAN_3, "room_2"), row("b", JAN_3, "room_1")]
    assert kinds(after, before + swap, parts) == []
    assert kinds(after, before + [replace(op, call=op.key) for op in swap], parts) == WRONG


def test_a_villa_and_its_room_are_the_same_nights_and_two_rooms_are_not() -> None:
    parts = {"villa": ["room_1", "room_2"]}
    rooms = [took("a", JAN_3, 1, 2, "room_1"), took("b", JAN_3, 1, 2, "room_2"), refused(ACROSS, 3, 4, "villa")]
    assert kinds([row("a", JAN_3, "room_1"), row("b", JAN_3, "room_2")], rooms, parts) == []
    both = [took("a", JAN_3, 1, 2, "villa"), took("b", ACROSS, 3, 4, "room_1")]
    assert kinds([row("a", JAN_3, "villa"), row("b", ACROSS, "room_1")], both, parts) == WRONG


def test_a_hold_ends_by_itself_but_not_too_early_and_a_booking_made_with_it_stays() -> None:
    hold = replace(took("h", JAN_3, 1, 2), lapses=True, ttl=10.0)
    early, late = took("b", ACROSS, 5, 6), took("b", ACROSS, 11.5, 12)
    assert kinds([row("b", ACROSS)], [hold, late]) == []
    assert kinds([row("b", ACROSS)], [hold, early]) == WRONG
    assert kinds([row("h", JAN_3)], [hold, refused(ACROSS, 20, 21)]) == WRONG, "it has ended long before"
    booked = took("h", JAN_3, 3, 4)
    assert kinds([row("h", JAN_3)], [hold, booked, refused(ACROSS, 20, 21)]) == []
    assert kinds([], [hold, booked]) == WRONG


def test_the_finding_tells_how_far_an_order_goes() -> None:
    (finding,) = check([], [took("a", JAN_3, 1, 2), refused(JAN_5, 3, 4)])
    assert isinstance(finding, Finding)
    assert finding.detail == "unit_1: 1 of 2 steps have an order, then come refused_3"


@given(races())
@settings(deadline=None, max_examples=50)
def test_a_correct_ledger_always_has_an_order(calls: list[Call]) -> None:
    ledger = Ledger()
    history = [ledger.run(call) for call in calls]
    assert check(list(ledger.rows.values()), history) == []


@given(races())
@settings(deadline=None, max_examples=50)
def test_a_ledger_without_its_trigger_has_none(calls: list[Call]) -> None:
    ledger = Ledger(cheating=True)
    history = [ledger.run(call) for call in calls]
    rows = list(ledger.rows.values())
    if any(a.id < b.id and a.meets(b.unit_id, b.start, b.end) for a in rows for b in rows):
        assert set(kinds(rows, history)) == set(WRONG)
