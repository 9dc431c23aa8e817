"""Timed entries become nights of the property, also when the clocks change."""

from __future__ import annotations

import pytest
from support.channel import Space
from support.people import Manager
from support.standin_client import StandIn
from support.suite import Suite

ZONES = [
    ("Europe/Zurich", "20270327T230000Z", "20270329T080000Z", ("2027-03-28", "2027-03-29")),
    ("America/New_York", "20270314T030000Z", "20270316T140000Z", ("2027-03-13", "2027-03-16")),
    ("Asia/Kolkata", "20270310T183000Z", "20270312T053000Z", ("2027-03-11", "2027-03-12")),
    ("Pacific/Auckland", "20270403T110000Z", "20270404T220000Z", ("2027-04-04", "2027-04-05")),
]


@pytest.mark.parametrize(("zone", "start", "end", "nights"), ZONES)
def test_a_stay_across_a_change_of_the_clocks(
    suite: Suite, standin: StandIn, alice: Manager, zone: str, start: str, end: str, nights: tuple[str, str]
) -> None:
    space = Space(suite, standin, alice, zone)
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:z", f"DTSTART:{start}", f"DTEND:{end}", "END:VEVENT",
             "END:VCALENDAR", ""]  # fmt: skip
    space.connect("\r\n".join(lines).encode())
    assert space.taken() == [(*nights, "ical")]
