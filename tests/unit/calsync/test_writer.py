"""The writer: what it writes is read back by our reader and by icalendar, and equal content has equal bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from calsync.ical.models import Entry
from calsync.ical.reader import read
from calsync.ical.writer import folded, write

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), min_size=1, max_size=90
)
STAMP = 1_793_491_200_123


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        start = draw(DAYS)
        end = start + timedelta(days=draw(st.integers(1, 120)))
        text = draw(TEXTS).strip() or "Reserved"
        stamp = draw(st.integers(0, 4_000_000_000_000))
        uid = f"{number}-{draw(TEXTS).strip()}"[:120]
        found.append(Entry(uid=uid, start=start.isoformat(), end=end.isoformat(), summary=text, changed_at=stamp))
    return found


@given(entries())
def test_round_trip(wanted: list[Entry]) -> None:
    body = write(wanted).encode()
    assert [(one.uid, one.start, one.end, one.summary) for one in read(body, UTC).events] == [
        (one.uid.strip(), one.start, one.end, one.summary) for one in wanted
    ]
    library = icalendar.Calendar.from_ical(body)
    assert [(str(one["UID"]), one["DTSTART"].dt, one["DTEND"].dt) for one in library.events] == [
        (one.uid, date.fromisoformat(one.start), date.fromisoformat(one.end)) for one in wanted
    ]
    assert [one["DTSTAMP"].dt for one in library.events] == [
        datetime.fromtimestamp(one.changed_at // 1000, UTC) for one in wanted
    ]


@given(TEXTS)
def test_lines_are_folded_at_75_octets_without_splitting_a_character(text: str) -> None:
    physical = folded(f"SUMMARY:{text}").encode()
    assert physical.endswith(b"\r\n")
    parts = physical.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(part) <= 75 for part in parts)
    assert "".join(part.decode().removeprefix(" " if n else "") for n, part in enumerate(parts)) == f"SUMMARY:{text}"


def test_an_export_as_it_is() -> None:
    entry = Entry(
        uid="occ_1@propflow360.com", start="2026-12-10", end="2026-12-14", summary="Reserved", changed_at=STAMP
    )
    assert write([entry]).split("\r\n") == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//PropFlow360//Calendar 1.0//EN", "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT", "UID:occ_1@propflow360.com", "DTSTAMP:20261101T000000Z", "DTSTART;VALUE=DATE:20261210",
        "DTEND;VALUE=DATE:20261214", "SEQUENCE:0", "SUMMARY:Reserved", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


def test_an_empty_export_is_valid() -> None:
    assert not read(write([]).encode(), UTC).events
    assert not icalendar.Calendar.from_ical(write([])).events
