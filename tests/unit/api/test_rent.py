"""Rent by periods: contiguous, half-open, exact to the minor unit, over short months and leap days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.core.days import today_in
from api.stays.leases.rent import DAYS, MONTHS, Terms, amount_of, boundary, next_due, periods

FAR = date(2099, 1, 1)
KINDS = st.sampled_from([*MONTHS, *DAYS])
STARTS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
RENTS = st.integers(0, 10**9)


@st.composite
def agreed(draw: st.DrawFn, changes: bool = True) -> Terms:
    """Any lease with an end."""
    kind, start = draw(KINDS), draw(STARTS)
    days = draw(st.integers(1, 4_000))
    due_day = draw(st.none() | st.integers(1, 31)) if kind in MONTHS else None
    later = sorted(draw(st.sets(st.integers(1, days), max_size=3))) if changes else []
    rents = [(start, draw(RENTS)), *((start + timedelta(days=day), draw(RENTS)) for day in later)]
    return Terms(start=start, end=start + timedelta(days=days), period=kind, rents=tuple(rents), due_day=due_day)


def monthly(start: str, end: str | None, amount: int = 100_000, **more: object) -> Terms:
    first = date.fromisoformat(start)
    last = None if end is None else date.fromisoformat(end)
    return Terms(start=first, end=last, rents=((first, amount),), **({"period": "month"} | more))  # type: ignore[arg-type]


def starts(terms: Terms, until: str) -> list[str]:
    return [period.start.isoformat() for period in periods(terms, terms.start, date.fromisoformat(until))]


@settings(max_examples=400, deadline=None)
@given(agreed())
def test_periods_cover_the_lease_exactly(terms: Terms) -> None:
    found = periods(terms, terms.start, FAR)
    assert (found[0].start, found[-1].end) == (terms.start, terms.end)
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(0 < period.days == (period.end - period.start).days <= period.of_days for period in found)
    assert all(not period.prorated for period in found[1:-1])


@settings(max_examples=400, deadline=None)
@given(agreed(changes=False), st.data())
def test_the_parts_of_a_period_sum_to_its_rent_however_it_is_cut(terms: Terms, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, 40))
    first, after = boundary(terms, number), boundary(terms, number + 1)
    begin = max(first, terms.start)
    lengths = data.draw(st.sets(st.integers(1, (after - begin).days), max_size=6))
    cuts = sorted({begin, after, *(begin + timedelta(days=days) for days in lengths)})
    parts = [amount_of(terms, number, left, right) for left, right in pairwise(cuts)]
    assert all(part >= 0 for part in parts)
    assert sum(parts) == amount_of(terms, number, begin, after)
    if begin == first:
        assert sum(parts) == terms.rents[0][1]


@settings(max_examples=300, deadline=None)
@given(agreed(changes=False))
def test_a_full_period_costs_the_rent_and_a_part_its_days(terms: Terms) -> None:
    rent = terms.rents[0][1]
    for period in periods(terms, terms.start, FAR):
        assert abs(period.amount * period.of_days - rent * period.days) <= period.of_days
        if not period.prorated:
            assert period.amount == rent


@settings(max_examples=300, deadline=None)
@given(agreed(), st.integers(0, 4_000))
def test_a_lease_that_ends_early_costs_no_more_and_the_same_until_then(terms: Terms, days: int) -> None:
    end = min(terms.start + timedelta(days=days), terms.end or FAR)
    cut = Terms(start=terms.start, end=end, period=terms.period, rents=terms.rents, due_day=terms.due_day)
    whole, short = periods(terms, terms.start, FAR), periods(cut, terms.start, FAR)
    assert short[:-1] == whole[: max(len(short) - 1, 0)]
    if short:
        assert short[-1].end == end and short[-1].amount <= whole[len(short) - 1].amount


@settings(max_examples=300, deadline=None)
@given(agreed(), st.integers(-100, 4_100), st.integers(0, 1_000))
def test_a_window_shows_what_the_whole_shows(terms: Terms, skip: int, length: int) -> None:
    since = terms.start + timedelta(days=skip)
    until = since + timedelta(days=length)
    whole = [one for one in periods(terms, terms.start, FAR) if one.end > since and one.start < until]
    assert periods(terms, since, until) == whole


@settings(max_examples=300, deadline=None)
@given(agreed(), st.integers(-100, 4_100))
def test_the_next_due_day_is_the_first_start_of_a_period_from_today_on(terms: Terms, days: int) -> None:
    today = terms.start + timedelta(days=days)
    expected = [one.start for one in periods(terms, terms.start, FAR) if one.start >= today]
    assert next_due(terms, today) == (expected[0] if expected else None)


def test_a_31st_is_the_last_day_of_short_months_and_a_31st_again() -> None:
    assert starts(monthly("2027-01-31", None), "2027-06-01") == [
        "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]  # fmt: skip
    assert starts(monthly("2028-01-31", None), "2028-04-01") == ["2028-01-31", "2028-02-29", "2028-03-31"]
    assert starts(monthly("2027-01-30", None), "2027-04-01") == ["2027-01-30", "2027-02-28", "2027-03-30"]


def test_the_anniversary_of_a_leap_day_comes_back_in_leap_years() -> None:
    yearly = monthly("2028-02-29", None, period="year")
    assert starts(yearly, "2034-01-01") == [
        "2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29", "2033-02-28"]  # fmt: skip
    assert [one.days for one in periods(yearly, yearly.start, date(2033, 1, 1))] == [365, 365, 365, 366, 365]


def test_a_century_is_no_leap_year_unless_it_is_one() -> None:
    # 2000 was, 2100 is not: a lease may run into it.
    assert starts(monthly("2000-01-31", None), "2000-03-01") == ["2000-01-31", "2000-02-29"]
    assert periods(monthly("2099-12-31", None), date(2100, 2, 1), date(2100, 3, 1))[-1].start == date(2100, 2, 28)


def test_a_due_day_makes_the_first_period_a_part() -> None:
    terms = monthly("2027-01-17", "2027-03-10", 31_000, due_day=1)
    found = [(one.start.day, one.end.day, one.days, one.of_days, one.amount)
             for one in periods(terms, terms.start, FAR)]  # fmt: skip
    # 15 of January's 31 days; February whole; 9 of March's 31 days.
    assert found == [(17, 1, 15, 31, 15_000), (1, 1, 28, 28, 31_000), (1, 10, 9, 31, 9_000)]


def test_a_due_day_of_31_falls_on_the_last_of_each_month() -> None:
    assert starts(monthly("2027-02-10", None, due_day=31), "2027-06-01") == [
        "2027-02-10", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]  # fmt: skip
    assert starts(monthly("2027-02-28", None, due_day=31), "2027-04-01") == ["2027-02-28", "2027-03-31"]


def test_a_quarter_with_a_due_day_is_prorated_against_its_own_days() -> None:
    terms = monthly("2027-02-15", None, 90_000, period="quarter", due_day=1)
    first, second = periods(terms, terms.start, date(2027, 4, 1))
    assert (first.start, first.end, first.days, first.of_days) == (date(2027, 2, 15), date(2027, 3, 1), 14, 90)
    assert (first.amount, second.amount, second.end) == (14_000, 90_000, date(2027, 6, 1))


def test_weeks_and_four_weeks_do_not_know_months() -> None:
    assert starts(monthly("2027-12-27", None, period="week"), "2028-01-11") == [
        "2027-12-27", "2028-01-03", "2028-01-10"]  # fmt: skip
    four = periods(monthly("2028-02-10", None, period="four_weeks"), date(2028, 2, 10), date(2028, 4, 1))
    assert [one.start.isoformat() for one in four] == ["2028-02-10", "2028-03-09"]


def test_a_rent_that_rises_within_a_period_counts_by_days() -> None:
    first = date(2027, 1, 1)
    terms = Terms(
        start=first, end=date(2027, 3, 1), period="month", rents=((first, 31_000), (date(2027, 1, 11), 62_000))
    )
    january, february = periods(terms, first, FAR)
    assert (january.amount, february.amount) == (10_000 + 42_000, 62_000)


def test_yen_has_no_parts_and_nothing_is_lost() -> None:
    terms = monthly("2027-01-31", "2027-02-11", 100_000, due_day=1)
    assert [one.amount for one in periods(terms, terms.start, FAR)] == [100_000 - 96_774, 35_714]


@pytest.mark.parametrize(
    ("zone", "instant", "today", "due"),
    [
        ("Pacific/Apia", "2027-01-31T11:00:00+00:00", "2027-02-01", "2027-02-01"),
        ("Pacific/Pago_Pago", "2027-02-01T10:59:00+00:00", "2027-01-31", "2027-02-01"),
        ("Asia/Kathmandu", "2027-01-31T18:14:59+00:00", "2027-01-31", "2027-02-01"),
        ("Asia/Kathmandu", "2027-01-31T18:15:00+00:00", "2027-02-01", "2027-02-01"),
        ("Australia/Lord_Howe", "2027-01-31T13:00:00+00:00", "2027-02-01", "2027-02-01"),
        ("Australia/Sydney", "2027-04-03T13:30:00+00:00", "2027-04-04", "2027-05-01"),
        ("Australia/Sydney", "2027-10-02T13:59:00+00:00", "2027-10-02", "2027-11-01"),
    ],
)
def test_what_is_due_today_depends_on_where_the_property_is(zone: str, instant: str, today: str, due: str) -> None:
    now = int(datetime.fromisoformat(instant).astimezone(UTC).timestamp() * 1000)
    assert today_in(zone, now) == today
    terms = monthly("2026-12-01", None)
    assert next_due(terms, date.fromisoformat(today)) == date.fromisoformat(due)
