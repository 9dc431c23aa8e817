"""What a change of a stay costs: priced by the product's own rules, against plain sets of nights."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.stays.rates.rules import Reductions, Terms, discounts, earned
from api.stays.rates.seasons import Season
from api.stays.rates.views import LastMinuteDiscount, LengthDiscount, RateRules, Weekdays
from api.stays.sales import Extent, Run, Sale, all_included, changed, joined, kept, of_nights, stay_of
from api.stays.sales_from_lines import from_lines
from propflow import prices
from propflow.models import Charge, Price, PriceLine, Stay

DAY0 = date(2028, 1, 1)
BASES = ("percent", "per_stay", "per_night", "per_person_night")

points = st.integers(0, 10_000)
amounts = st.integers(0, 300_000)
charges = st.lists(
    st.builds(
        Charge, name=st.sampled_from(["A", "B", "C"]), kind=st.sampled_from(["fee", "tax"]),
        basis=st.sampled_from(BASES), amount=amounts, basis_points=points,
    ), max_size=4,
)  # fmt: skip
terms = st.builds(
    lambda base, season, weekday, long, late: Terms(
        base, [Season(iso(4), iso(9), season)],
        RateRules(weekdays=Weekdays(saturday=weekday), length_of_stay=long, last_minute=late),
    ),
    amounts, amounts, st.integers(-9_000, 9_000),
    st.lists(st.builds(LengthDiscount, min_nights=st.integers(1, 8), basis_points=points), max_size=2),
    st.lists(st.builds(LastMinuteDiscount, within_days=st.integers(0, 20), basis_points=points), max_size=2),
)  # fmt: skip


def iso(number: int) -> str:
    return (DAY0 + timedelta(days=number)).isoformat()


@st.composite
def extents(draw: st.DrawFn, guests: int | None = None) -> Extent:
    start = draw(st.integers(0, 12))
    end = draw(st.integers(start + 1, start + 10))
    return Extent(check_in=iso(start), check_out=iso(end), guests=guests or draw(st.integers(1, 6)))


def sold(on: Terms, extent: Extent, more: list[Charge]) -> Sale:
    """The whole stay as it is sold on the first of the days."""
    first, last = date.fromisoformat(extent.check_in), date.fromisoformat(extent.check_out)
    off = earned(on.rules, (last - first).days, (first - DAY0).days)
    return of_nights(on.nights(first, last), extent, off, more)


def price(sale: Sale) -> Price:
    found = prices.price(stay_of(sale, "EUR"))
    assert found.total.amount == sum(line.amount for line in found.lines)
    return found


def total(sale: Sale) -> int:
    return price(sale).total.amount


def nights(extent: Extent, each: int, off: Reductions = (), more: tuple[Charge, ...] = ()) -> Sale:
    return of_nights([(len(extent.days()), each)], extent, off, list(more))


def between(start: int, end: int, guests: int = 1) -> Extent:
    return Extent(check_in=iso(start), check_out=iso(end), guests=guests)


@given(terms, extents(), charges)
def test_a_sale_costs_what_a_quote_says(on: Terms, extent: Extent, more: list[Charge]) -> None:
    first, last = date.fromisoformat(extent.check_in), date.fromisoformat(extent.check_out)
    runs = on.nights(first, last)
    less = discounts(on.rules, runs, (first - DAY0).days)
    quoted = Stay(guests=extent.guests, currency="EUR", nights=runs, discounts=less, charges=more)
    assert price(sold(on, extent, more)) == prices.price(quoted)


@given(terms, extents(), st.lists(st.tuples(st.booleans(), extents()), max_size=6), charges)
def test_a_price_that_is_kept_never_changes(
    on: Terms, extent: Extent, changes: list[tuple[bool, Extent]], more: list[Charge]
) -> None:
    sale = sold(on, extent, more)
    for keeping, after in changes:
        if keeping:
            assert total(kept(sale, extent, after)) == total(sale)
            sale = kept(sale, extent, after)
        else:
            sale = changed(sale, extent, after, sold(on, after, more))
        extent = after
    assert msgspec.json.decode(msgspec.json.encode(sale), type=Sale) == sale


@given(terms, extents(), extents(), charges)
def test_a_change_that_is_undone_costs_nothing(on: Terms, one: Extent, other: Extent, more: list[Charge]) -> None:
    sale = sold(on, one, more)
    there = changed(sale, one, other, sold(on, other, more))
    back = changed(there, other, one, sold(on, one, more))
    assert total(back) == total(sale)


@given(terms, terms, extents(guests=2), extents(guests=2))
def test_nights_that_stay_keep_their_price_and_others_cost_todays(
    then: Terms, now: Terms, one: Extent, other: Extent
) -> None:
    then.rules = now.rules = RateRules()
    after = changed(sold(then, one, []), one, other, sold(now, other, []))
    stay = set(one.days()) & set(other.days())
    costs = {day: (then if day in stay else now).amount(date.fromisoformat(day)) for day in other.days()}
    assert total(after) == sum(costs.values())


@given(terms, extents(), st.integers(1, 20), charges)
def test_other_guests_change_what_is_counted_by_guests_and_nothing_else(
    on: Terms, extent: Extent, guests: int, more: list[Charge]
) -> None:
    sale, after = sold(on, extent, more), msgspec.structs.replace(extent, guests=guests)
    now = changed(sale, extent, after, sold(on, after, more))
    assert total(now) == total(sold(on, after, more)), "and what they cost is what they would have cost"
    by_guests = sum(one.amount for one in more if one.basis == "per_person_night") * len(extent.days())
    assert total(now) - total(sale) == by_guests * (guests - extent.guests)
    others = [one for one in more if one.basis != "per_person_night"]
    rest = [line for line in price(now).lines if line not in price(sale).lines]
    assert price(msgspec.structs.replace(now, charges=others)) == price(msgspec.structs.replace(sale, charges=others))
    assert all(line.kind in ("fee", "tax") for line in rest)


@given(terms, terms, extents(), extents(), charges, charges)
def test_where_no_night_stays_the_stay_is_sold_anew(
    then: Terms, now: Terms, one: Extent, other: Extent, some: list[Charge], more: list[Charge]
) -> None:
    fresh = sold(now, other, more)
    after = changed(sold(then, one, some), one, other, fresh)
    assert (after is fresh) == (not set(one.days()) & set(other.days()))


@given(terms, extents(), charges, charges)
def test_a_sale_that_is_read_from_lines_costs_what_they_say(
    on: Terms, extent: Extent, then: list[Charge], now: list[Charge]
) -> None:
    lines = price(sold(on, extent, then)).lines
    assert total(from_lines(lines, extent, now)) == sum(line.amount for line in lines)


@given(terms, extents(), extents(), charges)
def test_lines_of_other_nights_and_guests_are_a_price_as_well(
    on: Terms, sold_for: Extent, extent: Extent, more: list[Charge]
) -> None:
    lines = price(sold(on, sold_for, more)).lines
    assert total(from_lines(lines, extent, more)) == sum(line.amount for line in lines)


CITY_TAX = Charge(name="City tax", kind="tax", basis="per_person_night", amount=250)
CLEANING = Charge(name="Cleaning", kind="fee", basis="per_stay", amount=5_000)
VAT = Charge(name="VAT", kind="tax", basis="percent", basis_points=1_000)
LATE: Reductions = (("Booked within 3 days of arrival", 2_000, 10_000),)


@given(terms, st.integers(0, 12), st.integers(1, 6), charges)
def test_a_night_that_includes_its_charges_costs_what_it_would_with_them(
    on: Terms, start: int, guests: int, more: list[Charge]
) -> None:
    sale = sold(on, Extent(check_in=iso(start), check_out=iso(start + 1), guests=guests), more)
    once = sum(one.amount for one in more if one.basis == "per_stay")
    assert total(all_included(sale)) == total(sale) - once
    assert all(line.kind == "night" for line in price(all_included(sale)).lines)


def test_one_more_night_costs_that_night_and_what_it_adds_to_charges() -> None:
    before, after = between(0, 3), between(0, 4)
    sale = nights(before, 10_000, LATE, (CITY_TAX, CLEANING, VAT))
    assert total(sale) == 24_000 + 750 + 5_000 + 2_400
    now = changed(sale, before, after, nights(after, 10_000, (), (CITY_TAX, CLEANING)))
    assert [(line.name, line.amount) for line in price(now).lines] == [
        ("4 nights", 40_000), ("Booked within 3 days of arrival", -6_000), ("Cleaning", 5_000), ("City tax", 1_000),
        ("VAT", 3_400),
    ]  # fmt: skip


def test_a_night_less_takes_its_price_its_discount_and_its_taxes_away() -> None:
    before, after = between(0, 3), between(0, 2)
    sale = nights(before, 10_000, LATE, (CITY_TAX, CLEANING))
    assert total(changed(sale, before, after, nights(after, 99_000))) == 16_000 + 500 + 5_000


def test_a_night_that_came_for_nothing_leaves_for_nothing() -> None:
    before, after = between(0, 3), between(0, 4)
    sale = kept(nights(before, 10_000, (), (CITY_TAX,)), before, after)
    assert total(changed(sale, after, before, nights(before, 10_000))) == 30_750
    longer = between(0, 5)
    assert total(changed(sale, after, longer, nights(longer, 10_000))) == 30_750 + 10_250


def test_nights_that_were_exchanged_are_paid_for() -> None:
    before, elsewhere = between(0, 3), between(10, 13)
    sale, shorter = kept(nights(before, 10_000), before, elsewhere), between(10, 11)
    assert total(changed(sale, elsewhere, shorter, nights(shorter, 1))) == 10_000


@pytest.mark.parametrize(
    ("sold_for", "before", "after", "then"),
    [(2, 2, 4, 4), (4, 4, 2, 2), (1, 4, 6, 3), (3, 6, 4, 3), (2, 4, 3, 2), (1, 4, 1, 1), (4, 2, 3, 4), (4, 2, 5, 5)],
)
def test_guests_are_sold_as_they_come_and_go(sold_for: int, before: int, after: int, then: int) -> None:
    sale = nights(between(0, 1, sold_for), 0)
    assert changed(sale, between(0, 1, before), between(0, 1, after), sale).guests == then


def test_lines_tell_what_the_property_still_charges() -> None:
    before, more = between(0, 3, 4), between(0, 3, 6)
    lines = price(nights(between(0, 3, 1), 10_000, LATE, (CITY_TAX, VAT, CLEANING))).lines
    sale = from_lines(lines, before, [CITY_TAX, VAT])
    assert (sale.guests, sale.charges) == (1, [CLEANING, CITY_TAX, VAT])
    assert total(changed(sale, before, more, sale)) - total(sale) == 2 * 3 * 250
    assert from_lines([PriceLine(kind="tax", name="Old", quantity=3, amount=900)], before, []).charges == [
        Charge(name="Old", kind="tax", basis="per_stay", amount=900)
    ]


def test_nights_that_are_sold_alike_are_one_run_in_whichever_units_they_are() -> None:
    off: Reductions = (("Stay of 3 nights or more", 1_000, 10_000),)
    runs = [Run(iso(0), 2, 100), Run(iso(2), 3, 100), Run(iso(5), 1, 90), Run(iso(6), 1, 90, off)]
    assert joined(runs) == [Run(iso(0), 5, 100), *runs[2:]]
