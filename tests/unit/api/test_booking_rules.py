"""Decisions about bookings, holds and quotes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.occupancies.repository import OccupancyRow
from api.stays.bookings.rules import (
    MOVABLE,
    TRANSITIONS,
    Reprice,
    check_day,
    check_hold,
    check_move,
    compared,
    kept_until,
    reinstated,
    reprice_of,
    transition,
)
from api.stays.quotes.repository import QuoteRow
from api.stays.quotes.rules import check_quote
from propflow.errors import Conflict, Unprocessable
from propflow.models import PriceLine

HOLD = OccupancyRow(
    id="occ_1", unit_id="unit_1", start_date="2026-01-01", end_date="2026-01-03", kind="hold", ref_id="hold_1",
    expires_at=1000,
)  # fmt: skip
QUOTE = QuoteRow(
    id="quo_1", unit_id="unit_1", check_in="2026-01-01", check_out="2026-01-03", guests=2, total_amount=1,
    currency="EUR", lines="[]", expires_at=1000,
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "verb", "target"),
    [
        ("pending", "confirm", "confirmed"),
        ("confirmed", "confirm", None),
        ("pending", "cancel", "cancelled"),
        ("confirmed", "cancel", "cancelled"),
        ("cancelled", "cancel", None),
        ("confirmed", "check_in", "checked_in"),
        ("checked_in", "check_in", None),
        ("checked_in", "check_out", "checked_out"),
        ("confirmed", "no_show", "no_show"),
        ("cancelled", "reinstate", "confirmed"),
        ("confirmed", "reinstate", None),
        ("pending", "reinstate", None),
    ],
)
def test_a_verb_leads_to_its_status_once(status: str, verb: str, target: str | None) -> None:
    assert transition(status, verb) == target


@pytest.mark.parametrize(
    ("status", "verb"), [("cancelled", "confirm"), ("checked_in", "cancel"), ("no_show", "confirm")]
)
def test_a_verb_that_may_not_is_refused(status: str, verb: str) -> None:
    with pytest.raises(Conflict, match="invalid_transition"):
        transition(status, verb)


def test_a_hold_is_good_until_the_millisecond_it_runs_out() -> None:
    check_hold(HOLD, "unit_1", "2026-01-01", "2026-01-03", now=999)
    with pytest.raises(Conflict, match="hold_expired"):
        check_hold(HOLD, "unit_1", "2026-01-01", "2026-01-03", now=1000)


def test_a_closed_hold_is_worth_nothing() -> None:
    with pytest.raises(Conflict, match="hold_expired"):
        check_hold(msgspec.structs.replace(HOLD, live=False), "unit_1", "2026-01-01", "2026-01-03", now=0)


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("unit_2", "2026-01-01", "2026-01-03"),
        ("unit_1", "2026-01-02", "2026-01-03"),
        ("unit_1", "2026-01-01", "2026-01-02"),
    ],
)
def test_a_hold_keeps_exactly_its_own_nights(unit: str, start: str, end: str) -> None:
    with pytest.raises(Unprocessable, match="hold_mismatch"):
        check_hold(HOLD, unit, start, end, now=0)


def test_a_quote_promises_its_stay_and_no_other() -> None:
    check_quote(QUOTE, "unit_1", "2026-01-01", "2026-01-03", 2, now=999)
    with pytest.raises(Unprocessable, match="quote_mismatch"):
        check_quote(QUOTE, "unit_1", "2026-01-01", "2026-01-03", 3, now=999)
    with pytest.raises(Conflict, match="quote_expired"):
        check_quote(QUOTE, "unit_1", "2026-01-01", "2026-01-03", 2, now=1000)


STATUSES = ("pending", "confirmed", "checked_in", "checked_out", "cancelled", "no_show")


def test_every_other_verb_is_refused_from_every_other_status() -> None:
    refused = 0
    for verb, (allowed, target) in TRANSITIONS.items():
        for status in STATUSES:
            there = {"pending", "confirmed"} if verb == "reinstate" else {target}
            if status not in allowed | there:
                refused += 1
                with pytest.raises(Conflict, match="invalid_transition"):
                    transition(status, verb)
    assert refused == 30


@pytest.mark.parametrize("status", STATUSES)
def test_only_who_is_to_come_or_is_there_moves(status: str) -> None:
    if status in MOVABLE:
        check_move(status, "2026-01-01", "2026-01-01")
    else:
        with pytest.raises(Conflict, match="invalid_transition"):
            check_move(status, "2026-01-01", "2026-01-01")


def test_who_is_there_has_arrived() -> None:
    with pytest.raises(Conflict, match="guest_is_there"):
        check_move("checked_in", "2026-01-01", "2026-01-02")


@pytest.mark.parametrize(
    ("verb", "today", "end"),
    [
        ("check_out", "2026-01-04", "2026-01-04"),
        ("check_out", "2026-01-09", "2026-01-06"),
        ("check_out", "2026-01-02", None),
        ("check_out", "2026-01-01", None),
        ("no_show", "2026-01-02", "2026-01-03"),
        ("no_show", "2026-01-05", "2026-01-06"),
        ("no_show", "2026-02-01", "2026-01-06"),
    ],
)
def test_nights_that_nobody_sleeps_are_given_back(verb: str, today: str, end: str | None) -> None:
    assert kept_until(verb, "2026-01-02", "2026-01-06", today) == end


@pytest.mark.parametrize(
    ("verb", "day", "days_before", "refused"),
    [
        ("no_show", 1, 0, "too_early"), ("no_show", 2, 0, None), ("no_show", 9, 0, None),
        ("check_in", 1, 0, "too_early"), ("check_in", 2, 0, None), ("check_in", 6, 0, None),
        ("check_in", 7, 0, "too_late"), ("check_in", 1, 1, None), ("check_in", 7, 1, "too_late"),
        ("check_out", 1, 0, "too_early"), ("check_out", 1, 1, "too_early"), ("check_out", 2, 0, None),
        ("check_out", 9, 0, None), ("cancel", 1, 0, None), ("undo_check_in", 9, 0, None),
    ],
)  # fmt: skip
def test_each_verb_has_its_days(verb: str, day: int, days_before: int, refused: str | None) -> None:
    about = (verb, "2026-01-02", "2026-01-06", f"2026-01-{day:02}", days_before)
    if refused is None:
        check_day(*about)
        return
    with pytest.raises(Conflict, match=refused):
        check_day(*about)


def test_the_night_before_the_first_of_a_month_is_the_day_before() -> None:
    check_day("check_in", "2026-03-01", "2026-03-04", "2026-02-28", 1)
    with pytest.raises(Conflict, match="from 2026-02-28 on"):
        check_day("check_in", "2026-03-01", "2026-03-04", "2026-02-27", 1)


@pytest.mark.parametrize(("refund", "status"), [(None, "pending"), (0, "confirmed"), (9_900, "confirmed")])
def test_what_is_reinstated_is_what_was_cancelled(refund: int | None, status: str) -> None:
    assert reinstated(refund) == status


@pytest.mark.parametrize(
    ("reprice", "keep_price", "wanted"),
    [
        (None, None, "changed"), ("all", None, "all"), (None, True, "none"), (None, False, "all"),
        ("none", True, "none"), ("changed", False, "changed"), ("all", False, "all"),
    ],
)  # fmt: skip
def test_the_price_is_kept_or_made_anew_in_either_word(
    reprice: Reprice | None, keep_price: bool | None, wanted: str
) -> None:
    assert reprice_of(reprice, keep_price) == wanted


@pytest.mark.parametrize(("reprice", "keep_price"), [("none", False), ("all", True), ("changed", True)])
def test_words_that_contradict_are_refused(reprice: Reprice, keep_price: bool) -> None:
    with pytest.raises(Unprocessable) as refused:
        reprice_of(reprice, keep_price)
    assert (refused.value.code, refused.value.param) == ("keep_price_differs", "keep_price")


lines = st.lists(
    st.builds(
        PriceLine, kind=st.sampled_from(["night", "discount", "fee", "tax"]), name=st.sampled_from(["A", "B"]),
        quantity=st.integers(1, 9), amount=st.integers(-99_999, 99_999),
    ), max_size=6,
)  # fmt: skip


@given(lines, lines)
def test_differences_line_by_line_are_that_of_the_totals(before: list[PriceLine], after: list[PriceLine]) -> None:
    found = compared(before, after)
    assert sum(one.before for one in found) == sum(line.amount for line in before)
    assert sum(one.after for one in found) == sum(line.amount for line in after)
    assert all(one.difference == one.after - one.before for one in found)
    assert len({(one.kind, one.name) for one in found}) == len(found)
    assert {one.kind for one in found} == {line.kind for line in [*before, *after]}
