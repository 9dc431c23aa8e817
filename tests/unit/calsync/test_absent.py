"""What a calendar lists and takes back: cancelled entries, free time, and calendars that cancel what they list."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from calsync.ical.models import Reading
from calsync.ical.reader import read
from propflow.clock import HOUR
from tests.unit.calsync.calendars import calendar
from tests.unit.calsync.core_database import Core
from tests.unit.calsync.runs import last_run, run

ZURICH = ZoneInfo("Europe/Zurich")
TODAY = date(2026, 11, 28)
NOW = 1_794_300_000_000
NIGHT = "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261212"
OTHER = "UID:b\nDTSTART;VALUE=DATE:20261220\nDTEND;VALUE=DATE:20261222"
ABSENT = ["STATUS:CANCELLED", "STATUS:canceled", "STATUS: Canceled", "TRANSP:TRANSPARENT", "TRANSP:transparent"]


def reading(*entries: str, method: str = "") -> Reading:
    body = calendar(*entries)
    return read(body.replace(b"BEGIN:VEVENT", f"{method}BEGIN:VEVENT".encode(), 1), ZURICH, TODAY)


def starts(found: Reading) -> list[str]:
    return sorted(event.start for event in found.events)


@pytest.mark.parametrize("word", ABSENT)
def test_an_entry_that_takes_no_nights_is_counted_and_not_imported(word: str) -> None:
    spaced = ": " in word  # an entry is written in one hand
    found = reading(f"{NIGHT}\n{word}".replace("DATE:2026", "DATE: 2026" if spaced else "DATE:2026"), OTHER)
    assert starts(found) == ["2026-12-20"]
    assert (found.cancelled, found.free) == ((0, 1) if "TRANSP" in word else (1, 0))
    assert [(problem.code, problem.lost) for problem in found.problems] == (
        [("free_time", False)] if "TRANSP" in word else []
    )


@pytest.mark.parametrize("word", [ABSENT[0], ABSENT[1], ABSENT[3]])
def test_in_series_and_their_changes_too(word: str) -> None:
    weekly = f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=3"
    change = f"UID:a\nRECURRENCE-ID;VALUE=DATE:20261217\nDTSTART;VALUE=DATE:20261217\n{word}"
    assert starts(reading(weekly, change)) == ["2026-12-10", "2026-12-24"]
    assert starts(reading(f"{weekly}\n{word}", OTHER)) == ["2026-12-20"]
    moved = "UID:a\nRECURRENCE-ID;VALUE=DATE:20261217\nDTSTART;VALUE=DATE:20261218"
    assert starts(reading(f"{weekly}\n{word}", moved)) == ["2026-12-18"]


@pytest.mark.parametrize("method", ["METHOD:CANCEL\n", "method: cancel\n"])
def test_a_calendar_that_cancels_lists_nothing(method: str) -> None:
    found = reading(NIGHT, OTHER, f"{NIGHT}\nRRULE:FREQ=DAILY;COUNT=2", method=method)
    assert (found.events, found.cancelled) == ([], 3)


def test_only_the_calendar_that_says_so_cancels() -> None:
    cancelling = calendar(NIGHT).replace(b"BEGIN:VEVENT", b"METHOD:CANCEL\nBEGIN:VEVENT")
    found = read(cancelling + calendar(OTHER), ZURICH)
    assert starts(found) == ["2026-12-20"]
    assert starts(read(calendar(OTHER) + cancelling, ZURICH)) == ["2026-12-20"]
    assert starts(reading(NIGHT, method="METHOD:PUBLISH\n")) == ["2026-12-10"]


@pytest.mark.parametrize("word", [ABSENT[1], ABSENT[3]])
def test_nights_open_by_two_readings_as_when_it_is_not_listed(word: str) -> None:
    core = Core()
    run(core, reading(NIGHT, OTHER), NOW)
    run(core, reading(f"{NIGHT}\n{word}", OTHER), NOW + HOUR)
    assert len(core.live()) == 2
    run(core, reading(f"{NIGHT}\n{word}", OTHER), NOW + 2 * HOUR)
    ignored = int("TRANSP" in word)
    assert (last_run(core)["seen"], last_run(core)["ignored"]) == (1 + ignored, ignored)
    assert core.live() == [("2026-12-20", "2026-12-22")]


BUSY = (
    "BEGIN:VCALENDAR\nMETHOD:PUBLISH\nBEGIN:VFREEBUSY\nUID:fb\nDTSTART:20261201T000000Z\n{}\nEND:VFREEBUSY\n"
    "END:VCALENDAR\n"
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("FREEBUSY:20261210T140000Z/20261212T090000Z", [("2026-12-10", "2026-12-12")]),
        ("FREEBUSY;FBTYPE=BUSY:20261210T140000Z/P3D,20261220T140000Z/PT20H",
         [("2026-12-10", "2026-12-13"), ("2026-12-20", "2026-12-21")]),
        ("FREEBUSY;FBTYPE=FREE:20261210T140000Z/P3D\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20261220T140000Z/P1D",
         [("2026-12-20", "2026-12-21")]),
        ("FREEBUSY:20261210T140000Z/P3D\nFREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261212T140000Z/P3D",
         [("2026-12-10", "2026-12-15")]),
        ("FREEBUSY:20261210T000000Z/20261212T225959Z", [("2026-12-10", "2026-12-13")]),
        ("FREEBUSY;FBTYPE=FREE:20261210T140000Z/P3D", []),
    ],
)  # fmt: skip
def test_published_busy_times_are_shut(lines: str, expected: list[tuple[str, str]]) -> None:
    found = read(BUSY.format(lines).encode(), ZURICH)
    assert [(event.start, event.end) for event in found.events] == expected
    assert [(problem.code, problem.lost) for problem in found.problems] == ([("free_busy", False)] if expected else [])


def test_busy_times_that_an_entry_says_already_are_no_stays_of_their_own() -> None:
    times = "FREEBUSY:20261210T140000Z/20261212T090000Z,20261220T140000Z/20261223T090000Z"
    both = BUSY.format(times).replace("BEGIN:VFREEBUSY", f"BEGIN:VEVENT\n{NIGHT}\nEND:VEVENT\nBEGIN:VFREEBUSY")
    assert [event.start for event in read(both.encode(), ZURICH).events] == ["2026-12-10", "2026-12-20"]


@pytest.mark.parametrize(
    "line", ["FREEBUSY:tomorrow", "FREEBUSY:20261210T140000Z", "FREEBUSY:20261212T140000Z/20261210T140000Z"]
)
def test_busy_times_that_cannot_be_read_are_told(line: str) -> None:
    found = read(BUSY.format(line).encode(), ZURICH)
    assert (found.events, found.lost) == ([], 1)
