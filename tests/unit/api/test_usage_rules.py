"""Days and months of usage: in UTC, counted by the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.plan.usage.archive import NotVerified, lines, verify
from api.plan.usage.rules import LONGEST_RANGE, MONTHS_KEPT, kept_since, months_later, range_of
from propflow.clock import DAY, day_of
from propflow.errors import Unprocessable

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31)).map(lambda at: ms(at.replace(tzinfo=UTC)))


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def at(text: str) -> int:
    return ms(datetime.fromisoformat(text))


def test_a_day_ends_at_midnight_utc() -> None:
    assert day_of(at("2026-03-31T23:59:59.999+00:00")) == "2026-03-31"
    assert day_of(at("2026-04-01T00:00:00+00:00")) == "2026-04-01"
    assert day_of(at("2026-04-01T01:30:00+02:00")) == "2026-03-31"


def test_thirteen_months_before_a_31st_is_thirteen_months_before() -> None:
    assert kept_since(at("2026-05-31T12:00:00+00:00")) == "2025-04"  # counting days or setting months slips here
    assert kept_since(at("2026-03-31T12:00:00+00:00")) == "2025-02"
    assert kept_since(at("2026-01-01T00:00:00+00:00")) == "2024-12"


@given(INSTANTS)
def test_what_is_archived_is_older_than_thirteen_months_and_what_is_younger_stays(now: int) -> None:
    today = date.fromisoformat(day_of(now))
    first_kept = date.fromisoformat(kept_since(now) + "-01")
    assert (today.year - first_kept.year) * 12 + today.month - first_kept.month == MONTHS_KEPT
    assert (today - first_kept).days >= 393  # 13 months have at least 393 days


@given(INSTANTS, INSTANTS)
def test_nothing_is_archived_earlier_because_time_went_by_backwards(one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    assert kept_since(earlier) <= kept_since(later)


@given(st.integers(2000, 2090), st.integers(1, 12), st.integers(-200, 200), st.integers(-200, 200))
def test_months_add_up(year: int, month: int, a: int, b: int) -> None:
    start = f"{year:04}-{month:02}"
    assert months_later(months_later(start, a), b) == months_later(start, a + b)
    assert months_later(start, 12) == f"{year + 1:04}-{month:02}"
    assert (months_later(start, a) < start) == (a < 0)


@given(INSTANTS)
def test_unless_told_otherwise_it_is_this_month_with_today(now: int) -> None:
    start, end = range_of(None, None, now)
    assert start == day_of(now)[:7] + "-01"
    assert end == day_of(now + DAY)


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)), st.integers(-500, 900))
def test_a_range_is_half_open_and_bounded(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    if 0 < days <= LONGEST_RANGE:
        assert range_of(start.isoformat(), end.isoformat(), 0) == (start.isoformat(), end.isoformat())
    else:
        with pytest.raises(Unprocessable):
            range_of(start.isoformat(), end.isoformat(), 0)


ROWS = '[{"day":"2024-01-30","meter":"api_calls","amount":5},{"day":"2024-01-31","meter":"messages","amount":1}]'


def test_a_page_is_one_object_per_line() -> None:
    assert lines(ROWS) == (
        b'{"day":"2024-01-30","meter":"api_calls","amount":5}\n{"day":"2024-01-31","meter":"messages","amount":1}\n'
    )


@given(st.integers(0, len(lines(ROWS)) - 1), st.integers(1, 255))
def test_one_changed_byte_is_not_what_was_written(place: int, change: int) -> None:
    found = bytearray(lines(ROWS))
    found[place] ^= change
    with pytest.raises(NotVerified):
        verify(lines(ROWS), bytes(found))


@pytest.mark.parametrize("found", [None, b"", lines(ROWS)[:-1], lines(ROWS) + b"\n"])
def test_neither_is_what_is_not_there_or_of_another_size(found: bytes | None) -> None:
    with pytest.raises(NotVerified):
        verify(lines(ROWS), found)


def test_what_was_written_is_verified_with_its_digest() -> None:
    assert len(verify(lines(ROWS), lines(ROWS))) == 64
