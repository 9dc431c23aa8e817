"""What is taken in one step is what would be read line by line; folds, line ends and encodings change nothing."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.ical import common
from calsync.ical.reader import read
from tests.unit.calsync.calendars import calendar

ZURICH = ZoneInfo("Europe/Zurich")
LINES = (
    "DTSTART;VALUE=DATE:20261210", "DTSTART:20261214", "DTSTART:20261210T100000", "DTSTART:20260230",
    "DTSTART:99991231", "DTEND;VALUE=DATE:20261212", "DTEND:20261208", "DTEND:20261210", "UID:a", "UID:b ", "UID: c",
    r"UID:d\,e", "UID:", "UID:" + "x" * 256, "SUMMARY:Reserved ", r"SUMMARY:one\ntwo", "SUMMARY:", "SEQUENCE:1",
    "SEQUENCE:x", "STATUS:CONFIRMED", "STATUS:CANCELLED", "DURATION:P3D", "DTSTAMP:20261101T060000Z",
    "DESCRIPTION:UID:z", "X-A:DTSTART:20270101", "uid:low", "BEGIN:VALARM\nUID:alarm\nDTSTART:19990101\nEND:VALARM",
    "RRULE:FREQ=DAILY;COUNT=2", "", "nonsense", "TRANSP:OPAQUE", "TRANSP:TRANSPARENT", "Status: cancelled",
    "LAST-MODIFIED:20261101T060000Z", "LAST-MODIFIED:20261102T060000Z", "LAST-MODIFIED:yesterday", "End: 12 Apr 2027",
    "DTSTART;VALUE=DATE:20261210T230000Z", "STATUS:CANCELED", "END:VALARM",
)  # fmt: skip


def one_by_one(body: bytes) -> bytes:
    """The same calendar with a name in lower case in each event, which the fast way does not take."""
    return body.replace(b"BEGIN:VEVENT", b"Begin:VEVENT")


@settings(max_examples=500, deadline=None)
@given(st.lists(st.lists(st.sampled_from(LINES), max_size=8), max_size=4))
def test_both_ways_read_the_same(events: list[list[str]]) -> None:
    body = calendar(*["\n".join(lines) for lines in events], end="\n")
    assert not common.match(one_by_one(body).decode(), 0)
    assert read(body, ZURICH) == read(one_by_one(body), ZURICH)


def test_what_channels_write_is_taken_in_one_step() -> None:
    event = (
        "DTSTAMP:20261101T060000Z\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261214\nSUMMARY:Reserved\nUID:a@b"
    )
    text = calendar(f"{event}\nDESCRIPTION:Reservation URL: https://x\nSTATUS:CONFIRMED\nSEQUENCE:2", end="\n").decode()
    match = common.match(text, text.index("BEGIN:VEVENT"))
    assert match and match.groups() == (
        "20261210", "20261214", "a@b", "Reserved", "2", None, "20261101T060000Z",
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))), st.data())
def test_folds_anywhere_even_within_a_character_change_nothing(title: str, data: st.DataObject) -> None:
    plain = calendar("DTSTART:20261210\nUID:zürich\nSUMMARY:" + title.replace("\\", ""))
    at = data.draw(st.integers(plain.index(b"SUMMARY"), plain.index(b"\r\nEND:VEVENT")))
    fold = data.draw(st.sampled_from([b"\r\n ", b"\n\t", b"\r\n\t", b"\r "]))
    assert read(plain[:at] + fold + plain[at:], ZURICH) == read(plain, ZURICH)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"BEGIN:VCALENDAR\r\n", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n"]))
def test_any_bytes_are_read_or_refused_with_a_sentence(noise: bytes, before: bytes) -> None:
    from calsync.ical.models import CalendarBroken

    try:
        read(before + noise, ZURICH)
    except CalendarBroken as broken:
        assert re.match(r"^The .*\.$", str(broken))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_line_ends_change_nothing(end: str) -> None:
    event = "DTSTART:20261210\nDTEND:20261212\nUID:a\nDESCRIPTION:x"
    assert read(calendar(event, event, end=end), ZURICH) == read(calendar(event, event, end="\n"), ZURICH)
