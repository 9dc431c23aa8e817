"""The end of a day, however it is written, is the end of that night's day; a late hour of departure is none."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.ical.reader import read
from tests.unit.calsync.calendars import calendar

HOMES = ["Europe/Zurich", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "UTC", "Asia/Kolkata"]
TODAY = date(2027, 3, 1)
DAYS = st.dates(date(2027, 3, 2), date(2028, 6, 1))


def nights(text: str, home: str = "Europe/Zurich") -> list[tuple[str, str]]:
    reading = read(calendar(f"UID:a\n{text}"), ZoneInfo(home), TODAY)
    assert reading.problems == []
    return [(event.start, event.end) for event in reading.events]


def local(day: date, at: time) -> str:
    return f"{datetime.combine(day, at):%Y%m%dT%H%M%S}"


@settings(max_examples=300, deadline=None)
@given(
    first=DAYS, length=st.integers(0, 40), home=st.sampled_from(HOMES), seconds=st.integers(0, 59),
    spelling=st.sampled_from(["floating", "zone", "utc", "duration", "whole duration", "date"]),
)  # fmt: skip
def test_a_day_that_ends_in_its_last_minute_is_taken_whole(
    first: date, length: int, home: str, seconds: int, spelling: str
) -> None:
    last, end = first + timedelta(days=length), time(23, 59, seconds)
    until = local(last, end)
    begin = f"DTSTART:{local(first, time())}"
    zone = ZoneInfo(home)
    utc = f"{datetime.combine(last, end, zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    written = {
        "floating": f"{begin}\nDTEND:{until}",
        "zone": f"DTSTART;TZID={home}:{local(first, time())}\nDTEND;TZID={home}:{until}",
        "utc": f"DTSTART:{datetime.combine(first, time(), zone).astimezone(UTC):%Y%m%dT%H%M%SZ}\nDTEND:{utc}",
        "duration": f"{begin}\nDURATION:P{length}DT23H59M{seconds}S",
        "whole duration": f"DTSTART;VALUE=DATE:{first:%Y%m%d}\nDURATION:P{length}DT23H59M{seconds}S",
        "date": f"DTSTART;VALUE=DATE:{first:%Y%m%d}\nDTEND:{until}",
    }
    expected = (first.isoformat(), (last + timedelta(days=1)).isoformat())
    assert nights(written[spelling], home) == [expected]


@settings(max_examples=200, deadline=None)
@given(first=DAYS, length=st.integers(0, 20), home=st.sampled_from(HOMES), other=st.sampled_from(HOMES))
def test_whole_days_of_another_clock_are_the_days_that_are_written(
    first: date, length: int, home: str, other: str
) -> None:
    last = first + timedelta(days=length)
    text = f"DTSTART;TZID={other}:{local(first, time())}\nDTEND;TZID={other}:{local(last, time(23, 59, 59))}"
    assert nights(text, home) == [(first.isoformat(), (last + timedelta(days=1)).isoformat())]


@settings(max_examples=200, deadline=None)
@given(first=DAYS, length=st.integers(1, 20), hour=st.integers(0, 23), minute=st.integers(0, 58))
def test_an_hour_of_departure_takes_no_further_night(first: date, length: int, hour: int, minute: int) -> None:
    last = first + timedelta(days=length)
    text = f"DTSTART:{local(first, time(15))}\nDTEND:{local(last, time(hour, minute, 59))}"
    assert nights(text) == [(first.isoformat(), last.isoformat())]


def test_a_series_of_whole_days() -> None:
    text = "DTSTART:20270410T000000\nDTEND:20270412T235959\nRRULE:FREQ=WEEKLY;COUNT=3"
    assert nights(text) == [("2027-04-10", "2027-04-13"), ("2027-04-17", "2027-04-20"), ("2027-04-24", "2027-04-27")]
    lasting = "DTSTART;TZID=Europe/Zurich:20271030T000000\nDURATION:P1DT23H59M\nRDATE:20271113T000000"
    assert nights(lasting) == [("2027-10-30", "2027-11-01"), ("2027-11-13", "2027-11-15")]


@settings(max_examples=300, deadline=None)
@given(
    first=DAYS, length=st.integers(1, 20), home=st.sampled_from(HOMES), hour=st.integers(0, 23),
    tail=st.sampled_from(["", "Z"]), value=st.sampled_from([";VALUE=DATE", ";value=date", ";VALUE=DATE;X-A=1"]),
)  # fmt: skip
def test_what_says_that_it_is_a_date_is_one_whatever_time_stands_behind_it(
    first: date, length: int, home: str, hour: int, tail: str, value: str
) -> None:
    last = first + timedelta(days=length)
    at = time(hour)
    expected = [(first.isoformat(), last.isoformat())]
    begin, end = f"{local(first, at)}{tail}", f"{local(last, at)}{tail}"
    assert nights(f"DTSTART{value}:{begin}\nDTEND{value}:{end}", home) == expected
    assert nights(f"DTSTART{value}:{first:%Y%m%d}\nDTEND:{end}", home) == expected
    assert nights(f"DTSTART:{first:%Y%m%d}\nDTEND;TZID=Asia/Tokyo:{local(last, at)}", home) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DTSTART;VALUE=DATE-TIME:20270410T230000Z\nDTEND:20270412T080000Z", ("2027-04-11", "2027-04-12")),
        ("DTSTART;VALUE=DATE:20270410\nDTEND;VALUE=DATE:20270412T235959", ("2027-04-10", "2027-04-13")),
        ("DTSTART:20270410T235900\nDTEND:20270412T100000", ("2027-04-10", "2027-04-12")),
        ("DTSTART:20270410T235900\nDTEND:20270410T235959", ("2027-04-10", "2027-04-11")),
        ("DTSTART:20270410T160000\nDTEND;VALUE=DATE:20270412", ("2027-04-10", "2027-04-12")),
        ("DTSTART:20270410T160000Z\nDTEND:20270412T235959Z", ("2027-04-10", "2027-04-13")),
        ("DTSTART:20270410T000000\nDTEND:20270412T240000", ("2027-04-10", "2027-04-13")),
        ("DTSTART:20270410\nDTEND:20270412T240000", ("2027-04-10", "2027-04-13")),
        ("DTSTART;VALUE=DATE:20270410\nDTEND;VALUE=DATE:20270412T240000", ("2027-04-10", "2027-04-13")),
        ("DTSTART:20270410T000000\nDTEND:20270412T2359", ("2027-04-10", "2027-04-13")),
        ("DTSTART:20270410T000000\nDTEND:20270412T235960", ("2027-04-10", "2027-04-13")),
        ("DTSTART:2027-04-10T00:00:00\nDTEND:2027-04-12T23:59:59.999", ("2027-04-10", "2027-04-13")),
        ("DTSTART:2027-04-09T22:00:00.000Z\nDTEND:2027-04-12T21:59:59.999Z", ("2027-04-10", "2027-04-13")),
        ("DTSTART:20270410T000000+0200\nDTEND:20270412T235959+02:00", ("2027-04-10", "2027-04-13")),
        ("DTSTART:2027-04-10T20:00:00-08:00\nDTEND:2027-04-13T20:00:00-0800", ("2027-04-11", "2027-04-14")),
        ("DTSTART;VALUE=DATE:2027-04-10\nDTEND;VALUE=DATE:2027-04-12", ("2027-04-10", "2027-04-12")),
    ],
)
def test_other_mixtures(text: str, expected: tuple[str, str]) -> None:
    assert nights(text) == [expected]


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("clock", ["", "Z"])
@pytest.mark.parametrize("end", ["", "\nDTEND:20270410T235930"])
def test_what_begins_in_the_last_minute_and_has_no_length_is_one_night(home: str, clock: str, end: str) -> None:
    [(first, last)] = nights(f"DTSTART:20270410T235930{clock}{end}{clock if end else ''}", home)
    assert date.fromisoformat(last) - date.fromisoformat(first) == timedelta(days=1)
