"""What nights cost and which stays are allowed: against plain arithmetic, a list of nights, and every possible stay."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.stays.calendar.repository import TakenRow
from api.stays.calendar.rules import Nights
from api.stays.rates.neighbours import Neighbours
from api.stays.rates.ranges import laid_over, says
from api.stays.rates.rules import Terms, discounts, reasons_against
from api.stays.rates.seasons import Season
from api.stays.rates.views import LastMinuteDiscount, LengthDiscount, RateRules, Weekdays
from propflow import prices
from propflow.models import Charge, Price, Stay

DAY0 = date(2028, 1, 1)
CASES = 10_000


def day(number: int) -> date:
    return DAY0 + timedelta(days=number)


def iso(number: int) -> str:
    return day(number).isoformat()


def half_away(value: Fraction) -> int:
    """The nearest integer, halves away from zero."""
    return math.floor(value + Fraction(1, 2)) if value >= 0 else -math.floor(-value + Fraction(1, 2))


def disjoint(cuts: list[int]) -> list[tuple[int, int]]:
    """Ranges from a list of days, none touching the same night."""
    ordered = sorted(set(cuts))
    return list(zip(ordered[::2], ordered[1::2], strict=False))


def priced(terms: Terms, first: date, last: date, days_before: int, guests: int, charges: list[Charge]) -> Price:
    runs = terms.nights(first, last)
    less = discounts(terms.rules, runs, days_before)
    return prices.price(
        Stay(guests=guests, currency="EUR", nights=runs, discounts=less, charges=charges)
    )  # fmt: skip


def plainly(terms: Terms, first: date, last: date, days_before: int, guests: int, charges: list[Charge]) -> int:
    """The same total night by night, in fractions, rounded where money is."""
    total = 0
    night = first
    while night < last:
        amount = terms.base
        for season in terms.seasons:
            if season.start <= night.isoformat() < season.end and season.nightly_amount is not None:
                amount = season.nightly_amount
        points = getattr(terms.rules.weekdays, night.strftime("%A").lower())
        total += amount + half_away(Fraction(amount * points, 10_000))
        night += timedelta(days=1)
    count = (last - first).days
    best, points = 0, 0
    for long in terms.rules.length_of_stay:
        if best < long.min_nights <= count:
            best, points = long.min_nights, long.basis_points
    total -= half_away(Fraction(total * points, 10_000))
    soon, points = 10**6, 0
    for late in terms.rules.last_minute:
        if 0 <= days_before <= late.within_days < soon:
            soon, points = late.within_days, late.basis_points
    total -= half_away(Fraction(total * points, 10_000))
    times = {"per_stay": 1, "per_night": count, "per_person_night": count * guests}
    return total + sum(
        half_away(Fraction(total * one.basis_points, 10_000))
        if one.basis == "percent"
        else one.amount * times[one.basis]
        for one in charges
    )


SCALES = {"EUR": 50_000, "JPY": 60_000, "KWD": 90_000}


def invented(chance: random.Random, most: int) -> tuple[Terms, date, date, int, int, list[Charge]]:
    """A unit with rates and rules, and a stay in it."""

    def amount() -> int:
        return chance.choice([0, 1, 5, chance.randrange(most), chance.randrange(most)])

    cuts = [chance.randrange(60) for _ in range(chance.randrange(9))]
    seasons = [Season(iso(a), iso(b), chance.choice([None, amount()])) for a, b in disjoint(cuts)]
    names = Weekdays.__struct_fields__
    weekdays = Weekdays(**{name: chance.choice([0, 0, chance.randrange(-10_000, 20_001)]) for name in names})
    rules = RateRules(
        weekdays=weekdays,
        length_of_stay=[LengthDiscount(min_nights=n, basis_points=chance.randrange(1, 10_001)) for n in
                        chance.sample(range(1, 40), chance.randrange(4))],
        last_minute=[LastMinuteDiscount(within_days=n, basis_points=chance.randrange(1, 10_001)) for n in
                     chance.sample(range(40), chance.randrange(4))],
    )  # fmt: skip
    first = chance.randrange(50)
    bases = ("percent", "per_stay", "per_night", "per_person_night")
    charges = [
        Charge(name=str(n), kind=chance.choice(["fee", "tax"]), basis=chance.choice(bases), amount=amount(),
               basis_points=chance.randrange(10_001)) for n in range(chance.randrange(5))
    ]  # fmt: skip
    stay = day(first), day(first + chance.randrange(1, 30))
    return Terms(amount(), seasons, rules), *stay, chance.randrange(-3, 50), chance.randrange(1, 9), charges


@pytest.mark.parametrize("currency", SCALES)
def test_prices_agree_with_plain_arithmetic_to_the_last_minor_unit(currency: str) -> None:
    chance, cases = random.Random(f"rates {currency}"), math.ceil(CASES / len(SCALES))
    lines = {"night": 0, "discount": 0, "fee": 0, "tax": 0}
    for number in range(cases):
        case = invented(chance, SCALES[currency])
        price = priced(*case)
        assert price.total.amount == sum(line.amount for line in price.lines) == plainly(*case), (number, case)
        for line in price.lines:
            lines[line.kind] += 1
    print(f"{currency}: {cases} stays priced as by plain arithmetic, with lines {lines}")
    assert all(lines.values())


POINTS = st.lists(st.integers(1, 10_000), max_size=1)


@given(st.integers(0, 10**12), POINTS, POINTS, st.integers(1, 40))
def test_discounts_never_make_more_than_the_nights_free(amount: int, long: list[int], late: list[int], n: int) -> None:
    rules = RateRules(
        length_of_stay=[LengthDiscount(min_nights=1, basis_points=points) for points in long],
        last_minute=[LastMinuteDiscount(within_days=9, basis_points=points) for points in late],
    )
    lines = discounts(rules, [(n, amount)], 3)
    assert all(line.amount <= 0 for line in lines)
    assert n * amount + sum(line.amount for line in lines) >= 0


def test_equal_nights_are_one_run_whatever_makes_them_equal() -> None:
    terms = Terms(100, [Season(iso(2), iso(3), 100), Season(iso(3), iso(4), 110)], RateRules())
    assert terms.nights(day(0), day(6)) == [(3, 100), (1, 110), (2, 100)]


def saying(night: int, seasons: list[Season]) -> tuple[object, ...] | None:
    return next((says(one) for one in seasons if one.start <= iso(night) < one.end), None)


SAID = st.tuples(st.sampled_from([None, 1, 2]), st.sampled_from([None, 3]))
RANGES = st.tuples(st.integers(0, 30), st.integers(1, 12), SAID)


@given(st.lists(RANGES, max_size=12))
def test_laying_ranges_over_one_another_is_writing_night_by_night(ranges: list[Any]) -> None:
    seasons: list[Season] = []
    nights: dict[int, tuple[object, ...] | None] = {}
    for start, length, said in ranges:
        new = Season(iso(start), iso(start + length), *said)
        seasons = laid_over(seasons, new)
        nights |= dict.fromkeys(range(start, start + length), None if said == (None, None) else says(new))
    assert all(saying(night, seasons) == nights.get(night) for night in range(45))
    for before, after in pairwise(seasons):
        assert before.end <= after.start
        assert before.end < after.start or says(before) != says(after)


SEASONS = st.lists(st.tuples(
    st.sampled_from([None, 1, 2, 4]), st.sampled_from([None, 5]), st.booleans(), st.booleans()), max_size=3,
)  # fmt: skip
RULES = st.builds(
    RateRules, min_stay=st.sampled_from([None, 1, 2, 3]), max_stay=st.sampled_from([None, 3, 6]),
    gap_min_stay=st.sampled_from([None, 1, 2]),
    advance_notice_days=st.sampled_from([None, 0, 35]), booking_window_days=st.sampled_from([None, 45]),
    preparation_days=st.sampled_from([0, 0, 1, 2]),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(SEASONS, st.lists(st.integers(0, 110), max_size=6), RULES, st.lists(st.integers(28, 60), max_size=6))
def test_a_night_is_free_of_reasons_exactly_when_some_allowed_stay_holds_it(
    said: list[Any], cuts: list[int], rules: RateRules, taken: list[int]
) -> None:
    seasons = [Season(iso(a), iso(b), None, *one) for (a, b), one in zip(disjoint(cuts), said, strict=False)]
    terms, first, last, around = Terms(1, seasons, rules), 35, 50, 31
    rows = [_taken(a, b) for a, b in disjoint(taken)]
    nights = Nights(terms, rows, day(first), day(last), DAY0)
    bookable = set[int]()
    for arrival in range(first - around, last + around):
        for leave in range(max(arrival, first) + 1, last + around + 1):
            held = {n for n in range(arrival, leave) if first <= n < last} - bookable
            if held and _allowed(terms, rows, arrival, leave):
                bookable |= held
    for night in range(first, last):
        owner, reasons = nights.of(day(night))
        assert (owner is not None) == any(row.start_date <= iso(night) < row.end_date for row in rows)
        assert (not reasons) == (night in bookable), (night, reasons)


def _taken(start: int, end: int) -> TakenRow:
    return TakenRow(id="o", start_date=iso(start), end_date=iso(end), kind="booking", ref_id="b", source="direct")


def _allowed(terms: Terms, rows: list[TakenRow], arrival: int, leave: int) -> bool:
    if any(row.start_date < iso(leave) and row.end_date > iso(arrival) for row in rows):
        return False
    before = max((row.end_date for row in rows if row.end_date <= iso(arrival)), default=None)
    after = min((row.start_date for row in rows if row.start_date >= iso(leave)), default=None)
    beside = [Neighbours((row.start_date, row.end_date), before, after) for row in rows] or [Neighbours()]
    return not any(reasons_against(terms, day(arrival), day(leave), DAY0, one) for one in beside)


def test_reasons_say_what_is_asked_for() -> None:
    rules = RateRules(min_stay=3, advance_notice_days=5, booking_window_days=10, preparation_days=2)
    seasons = [Season(iso(1), iso(2), None, 7, None, True), Season(iso(3), iso(4), None, None, None, False, True)]
    found = reasons_against(Terms(1, seasons, rules), day(1), day(3), DAY0, Neighbours((iso(4), iso(6))))
    assert [(one.code, one.limit, one.date) for one in found] == [
        ("min_stay", 7, None), ("closed_to_arrival", None, iso(1)), ("closed_to_departure", None, iso(3)),
        ("advance_notice", 5, iso(5)), ("prep", 2, iso(4)),
    ]  # fmt: skip
    last = reasons_against(Terms(1, [], rules), day(8), day(11), DAY0, Neighbours())
    assert last == []  # its last night is the tenth
    later = reasons_against(Terms(1, [], rules), day(9), day(12), DAY0, Neighbours((iso(5), iso(8))))
    assert [one.code for one in later] == ["booking_window", "prep"]
