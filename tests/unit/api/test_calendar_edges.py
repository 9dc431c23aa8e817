"""Where calendars are odd: half hours, a day that never was, leap days, and the day on which one leaves and one comes.

The oracles know dates and written-down offsets only, no time zone database and no arithmetic of the product.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.core.days import today_in
from api.inventory.properties import cancellation
from api.stays.bookings.rules import kept_until
from api.stays.leases.rent import Terms, boundary, periods
from api.stays.nights import nights_of
from api.stays.rates.neighbours import Neighbours
from api.stays.rates.rules import Terms as RateTerms
from api.stays.rates.rules import reasons_against, span
from api.stays.rates.views import RateRules
from propflow.clock import DAY, MINUTE, nights

CHANGES = [
    # zone, the instant of the change, minutes ahead of UTC before and after it
    ("Australia/Lord_Howe", "2027-04-03T15:00", 660, 630),
    ("Australia/Lord_Howe", "2027-10-02T15:30", 630, 660),
    ("Pacific/Apia", "2011-12-30T10:00", -600, 840),
    ("Asia/Kathmandu", "2027-03-01T00:00", 345, 345),
    ("Australia/Sydney", "2027-04-03T16:00", 660, 600),
    ("Australia/Sydney", "2027-10-02T16:00", 600, 660),
    ("Europe/Zurich", "2027-03-28T01:00", 60, 120),
]
STARTS = st.dates(date(2024, 1, 1), date(2096, 1, 1))


def day_of(instant: int, offset: int) -> str:
    """The local date by a written-down offset: whole days since 1970."""
    return (date(1970, 1, 1) + timedelta(days=(instant + offset * MINUTE) // DAY)).isoformat()


@pytest.mark.parametrize(("zone", "at", "before", "after"), CHANGES)
def test_today_is_right_in_each_minute_around_a_change_of_clocks(zone: str, at: str, before: int, after: int) -> None:
    change = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000)
    for instant in range(change - DAY, change + DAY, MINUTE):
        for moment in (instant, instant + MINUTE - 1):
            offset = before if moment < change else after
            assert today_in(zone, moment) == day_of(moment, offset)


def test_the_day_that_never_was_is_nobodys_today() -> None:
    start = int(datetime(2011, 12, 28, tzinfo=UTC).timestamp() * 1000)
    seen = {today_in("Pacific/Apia", start + minute * MINUTE) for minute in range(4 * 24 * 60)}
    assert "2011-12-30" not in seen and {"2011-12-29", "2011-12-31"} <= seen
    assert nights_of("2011-12-29", "2011-12-31") == 2, "the calendar sells it all the same: dates are dates"


@settings(max_examples=1_500, deadline=None)
@given(STARTS, st.integers(1, 60), st.integers(1, 60))
def test_who_comes_on_the_day_on_which_another_leaves_shares_no_night(first: date, here: int, there: int) -> None:
    change, last = first + timedelta(days=here), first + timedelta(days=here + there)
    stays = [nights(first.isoformat(), change.isoformat()), nights(change.isoformat(), last.isoformat())]
    assert [*stays[0], *stays[1]] == [date.fromordinal(first.toordinal() + n).isoformat() for n in range(here + there)]
    assert sum(nights_of(stay[0], (date.fromisoformat(stay[-1]) + timedelta(days=1)).isoformat()) for stay in stays) \
        == last.toordinal() - first.toordinal()  # fmt: skip
    near = Neighbours((first.isoformat(), change.isoformat()))
    assert reasons_against(RateTerms(1, [], RateRules()), change, last, first, near) == []
    [reason] = reasons_against(RateTerms(1, [], RateRules(preparation_days=1)), change, last, first, near)
    assert reason.code == "prep"


@settings(max_examples=1_500, deadline=None)
@given(STARTS, st.integers(0, 400), st.integers(0, 400), st.integers(-5, 800), st.integers(1, 30))
def test_notice_and_window_count_dates(today: date, notice: int, window: int, ahead: int, count: int) -> None:
    rules = RateRules(advance_notice_days=notice, booking_window_days=window)
    arrival, leaving = today + timedelta(days=ahead), today + timedelta(days=ahead + count)
    codes = {reason.code for reason in reasons_against(RateTerms(1, [], rules), arrival, leaving, today, Neighbours())}
    last_night = arrival.toordinal() + count - 1
    expected = {"advance_notice"} if arrival.toordinal() < today.toordinal() + notice else set()
    assert codes == expected | ({"booking_window"} if last_night > today.toordinal() + window else set())
    assert span(rules, today) == tuple(date.fromordinal(today.toordinal() + days) for days in (notice, window))


@settings(max_examples=1_500, deadline=None)
@given(STARTS, st.integers(-3, 40), st.integers(1, 30), st.integers(0, 10**6))
def test_refunds_and_nights_given_back_count_dates(today: date, ahead: int, count: int, paid: int) -> None:
    arrival, leaving = (date.fromordinal(today.toordinal() + days).isoformat() for days in (ahead, ahead + count))
    back = cancellation.refund(cancellation.policy_of("flexible", []), paid, arrival, today.isoformat())
    assert back == (paid if ahead >= 1 else 0)
    kept = kept_until("check_out", arrival, leaving, today.isoformat())
    slept = max(0, min(count, -ahead))
    assert (0 if kept is None else nights_of(arrival, kept)) == slept


@settings(max_examples=1_500, deadline=None)
@given(STARTS, st.sampled_from([("month", 1), ("quarter", 3), ("year", 12)]), st.integers(1, 60))
def test_a_lease_begins_anew_on_its_day_or_the_months_last(start: date, kind: tuple[str, int], number: int) -> None:
    name, months = kind
    terms = Terms(start=start, end=None, period=name, rents=((start, 1),))
    total = start.month - 1 + months * number
    year, month = start.year + total // 12, total % 12 + 1
    length = 29 if month == 2 and calendar.isleap(year) else [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    assert boundary(terms, number) == date(year, month, min(start.day, length))


def test_a_lease_from_the_29th_of_february_has_its_day_in_each_year() -> None:
    start = date(2028, 2, 29)
    found = periods(Terms(start=start, end=date(2037, 2, 28), period="year", rents=((start, 100),)), start, date.max)
    assert [one.start.isoformat() for one in found] == [
        "2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29", "2033-02-28", "2034-02-28", "2035-02-28",
        "2036-02-29",
    ]  # fmt: skip
    assert {one.days for one in found} == {365, 366} and sum(one.amount for one in found) == 900
