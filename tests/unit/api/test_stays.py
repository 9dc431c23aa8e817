"""Nights are the difference of two local dates, whatever clocks do."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.stays.nights import LONGEST, check_guests, nights_of
from propflow.clock import nights
from propflow.errors import Unprocessable

DAYS = st.dates(date(2000, 1, 1), date(2095, 1, 1))


@given(DAYS, st.integers(1, LONGEST))
def test_nights_are_the_difference_of_dates(start: date, count: int) -> None:
    end = start + timedelta(days=count)
    assert nights_of(start.isoformat(), end.isoformat()) == count
    listed = nights(start.isoformat(), end.isoformat())
    assert len(listed) == count
    assert listed[0] == start.isoformat()
    assert end.isoformat() not in listed


@given(DAYS, st.integers(0, 30))
def test_an_empty_or_reversed_stay_is_refused(start: date, count: int) -> None:
    with pytest.raises(Unprocessable, match="invalid_stay"):
        nights_of(start.isoformat(), (start - timedelta(days=count)).isoformat())


def test_a_stay_of_more_than_two_years_is_refused() -> None:
    with pytest.raises(Unprocessable, match="stay_too_long"):
        nights_of("2026-01-01", "2028-01-02")


def test_a_unit_takes_no_more_guests_than_it_holds() -> None:
    check_guests(2, 2)
    with pytest.raises(Unprocessable, match="too_many_guests"):
        check_guests(3, 2)
