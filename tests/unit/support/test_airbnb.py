"""Generated Airbnb calendars have the shape of the real ones."""

from __future__ import annotations

from datetime import UTC, date, datetime

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.airbnb import airbnb_calendar, folded

STAYS = [("2027-01-01", "2027-01-04", "HMABCDEFGH")]
BLOCKS = [("2027-02-01", date(2027, 2, 3))]


def test_bytes_of_a_reservation() -> None:
    text = airbnb_calendar(STAYS, stamp=datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)).decode()
    assert text == (
        "BEGIN:VCALENDAR\r\n"
        "PRODID:-//Airbnb Inc//Hosting Calendar 1.0//EN\r\n"
        "CALSCALE:GREGORIAN\r\n"
        "VERSION:2.0\r\n"
        "BEGIN:VEVENT\r\n"
        "DTSTAMP:20261102T030405Z\r\n"
        "DTSTART;VALUE=DATE:20270101\r\n"
        "DTEND;VALUE=DATE:20270104\r\n"
        "SUMMARY:Reserved\r\n"
        "UID:1418fb94e984-7d0bd7fc636c6bb84c0996e740598f0c@airbnb.com\r\n"
        "DESCRIPTION:Reservation URL: https://www.airbnb.com/hosting/reservations/de\r\n"
        " tails/HMABCDEFGH\\nPhone Number (Last 4 Digits): 4077\r\n"
        "END:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )


def test_a_block_has_its_own_prefix_and_no_description() -> None:
    text = airbnb_calendar(blocks=BLOCKS).decode()
    assert "SUMMARY:Airbnb (Not available)\r\n" in text
    assert "UID:7f662ec65913-" in text
    assert "DESCRIPTION" not in text


def test_a_calendar_library_reads_it() -> None:
    calendar = icalendar.Calendar.from_ical(airbnb_calendar(STAYS, BLOCKS))
    stay, block = calendar.walk("VEVENT")
    assert (stay["DTSTART"].dt, stay["DTEND"].dt) == (date(2027, 1, 1), date(2027, 1, 4))
    assert "details/HMABCDEFGH\nPhone" in stay["DESCRIPTION"]
    assert (block["DTSTART"].dt, block["DTEND"].dt) == (date(2027, 2, 1), date(2027, 2, 3))


def test_the_uid_belongs_to_the_reservation_not_to_its_dates() -> None:
    moved = [("2027-03-01", "2027-03-04", "HMABCDEFGH")]
    uids = [icalendar.Calendar.from_ical(airbnb_calendar(stays)).walk("VEVENT")[0]["UID"] for stays in (STAYS, moved)]
    assert uids[0] == uids[1]


def test_an_empty_calendar_is_legal() -> None:
    assert airbnb_calendar().count(b"\r\n") == 5


def test_a_stay_without_a_night_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one night"):
        airbnb_calendar([("2027-01-01", "2027-01-01", "HM1")])


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=400))
def test_folding_keeps_the_line_and_the_limit(line: str) -> None:
    physical = folded(line).encode().split(b"\r\n")
    assert physical[-1] == b""
    assert all(len(part) <= 75 for part in physical)
    assert b"\r\n".join(physical[:-1]).replace(b"\r\n ", b"").decode() == line
