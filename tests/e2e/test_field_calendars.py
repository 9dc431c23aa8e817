"""Calendars as hosts really wrote them, on the real runtime: what is sold is shut, and what is not read is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from support.channel import Space, day
from support.people import Manager, ok
from support.standin_client import StandIn
from support.suite import Suite

HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//X//EN\n"


def calendar(*entries: str, head: str = "") -> bytes:
    events = "".join(f"BEGIN:VEVENT\n{entry}\nEND:VEVENT\n" for entry in entries)
    return f"{HEAD}{head}{events}END:VCALENDAR\n".encode()


def at(offset: int) -> str:
    return day(offset).replace("-", "")


def entry(uid: str, start: int, end: int, *more: str) -> str:
    return "\n".join([f"UID:{uid}", f"DTSTART;VALUE=DATE:{at(start)}", f"DTEND;VALUE=DATE:{at(end)}", *more])


class Field(NamedTuple):
    """The readings of a calendar, the nights that are shut after each, and how the feed is at the end."""

    readings: list[bytes]
    shut: list[list[tuple[int, int]]]
    state: str = "healthy"
    told: str = ""


A, B = entry("a", 5, 8), entry("b", 12, 14)
ZONE = (
    "BEGIN:VTIMEZONE\nTZID:Our zone\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:-0800\nTZOFFSETTO:-0800\n"
    "END:STANDARD\nEND:VTIMEZONE\n"
)
BROKEN = "UID:x\nDTSTART:0NaNaNaNTaNaNaN\nDTEND:0NaNaNaNTaNaNaN"
FIELD = {
    "no UIDs, and one stay that is cancelled": Field(
        [calendar(A.partition("\n")[2], B.partition("\n")[2])] + [calendar(A.partition("\n")[2])] * 2,
        [[(5, 8), (12, 14)], [(5, 8), (12, 14)], [(5, 8)]], told="without a UID",
    ),
    "one UID for all stays": Field([calendar(A, entry("a", 12, 14), entry("a", 14, 15))], [[(5, 8), (12, 15)]]),
    "whole days with their last second": Field(
        [calendar(f"UID:a\nDTSTART:{at(5)}T000000\nDTEND:{at(7)}T235959")], [[(5, 8)]]
    ),
    "dates with a time behind them": Field(
        [calendar(f"UID:a\nDTSTART;VALUE=DATE:{at(5)}T000000Z\nDTEND;VALUE=DATE:{at(8)}T230000Z")], [[(5, 8)]]
    ),
    "a zone of its own": Field(
        [calendar(f'UID:a\nDTSTART;TZID="Our zone":{at(4)}T200000\nDTEND;TZID="Our zone":{at(7)}T200000', head=ZONE)],
        [[(5, 8)]],
    ),
    "a zone that nobody knows": Field(
        [calendar(f"UID:a\nDTSTART;TZID=Ours:{at(5)}T160000\nDTEND;TZID=Ours:{at(8)}T100000")], [[(5, 8)]],
        "degraded", "zone Ours is not known",
    ),
    "texts with real line ends": Field(
        [calendar(f"{A}\nDESCRIPTION:Guest\nEnd: 12 Apr\nStatus: cancelled\nBegin: 10 Apr", B)], [[(5, 8), (12, 14)]],
        told="taken for text: 2",
    ),
    "an entry without its end": Field(
        [calendar(A, B).replace(b"END:VEVENT\n", b"", 1)], [[(5, 8), (12, 14)]], "degraded", "has no end"
    ),
    "nothing that can be read": Field([calendar(BROKEN)] * 2, [[], []], "degraded", "does not exist"),
    "one broken entry, and a stay that is cancelled": Field(
        [calendar(A, B), calendar(A, BROKEN), calendar(A, BROKEN)], [[(5, 8), (12, 14)], [(5, 8), (12, 14)], [(5, 8)]],
        "degraded", "does not exist",
    ),
    "an older version, twice": Field(
        [calendar(entry("a", 5, 8, "SEQUENCE:2")), *[calendar(entry("a", 5, 7, "SEQUENCE:1"))] * 2,
         calendar(entry("a", 6, 9, "SEQUENCE:3"))],
        [[(5, 8)], [(5, 8)], [(5, 8)], [(6, 9)]],
    ),
    "free time and two spellings of cancelled": Field(
        [calendar(entry("a", 5, 8, "TRANSP:TRANSPARENT"), entry("b", 12, 14, "STATUS:CANCELED"), entry("c", 20, 22))],
        [[(20, 22)]], told="free time",
    ),
    "a calendar that cancels what it lists": Field(
        [calendar(A, B), *[calendar(A, B, head="METHOD:CANCEL\n")] * 2], [[(5, 8), (12, 14)]] * 3
    ),
    "published busy times": Field(
        [f"{HEAD}BEGIN:VFREEBUSY\nFREEBUSY:{at(5)}T140000Z/P3D,{at(12)}T140000Z/{at(14)}T090000Z\nEND:VFREEBUSY\n"
         "END:VCALENDAR\n".encode()],
        [[(5, 8), (12, 14)]], told="VFREEBUSY",
    ),
}  # fmt: skip


@pytest.fixture
def space(suite: Suite, standin: StandIn, alice: Manager) -> Iterator[Space]:
    made = Space(suite, standin, alice)
    yield made
    made.api.close()


@pytest.mark.parametrize("name", FIELD)
def test_what_is_sold_is_shut_and_what_is_not_read_is_told(space: Space, name: str) -> None:
    field = FIELD[name]
    channel = space.connect(field.readings[0])
    run = channel.first
    for number, (body, shut) in enumerate(zip(field.readings, field.shut, strict=True)):
        if number:
            space.set_clock(day(0), 12 + number)
            run = channel.sync(body)
        assert space.taken() == [(day(start), day(end), "ical") for start, end in shut], number
    feed = ok(space.api.get(f"/v1/feeds/{channel.feed_id}"), 200)
    assert (feed["state"], feed["unread"] > 0) == (field.state, field.state == "degraded")
    assert field.told in str(run["problems"])
    assert space.conflicts() == []
