"""Gaps shorter than the minimum stay, against nights as sets: in the rules, in the calendar, and as they are read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.in_memory import InMemory
from support.schema import with_unit

from api.availability import repository as availability
from api.availability.repository import Wanted
from api.calendar.repository import TakenRow
from api.calendar.rules import Nights
from api.rates import repository
from api.rates.neighbours import Neighbours, gap_around
from api.rates.repository import OfferRow
from api.rates.rules import Terms, check_bounds, reasons_against
from api.rates.seasons import Season
from api.rates.views import RateRules
from propflow.bindings.d1 import Statement
from propflow.errors import Unprocessable

DAY0, END, NOW = date(2028, 1, 1), 40, 1_000
Stay = tuple[int, int]


def day(number: int) -> date:
    return DAY0 + timedelta(days=number)


def iso(number: int) -> str:
    return day(number).isoformat()


def nights_of(stays: Iterable[Stay]) -> set[int]:
    return {night for start, end in stays for night in range(start, end)}


def gap_of(taken: set[int], rules: RateRules, today: int, stay: Stay) -> int | None:
    """The nights of a stay, grown to both sides while nights can be sold, if something takes what follows."""
    days, first = rules.preparation_days, today + (rules.advance_notice_days or 0)

    def for_sale(night: int) -> bool:
        return night >= first and taken.isdisjoint(range(night - days, night + days + 1))

    start, end = stay
    if not all(for_sale(night) for night in range(start, end)) or all(night < end for night in taken):
        return None
    while for_sale(start - 1):
        start -= 1
    while for_sale(end):
        end += 1
    return end - start


def least_of(terms: Terms, gap: int | None, arrival: int) -> int:
    """The minimum stay of who arrives on this day, in words: a gap that is shorter may be booked whole."""
    said = [one.min_stay for one in terms.seasons if one.start <= iso(arrival) < one.end]
    least = next((one for one in said if one is not None), terms.rules.min_stay or 1)
    enough = terms.rules.gap_min_stay
    if enough is None or gap is None or gap >= least or enough >= least:
        return least
    return gap if gap >= enough else enough


def beside(stays: list[Stay], stay: Stay) -> Neighbours:
    """What a statement reads: the last that is over when the stay begins, and the first that begins when it ends."""
    before, after = ([one for one in stays if one[1] <= stay[0]], [one for one in stays if one[0] >= stay[1]])
    return Neighbours(
        before=iso(max(before)[1]) if before else None, after=iso(min(after)[0]) if after else None
    )  # fmt: skip


def apart(stays: Iterable[Stay], stay: Stay) -> set[int]:
    """The nights of those that share none with a stay: the others are for the ledger to refuse."""
    return nights_of(one for one in stays if one[1] <= stay[0] or one[0] >= stay[1])


def disjoint(cuts: list[int]) -> list[Stay]:
    ordered = sorted(set(cuts))
    return list(zip(ordered[::2], ordered[1::2], strict=False))


TAKEN = st.lists(st.integers(0, END), max_size=8).map(disjoint)
STAYS = st.tuples(st.integers(0, END), st.integers(1, 9)).map(lambda one: (one[0], sum(one)))
RULES = st.builds(
    RateRules, min_stay=st.integers(1, 8), gap_min_stay=st.sampled_from([None, 1, 1, 2, 3, 5]),
    preparation_days=st.sampled_from([0, 0, 1, 2]), advance_notice_days=st.sampled_from([None, None, 0, 3]),
    booking_window_days=st.sampled_from([None, None, 9, 20]),
)  # fmt: skip
SEASONS = st.lists(st.tuples(st.integers(0, END), st.integers(1, 7)), max_size=3).map(
    lambda said: [Season(iso(a), iso(b), None, least) for (a, b), (_, least) in
                  zip(disjoint([one[0] for one in said]), said, strict=False)]
)  # fmt: skip
TERMS = st.builds(Terms, st.just(1), SEASONS, RULES)


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


@settings(max_examples=800, deadline=None)
@given(TAKEN, TERMS, st.integers(-5, END), STAYS)
def test_a_stay_must_be_as_long_as_the_set_of_nights_around_it_says(
    taken: list[Stay], terms: Terms, today: int, stay: Stay
) -> None:
    found = reasons_against(terms, day(stay[0]), day(stay[1]), day(today), beside(taken, stay))
    least = least_of(terms, gap_of(apart(taken, stay), terms.rules, today, stay), stay[0])
    assert [one.limit for one in found if one.code == "min_stay"] == ([least] if stay[1] - stay[0] < least else [])


@settings(max_examples=300, deadline=None)
@given(TAKEN, TERMS, st.integers(-5, END))
def test_the_calendar_opens_just_the_nights_that_an_allowed_stay_can_hold(
    taken: list[Stay], terms: Terms, today: int
) -> None:
    first, last, around = 10, 30, 31
    rows = [
        TakenRow(id="o", start_date=iso(a), end_date=iso(b), kind="booking", ref_id="b", source="x") for a, b in taken
    ]  # fmt: skip
    shown, shut = Nights(terms, rows, day(first), day(last), day(today)), nights_of(taken)
    bookable = set[int]()
    for arrival in range(first - around, last):
        for leave in range(max(arrival, first) + 1, last + around + 1):
            stay = nights_of([(arrival, leave)])
            if not stay <= bookable and _allowed(shut, terms, today, (arrival, leave)):
                bookable |= stay
    assert {night for night in range(first, last) if not shown.of(day(night))[1]} == bookable & set(range(first, last))


def _allowed(taken: set[int], terms: Terms, today: int, stay: Stay) -> bool:
    rules, (arrival, leave) = terms.rules, stay
    if rules.advance_notice_days is not None and arrival < today + rules.advance_notice_days:
        return False
    if rules.booking_window_days is not None and leave - 1 > today + rules.booking_window_days:
        return False
    if not taken.isdisjoint(range(arrival - rules.preparation_days, leave + rules.preparation_days)):
        return False
    return leave - arrival >= least_of(terms, gap_of(taken, rules, today, stay), arrival)


# Two villas that share a room; `d` is a part of nothing.
PARTS = {"villa": ["a", "b"], "wing": ["b", "c"], "a": [], "b": [], "c": [], "d": []}
WRITES = st.lists(
    st.tuples(st.sampled_from(sorted(PARTS)), st.integers(0, END), st.integers(1, 4),
              st.sampled_from([None, None, NOW, NOW + 1])), min_size=2, max_size=14,
)  # fmt: skip
OCCUPY = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, expires_at, created_at, updated_at)
VALUES ('ten_1', ?, ?, ?, ?, ?, 'r', ?, 0, 0)"""


def house() -> InMemory:
    core = InMemory("core")
    with_unit(core.db)
    for unit in PARTS:
        core.db.execute(
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'prop_1', 'U', 2, 100, 0, 0)", (unit,),
        )  # fmt: skip
        rules = json.dumps({"gap_min_stay": 2, "min_stay": 7, "preparation_days": 1 if unit == "a" else 0})
        core.db.execute("INSERT INTO rate_rules VALUES ('ten_1', ?, ?, 0)", (unit, rules))
    parts = [(unit, part) for unit in PARTS for part in PARTS[unit]]
    core.db.executemany("INSERT INTO unit_parts VALUES ('ten_1', ?, ?, '2026-01-01')", parts)
    return core


HOUSE = house()


def read(statement: Statement) -> list[OfferRow]:
    return msgspec.convert(json.loads(bytes(HOUSE._one(statement).results)), list[OfferRow], strict=False)


@settings(max_examples=250, deadline=None)
@given(WRITES, STAYS, st.integers(0, 13))
def test_what_is_read_around_a_stay_is_what_the_unit_and_its_parts_are_taken_by(
    writes: list[tuple[str, int, int, int | None]], stay: Stay, own: int
) -> None:
    HOUSE.db.execute("DELETE FROM occupancies")
    for number, (unit, start, count, expires_at) in enumerate(writes):
        kind, ends = "booking" if expires_at is None else "hold", iso(start + count)
        try:
            HOUSE.db.execute(OCCUPY, (f"o{number}", unit, iso(start), ends, kind, expires_at))
        except sqlite3.IntegrityError:
            continue  # somebody else has the nights
    searched = {row.id: row.around for row in read(search(stay))}
    for unit in PARTS:
        rules = RateRules(gap_min_stay=2, min_stay=7, preparation_days=1 if unit == "a" else 0)
        for who in ("", f"o{own}"):
            (row,) = read(repository.offer("ten_1", None, unit, iso(stay[0]), iso(stay[1]), NOW, own=who))
            found = gap_around(row.neighbours(), rules, DAY0, day(stay[0]), day(stay[1]))
            assert found == gap_of(apart(_taken(unit, who), stay), rules, 0, stay), (unit, who)
            assert who or searched.get(unit, row.around) == row.around


def search(stay: Stay) -> Statement:
    wanted = Wanted(check_in=iso(stay[0]), check_out=iso(stay[1]), guests=1)
    return availability.search("ten_1", None, wanted, now=NOW, after="", limit=50)


def _taken(unit: str, own: str) -> list[Stay]:
    """What else than `own` takes from the unit or a part of it."""
    units = json.dumps([unit, *PARTS[unit]])
    rows = HOUSE.db.execute(
        "SELECT start_date, end_date FROM occupancies WHERE live = 1 AND unit_id IN (SELECT value FROM json_each(?))"
        " AND coalesce(main_id, id) <> ? AND (expires_at IS NULL OR expires_at > ?)", (units, own, NOW),
    )  # fmt: skip
    return [((date.fromisoformat(start) - DAY0).days, (date.fromisoformat(end) - DAY0).days) for start, end in rows]


def test_nothing_is_read_around_a_stay_where_gaps_have_no_minimum_of_their_own() -> None:
    HOUSE.db.execute("DELETE FROM occupancies")
    HOUSE.db.execute(OCCUPY, ("o1", "unit_1", iso(1), iso(3), "booking", None))
    (row,) = read(repository.offer("ten_1", None, "unit_1", iso(4), iso(5), NOW))
    assert (row.around, row.neighbours()) == (None, Neighbours())


def test_a_minimum_for_gaps_is_no_more_than_the_minimum_where_both_are_said() -> None:
    check_bounds(RateRules(gap_min_stay=3, min_stay=3))
    check_bounds(RateRules(gap_min_stay=3))  # for the ranges that ask for more
    with pytest.raises(Unprocessable) as refused:
        check_bounds(RateRules(gap_min_stay=4, min_stay=3))
    assert (refused.value.code, refused.value.param) == ("invalid_stay_bounds", "gap_min_stay")
