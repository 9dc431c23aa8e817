"""Lines of a text are text: they close nothing, cancel nothing, and move no night."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.ical.reader import read
from tests.unit.calsync.calendars import calendar

ZURICH = ZoneInfo("Europe/Zurich")
NIGHTS = "DTSTART;VALUE=DATE:20270410\nDTEND;VALUE=DATE:20270412"
OTHER = "UID:b\nDTSTART;VALUE=DATE:20270420\nDTEND;VALUE=DATE:20270422"
EXPECTED = [("a", "2027-04-10", "2027-04-12"), ("b", "2027-04-20", "2027-04-22")]

WORDS = st.sampled_from(
    ["End", "Begin", "Start", "Status", "Summary", "Transp", "Sequence", "DtStart", "Dtend", "Uid", "Exdate", "Method",
     "Last-Modified", "Recurrence-Id", "Rrule", "Ende", "Début", "開始", "حالة"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["12 Apr 2027", "cancelled", "CANCELLED", "canceled by guest", "TRANSPARENT", "VEVENT?", "20270101",
                     "99", "Reserved", "20270411T000000", "FREQ=DAILY", ""]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30),
)  # fmt: skip
PROPERTY = re.compile(r"RRULE$|[A-Z-]+[:;](?! )")
"""As calendars write what is no text. Hypothesis takes values out of the sources, too, where such lines are."""
SHAPES = st.sampled_from(["{0}: {1}", "{2}: {1}", "{0} : {1}", "{1}", "- {0}: {1}", "{2}:  {1}"])
LINES = st.lists(
    st.tuples(SHAPES, WORDS, VALUES)
    .map(lambda one: one[0].format(one[1], one[2], one[1].upper()).strip())
    .filter(lambda line: not line.endswith(":") and not PROPERTY.match(line)),
    max_size=8,
)


def ranges(body: bytes) -> list[tuple[str, str, str]]:
    return [(event.uid, event.start, event.end) for event in read(body, ZURICH).events]


@settings(max_examples=500, deadline=None)
@given(LINES, st.sampled_from(["DESCRIPTION", "SUMMARY", "COMMENT", "LOCATION", "X-NOTE"]), st.booleans())
def test_a_text_with_real_line_ends_says_nothing_of_nights(lines: list[str], name: str, first: bool) -> None:
    text = "\n".join([f"{name}:Guest details", *lines])
    entry = f"UID:a\n{text}\n{NIGHTS}" if first else f"{NIGHTS}\nUID:a\n{text}"
    assert ranges(calendar(entry, OTHER)) == EXPECTED
    assert ranges(calendar(OTHER, entry)) == EXPECTED[::-1]


@pytest.mark.parametrize(
    "text",
    ["BEGIN:arrival", "Begin:Arrival", "BEGIN:Booking details", "END:VALARM", "END:STAY", "Status:cancelled",
     "status:cancelled", "transp:transparent", "Exdate:20270410", "sequence:99"],
)  # fmt: skip
def test_lines_that_look_like_structure_or_status(text: str) -> None:
    entry = f"UID:a\nDESCRIPTION:Guest details\n{text}\n{NIGHTS}"
    assert ranges(calendar(entry, OTHER)) == EXPECTED
    assert ranges(calendar(f"{NIGHTS}\nUID:a\nDESCRIPTION:x\n{text}", OTHER)) == EXPECTED


@pytest.mark.parametrize(
    ("property", "contrary"), [("STATUS:CONFIRMED", "STATUS:CANCELLED"), ("TRANSP:OPAQUE", "TRANSP:TRANSPARENT")]
)
def test_an_entry_that_says_both_takes_its_nights(property: str, contrary: str) -> None:
    for first, second in ((property, contrary), (contrary, property)):
        assert ranges(calendar(f"UID:a\n{NIGHTS}\n{first}\n{second}", OTHER)) == EXPECTED


@pytest.mark.parametrize("write", [str.lower, str.title, str.upper])
def test_who_writes_every_line_otherwise_is_read_all_the_same(write: Callable[[str], str]) -> None:
    def written(line: str) -> str:
        name, _, value = line.partition(":")
        return f"{write(name)}: {value}"

    entry = "\n".join(map(written, f"UID:a\n{NIGHTS}".split("\n")))
    cancelled = "\n".join(map(written, f"{OTHER}\nSTATUS:CANCELLED".split("\n")))
    reading = read(calendar(entry, cancelled), ZURICH)
    assert [(event.uid, event.start, event.end) for event in reading.events] == EXPECTED[:1]
    assert reading.cancelled == 1
