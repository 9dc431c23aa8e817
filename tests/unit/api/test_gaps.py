"""Gaps shorter than the minimum stay, against nights as sets: in the rules and in the calendar."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.gaps import (
    DAY0,
    END,
    STAYS,
    TERMS,
    Stay,
    apart,
    asked_of,
    can_be_sold,
    day,
    disjoint,
    gap_of,
    iso,
    least_of,
    nights_of,
)

from api.stays.calendar.repository import TakenRow
from api.stays.calendar.rules import Nights
from api.stays.rates.neighbours import Neighbours
from api.stays.rates.rules import Terms, check_bounds, reasons_against
from api.stays.rates.seasons import Season
from api.stays.rates.views import RateRules
from propflow.errors import Unprocessable

TAKEN = st.lists(st.integers(0, END), max_size=8).map(disjoint)
SHORT = RateRules(min_stay=5, gap_min_stay=1, advance_notice_days=0)
HELD = st.lists(st.booleans(), min_size=4, max_size=4)


def beside(stays: list[Stay], stay: Stay) -> Neighbours:
    """What a statement reads: the last that is over when the stay begins, and the first that begins when it ends."""
    before, after = ([one for one in stays if one[1] <= stay[0]], [one for one in stays if one[0] >= stay[1]])
    return Neighbours(
        before=iso(max(before)[1]) if before else None, after=iso(min(after)[0]) if after else None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "enough", "gap", "least"),
    [
        (5, None, 3, 5),  # no rule
        (5, 2, None, 5),  # no gap
        (5, 2, 5, 5), (5, 2, 9, 5),  # long enough for any stay
        (5, 2, 4, 4), (5, 2, 2, 2), (5, 1, 1, 1),  # all of it
        (5, 2, 1, 2), (5, 5, 4, 5),  # too short even for a gap
        (3, 5, 2, 3),  # what a range asks for may be less than what is asked for gaps
        (None, 1, 1, 1),
    ],
)  # fmt: skip
def test_the_minimum_in_a_gap(asked: int | None, enough: int | None, gap: int | None, least: int) -> None:
    said, unsaid = RateRules(min_stay=asked, gap_min_stay=enough), RateRules(gap_min_stay=enough)
    assert Terms(1, [], said).min_stay(DAY0, gap) == least
    assert Terms(1, [Season(iso(0), iso(1), None, asked)], unsaid).min_stay(DAY0, gap) == least


@settings(max_examples=400, deadline=None)
@given(TAKEN, TERMS, st.integers(-5, END), STAYS)
def test_a_stay_must_be_as_long_as_the_set_of_nights_around_it_says(
    taken: list[Stay], terms: Terms, today: int, stay: Stay
) -> None:
    found = reasons_against(terms, day(stay[0]), day(stay[1]), day(today), beside(taken, stay))
    least = least_of(terms, gap_of(apart(taken, stay), terms.rules, today, stay), stay[0])
    assert [one.limit for one in found if one.code == "min_stay"] == ([least] if stay[1] - stay[0] < least else [])


@settings(max_examples=400, deadline=None)
@given(TAKEN, TERMS, st.integers(-5, END), st.integers(0, 3), st.integers(1, 9))
def test_a_stay_below_the_minimum_is_allowed_only_in_a_gap_and_fills_it(
    taken: list[Stay], terms: Terms, today: int, place: int, count: int
) -> None:
    start = taken[place % len(taken)][1] if taken else today
    stay = (start, start + count)
    found = reasons_against(terms, day(start), day(start + count), day(today), beside(taken, stay))
    if any(one.code == "min_stay" for one in found) or count >= asked_of(terms, start):
        return
    rules, firm = terms.rules, apart(taken, stay)
    assert rules.gap_min_stay is not None and count >= rules.gap_min_stay
    assert not can_be_sold(start - 1, firm, rules, today) and not can_be_sold(start + count, firm, rules, today)


@settings(max_examples=150, deadline=None)
@given(TAKEN, HELD, TERMS, st.integers(-5, END))
@example([(15, 20)], [False] * 4, Terms(1, [], SHORT), 12)
@example([(12, 15), (18, 23)], [False, False], Terms(1, [], SHORT), 0)
@example([(12, 15), (18, 23)], [False, True], Terms(1, [], SHORT), 0)
def test_the_calendar_opens_just_the_nights_that_an_allowed_stay_can_hold(
    taken: list[Stay], held: list[bool], terms: Terms, today: int
) -> None:
    first, last, around = 10, 30, 31
    kinds = ["hold" if one else "booking" for one in held]
    rows = [
        TakenRow(id="o", start_date=iso(a), end_date=iso(b), kind=kind, ref_id="b", source="x")
        for (a, b), kind in zip(taken, kinds, strict=False)
    ]  # fmt: skip
    firm = nights_of(one for one, kind in zip(taken, kinds, strict=False) if kind == "booking")
    shown, shut = Nights(terms, rows, day(first), day(last), day(today)), nights_of(taken)
    bookable = set[int]()
    for arrival in range(first - around, last):
        for leave in range(max(arrival, first) + 1, last + around + 1):
            stay = nights_of([(arrival, leave)])
            if not stay <= bookable and _allowed(shut, firm, terms, today, (arrival, leave)):
                bookable |= stay
    assert {night for night in range(first, last) if not shown.of(day(night))[1]} == bookable & set(range(first, last))


def _allowed(taken: set[int], firm: set[int], terms: Terms, today: int, stay: Stay) -> bool:
    rules, (arrival, leave) = terms.rules, stay
    if rules.advance_notice_days is not None and arrival < today + rules.advance_notice_days:
        return False
    if rules.booking_window_days is not None and leave - 1 > today + rules.booking_window_days:
        return False
    if terms.closed_to_arrival(day(arrival)) or terms.closed_to_departure(day(leave)):
        return False
    if not taken.isdisjoint(range(arrival - rules.preparation_days, leave + rules.preparation_days)):
        return False
    most = terms.max_stay(day(arrival))
    return least_of(terms, gap_of(firm, rules, today, stay), arrival) <= leave - arrival <= (most or leave - arrival)


def test_a_minimum_for_gaps_is_no_more_than_the_minimum_where_both_are_said() -> None:
    check_bounds(RateRules(gap_min_stay=3, min_stay=3))
    check_bounds(RateRules(gap_min_stay=3))  # for the ranges that ask for more
    with pytest.raises(Unprocessable) as refused:
        check_bounds(RateRules(gap_min_stay=4, min_stay=3))
    assert (refused.value.code, refused.value.param) == ("invalid_stay_bounds", "gap_min_stay")
