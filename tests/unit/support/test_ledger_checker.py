"""The checker of races: each finding can be reported, and none is reported about a history that is in order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ledger_checker import TAKEN, Finding, Occupancy, Op, check, overlaps

U = "unit_1"


def row(id: str, start: str, end: str, unit: str = U, live: bool = True) -> Occupancy:
    return Occupancy(id, unit, start, end, live)


def took(id: str, start: str, end: str, at: float = 1, until: float | None = None, unit: str = U) -> Op:
    """An acknowledged booking."""
    return Op(f"key_{id}", at, until or at + 1, 201, unit, start, end, id)


def refused(start: str, end: str, at: float, until: float, unit: str = U) -> Op:
    return Op(f"refused_{at}", at, until, 409, unit, start, end, code=TAKEN)


def gave_back(id: str, at: float, status: int | None = 200) -> Op:
    return Op(f"cancel_{id}", at, None if status is None else at + 1, status, occupancy_id=id)


def kinds(findings: list[Finding]) -> list[str]:
    return [finding.kind for finding in findings]


JAN_3 = ("2027-01-01", "2027-01-03")
JAN_5 = ("2027-01-03", "2027-01-05")
ACROSS = ("2027-01-02", "2027-01-04")


def test_half_open_neighbours_do_not_overlap() -> None:
    rows = [row("a", *JAN_3), row("b", *JAN_5), row("c", *ACROSS, unit="unit_2")]
    assert overlaps(rows) == []


def test_an_overlap_is_reported_with_both_occupancies() -> None:
    (finding,) = overlaps([row("a", *JAN_3), row("b", *ACROSS)])
    assert finding.kind == "overlap"
    assert "a (unit_1" in finding.detail and "b (unit_1" in finding.detail


def test_an_overlap_with_a_long_stay_further_back_is_seen() -> None:
    rows = [row("long", "2027-01-01", "2027-03-01"), row("a", *ACROSS), row("b", "2027-02-01", "2027-02-02")]
    assert kinds(overlaps(rows)) == ["overlap", "overlap"]


def test_rows_that_are_not_live_do_not_count() -> None:
    assert overlaps([row("a", *JAN_3), row("b", *ACROSS, live=False)]) == []


def test_an_occupancy_without_a_night_and_one_that_is_there_twice_are_reported() -> None:
    assert "empty" in kinds(overlaps([row("a", "2027-01-03", "2027-01-03")]))
    assert "duplicate_id" in kinds(overlaps([row("a", *JAN_3), row("a", *JAN_5)]))


def test_a_promise_that_is_kept_is_no_finding() -> None:
    assert check([row("a", *JAN_3)], [took("a", *JAN_3)]) == []


def test_a_lost_booking_is_missing() -> None:
    assert kinds(check([], [took("a", *JAN_3)])) == ["missing"]
    assert kinds(check([row("a", *JAN_3, live=False)], [took("a", *JAN_3)])) == ["missing"]


def test_a_booking_with_other_nights_or_another_unit_is_unequal() -> None:
    assert kinds(check([row("a", *ACROSS)], [took("a", *JAN_3)])) == ["unequal"]
    assert kinds(check([row("a", *JAN_3, unit="unit_2")], [took("a", *JAN_3)])) == ["unequal"]


def test_an_answer_that_says_something_else_than_was_asked_is_unequal() -> None:
    told = replace(took("a", *JAN_3), answered=(U, *ACROSS))
    assert kinds(check([row("a", *JAN_3)], [told])) == ["unequal"]


def test_a_cancelled_booking_must_be_gone() -> None:
    history = [took("a", *JAN_3), gave_back("a", at=5)]
    assert check([], history) == []
    assert kinds(check([row("a", *JAN_3)], history)) == ["lingering"]


def test_a_cancel_without_an_answer_may_have_worked_or_not() -> None:
    history = [took("a", *JAN_3), gave_back("a", at=5, status=None)]
    assert check([], history) == []
    assert check([row("a", *JAN_3)], history) == []


def test_a_move_must_end_where_the_last_one_put_it() -> None:
    first = Op("move_1", 5, 6, 200, U, *JAN_5, "a")
    last = Op("move_2", 7, 8, 200, U, "2027-02-01", "2027-02-03", "a")
    assert check([row("a", "2027-02-01", "2027-02-03")], [took("a", *JAN_3), first, last]) == []
    assert kinds(check([row("a", *JAN_5)], [took("a", *JAN_3), first, last])) == ["unequal"]


def test_of_two_moves_at_once_either_may_be_last() -> None:
    one, two = Op("m1", 5, 9, 200, U, *JAN_5, "a"), Op("m2", 6, 8, 200, U, *ACROSS, "a")
    for end in (JAN_5, ACROSS):
        assert check([row("a", *end)], [took("a", *JAN_3), one, two]) == []


def test_a_hold_may_lapse_but_not_change() -> None:
    hold = replace(took("h", *JAN_3), lapses=True)
    assert check([], [hold]) == []
    assert kinds(check([row("h", *ACROSS)], [hold])) == ["unequal"]


def test_a_hold_that_became_a_booking_is_released() -> None:
    hold = took("h", *JAN_3)
    booking = replace(took("b", *JAN_3, at=5), releases=("h",))
    assert check([row("b", *JAN_3)], [hold, booking]) == []
    assert kinds(check([row("b", *JAN_3), row("h", *JAN_3)], [hold, booking])) == ["overlap", "lingering"]


def test_a_row_nobody_asked_for_is_unexplained_unless_a_call_without_answer_or_an_import_explains_it() -> None:
    ghost = [row("g", *JAN_3)]
    unknown = Op("k", 1, None, None, U, *JAN_3)
    assert kinds(check(ghost, [])) == ["unexplained"]
    assert check(ghost, [unknown]) == []
    assert check(ghost, [replace(unknown, complete=2, status=503)]) == []
    assert check(ghost, [], known=ghost) == []
    assert kinds(check(ghost, [replace(unknown, complete=2, status=422)])) == ["unexplained"]


def test_a_refusal_is_justified_by_a_stay_that_was_there() -> None:
    assert check([row("a", *JAN_3)], [took("a", *JAN_3), refused(*ACROSS, at=5, until=6)]) == []


def test_a_refusal_is_justified_by_a_call_under_way_with_or_without_an_answer() -> None:
    slow = took("a", *JAN_3, at=1, until=9)
    assert check([row("a", *JAN_3)], [slow, refused(*ACROSS, at=2, until=3)]) == []
    unknown = Op("k", 1, None, None, U, *JAN_3)
    assert check([], [unknown, refused(*ACROSS, at=5, until=6)]) == []


@pytest.mark.parametrize(
    ("stay", "why"),
    [
        (took("a", *JAN_5, at=1), "a neighbour only"),
        (took("a", *JAN_3, at=1, unit="unit_2"), "another unit"),
        (took("a", *JAN_3, at=10), "asked for only later"),
        (Op("k", 1, 2, 422, U, *JAN_3), "failed itself"),
        (refused(*JAN_3, at=4, until=7), "refused itself"),
    ],
)
def test_a_refusal_without_cause_is_reported(stay: Op, why: str) -> None:
    rows = [row("a", stay.start or "", stay.end or "", unit=stay.unit_id or "")] if stay.outcome == "ok" else []
    assert "unjustified" in kinds(check(rows, [stay, refused(*JAN_3, at=5, until=6)])), why


def test_a_stay_that_was_given_back_before_justifies_nothing() -> None:
    history = [took("a", *JAN_3, at=1), gave_back("a", at=3)]
    assert check([], [*history, refused(*JAN_3, at=3.5, until=6)]) == []
    assert kinds(check([], [*history, refused(*JAN_3, at=5, until=6)])) == ["unjustified"]


def test_a_stay_cannot_be_in_its_own_way() -> None:
    blocked = Op("move", 5, 6, 409, U, *ACROSS, "a", code=TAKEN)
    assert kinds(check([row("a", *JAN_3)], [took("a", *JAN_3), blocked])) == ["unjustified"]


def test_a_known_stay_justifies_a_refusal() -> None:
    imported = [row("i", *JAN_3)]
    assert check(imported, [refused(*ACROSS, at=1, until=2)], known=imported) == []


def test_a_409_for_another_reason_is_not_a_refusal() -> None:
    running = replace(refused(*JAN_3, at=5, until=6), code="idempotency_in_progress")
    assert check([], [running]) == []


def test_evidence_that_shares_no_night_is_false() -> None:
    named = replace(refused(*ACROSS, at=5, until=6), evidence=({"start": "2027-01-04", "end": "2027-01-09"},))
    assert kinds(check([row("a", *JAN_3)], [took("a", *JAN_3), named])) == ["false_evidence"]


def test_one_key_must_not_make_two_bookings() -> None:
    twice = [replace(took("a", *JAN_3), key="k"), replace(took("b", *JAN_5), key="k")]
    assert kinds(check([row("a", *JAN_3), row("b", *JAN_5)], twice)) == ["split_key"]
