"""What a preview says of each entry."""

from __future__ import annotations

import itertools

from calsync.feeds import sync
from calsync.ical.models import Event, Reading
from calsync.previews.rules import Taken, entries

TODAY = "2026-11-10"


def outcomes(events: list[Event], *taken: Taken) -> list[tuple[str, str, str | None]]:
    numbers = itertools.count()
    reading = Reading(events=events, problems=[])
    decision = sync.decide({}, reading, today=TODAY, now=0, new_id=lambda prefix: f"{prefix}_{next(numbers)}")
    return [(one.start, one.outcome, one.reason) for one in entries(reading, decision, taken, TODAY)]


def test_what_is_free_is_created_what_is_taken_is_a_conflict_and_what_is_over_ignored() -> None:
    events = [
        Event("late", "2026-12-20", "2026-12-22", "Reserved"),
        Event("over", "2026-11-01", "2026-11-10", "Reserved"),
        Event("free", "2026-12-01", "2026-12-05", "Reserved"),
        Event("taken", "2026-12-05", "2026-12-08", "Reserved"),
        Event("twin", "2026-12-20", "2026-12-23", "Reserved"),
    ]
    booked = Taken("2026-12-07", "2026-12-09", "booking")
    assert outcomes(events, booked, Taken("2026-12-22", "2026-12-24", "maintenance")) == [
        ("2026-11-01", "ignore", "It is over."),
        ("2026-12-01", "create", None),
        ("2026-12-05", "conflict", "Its nights are taken by a booking."),
        ("2026-12-20", "create", None),
        ("2026-12-20", "conflict", "Another entry of this calendar has the same nights."),
    ]


def test_ranges_of_several_parts_are_all_in_the_way() -> None:
    events = [Event(f"e{day}", f"2026-12-{day:02}", f"2026-12-{day + 1:02}", "Reserved") for day in range(1, 9)]
    parts = [Taken("2026-12-02", "2026-12-06", "booking"), Taken("2026-12-03", "2026-12-04", "lease"),
             Taken("2026-12-07", "2026-12-08", "hold")]  # fmt: skip
    assert [outcome for _, outcome, _ in outcomes(events, *parts)] == [
        "create", "conflict", "conflict", "conflict", "conflict", "create", "conflict", "create",
    ]  # fmt: skip
