"""The channels' calendars are read to the night, each in its shape; what is no calendar is an error."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from calsync.feeds.kinds import kind_of
from calsync.ical import common
from calsync.ical.lines import unfolded
from calsync.ical.models import CalendarBroken
from calsync.ical.reader import read
from tests.unit.calsync import shapes

ZURICH = ZoneInfo("Europe/Zurich")
TODAY = date(2026, 11, 28)
A, B = ("a" * 32, "2026-12-10", "2026-12-14"), ("b" * 32, "2026-12-14", "2026-12-16")
YEAR = ("c" * 32, "2027-01-01", "2027-12-31")
READ_A, READ_B = ("2026-12-10", "2026-12-14", "stay"), ("2026-12-14", "2026-12-16", "stay")
READ_YEAR = ("2027-01-01", "2027-12-31", "block")
VRBO_BLOCK = (shapes.vrbo_block_uid("2026-12-10", "2026-12-14"), "2026-12-10", "2026-12-14")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (shapes.airbnb([A], [B]), [READ_A, ("2026-12-14", "2026-12-16", "block")]),
        (shapes.airbnb(), []),
        (shapes.airbnb([], [YEAR]), [READ_YEAR]),
        (
            shapes.airbnb_rolling("2026-11-28"),
            [
                READ_A, ("2026-11-28", "2026-11-29", "block"), ("2027-06-01", "2027-11-28", "block"),
                ("2026-12-14", "2026-12-15", "block"),
            ],
        ),
        (shapes.booking([A, B]), [READ_A, READ_B]),
        (shapes.booking([A, YEAR], end="\n"), [READ_A, READ_YEAR]),
        (shapes.booking([("d", "2026-12-10", "2026-12-16")]), [("2026-12-10", "2026-12-16", "stay")]),  # two, merged
        (shapes.vrbo([A]), [READ_A]),
        (shapes.vrbo([A], "Réservée - M & Mme"), [READ_A]),
        (shapes.vrbo([A], "Provisoire - Sylvie"), [READ_A]),
        (shapes.vrbo([VRBO_BLOCK], "Blocked"), [("2026-12-10", "2026-12-14", "block")]),
        (shapes.marked_and_folded(shapes.vrbo([A], "Réservée - Mélanie")), [READ_A]),
        (shapes.smoobu("s", "2026-12-10", "2026-12-14"), [("2026-12-10", "2026-12-15", "stay")]),
        (shapes.guesty([A, B]), [READ_A, READ_B]),
    ],
)  # fmt: skip
def test_shapes(body: bytes, expected: list[tuple[str, str, str]]) -> None:
    reading = read(body, ZURICH, TODAY)
    assert [(event.start, event.end, kind_of(event)) for event in reading.events] == expected


def test_hundreds_of_single_nights() -> None:
    events = read(shapes.expedia("2026-01-01", 388), ZURICH, TODAY).events
    assert len({event.uid for event in events}) == 388
    assert {kind_of(event) for event in events} == {"block"}


@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_google_repeats_by_its_own_clock_in_any_home(zone: str) -> None:
    body = shapes.google(zone, "FREQ=WEEKLY;UNTIL=20270610T230000Z")
    events = read(body, ZoneInfo(zone), TODAY).events
    assert [event.uid for event in events][:2] == ["r@google.com#20261210", "r@google.com#20261224"]
    assert all(date.fromisoformat(event.end) > date.fromisoformat(event.start) for event in events)
    assert {date.fromisoformat(event.start).weekday() for event in events} == {3}  # across all changes of the clocks


@pytest.mark.parametrize("body", [b"", shapes.HTML_LOGIN, shapes.truncated(shapes.airbnb([A, B]))])
def test_what_is_no_calendar(body: bytes) -> None:
    with pytest.raises(CalendarBroken):
        read(body, ZURICH, TODAY)


@pytest.mark.parametrize(
    "body", [shapes.airbnb([A], [B]), shapes.booking([A, B]), shapes.vrbo([A]), shapes.guesty([A])]
)
def test_the_channels_take_the_fast_way(body: bytes) -> None:
    text = unfolded(body)
    assert common.match(text, text.index("BEGIN:VEVENT"))
