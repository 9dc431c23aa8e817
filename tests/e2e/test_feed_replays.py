"""Days and weeks of channels' calendars, replayed with the clock of a test space: what was paid for by others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from support.channel import Channel, Entry, Space, closed, day, decided, ics, stay
from support.people import Manager, ok
from support.standin_client import StandIn
from support.suite import Suite


@pytest.fixture
def space(suite: Suite, standin: StandIn, alice: Manager) -> Iterator[Space]:
    made = Space(suite, standin, alice)
    yield made
    made.api.close()


def test_the_incident_of_two_empty_calendars_removes_nothing_and_heals(space: Space) -> None:
    one = [stay("guest", day(-2), day(3)), stay("next", day(5), day(8))]
    other = [("b1@booking.com", day(10), day(12), "CLOSED - Not available")]
    airbnb, booking = space.connect(one), space.connect(other)
    before = space.taken()
    assert len(before) == 3
    for hours in (13, 14, 20, 30):
        space.set_clock(day(0), hours)
        for channel in (airbnb, booking):
            run = channel.sync([])
            assert (run["status"], run["removed"], run["decisions"]) == ("succeeded", 0, [])
            assert "empty" in run["problems"][0]
        assert space.taken() == before
    space.set_clock(day(0), 31)
    for channel, entries in ((airbnb, one), (booking, other)):
        assert channel.sync(entries)["problems"] == []
    assert (space.taken(), space.conflicts()) == (before, [])


def test_a_rolling_window_creates_nothing_in_thirty_days(space: Space) -> None:
    def today(number: int) -> list[Entry]:
        return [
            closed(f"tonight{number}", day(number), day(number + 1)),
            closed(f"window{number}", day(number + 180), day(number + 365)),
            closed(f"notice{number}", day(number), day(number + 2)),
            stay("guest", day(40), day(44)), closed("before", day(39), day(40)), closed("after", day(44), day(45)),
        ]  # fmt: skip

    channel = space.connect(today(0))
    for number in range(1, 31):
        space.set_clock(day(number))
        run = channel.sync(today(number))
        assert (run["created"], run["conflicts"]) == (0, 0), (number, run["decisions"])
        taken = [one for one in space.taken() if one[1] > day(max(number, 2))]  # the first day has no yesterday
        assert taken == [(day(40), day(44), "ical")], (number, taken)
    assert space.conflicts() == [] and space.conflicts("resolved") == []


def test_the_echo_loop_of_two_channels_leaves_no_phantom(space: Space) -> None:
    loop = Loop(space)
    loop.stays["a"] = {"guest": (day(5), day(9)), "late": (day(20), day(24))}
    for number in range(1, 31):
        space.set_clock(day(number))
        if number == 4:
            del loop.stays["a"]["late"]  # its echo at the other channel is all that is left of it
        if number == 12:
            loop.stays["b"]["new"] = (day(27), day(29))
        loop.turn()
        space.set_clock(day(number), 13)
        loop.turn()
        wanted = {nights for stays in loop.stays.values() for nights in stays.values() if nights[1] > day(number)}
        assert {(start, end) for start, end, _ in space.taken() if end > day(number)} == wanted, number
        assert space.conflicts() == []
    assert space.conflicts("resolved") == []


class Loop:
    """Two channels on one unit that close what they read in our export, and tell it back as closed."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.stays: dict[str, dict[str, tuple[str, str]]] = {"a": {}, "b": {}}
        self.channels: dict[str, Channel] = {name: space.connect([]) for name in self.stays}
        self.url = ok(space.api.create_export(space.unit_id))["url"]
        self.turns = 0

    def turn(self) -> None:
        """Both channels read our export, and we read both."""
        self.turns += 1
        ours = self._exported()
        for name, channel in self.channels.items():
            own = self.stays[name].items()
            entries = [stay(f"{name}{code}", *nights) for code, nights in own]
            entries += [
                closed(f"{name}{self.turns}{start}", start, end)
                for start, end in ours if (start, end) not in self.stays[name].values()
            ]  # fmt: skip
            channel.sync(entries)

    def _exported(self) -> list[tuple[str, str]]:
        self.space.suite.rpc(
            "calsync", "render_export", f'{{"tenant_id":"{self.space.tenant_id}","unit_id":"{self.space.unit_id}"}}'
        )
        text = self.space.api.ical(self.url).text
        found = re.findall(r"DTSTART;VALUE=DATE:(\d{4})(\d\d)(\d\d)\r\nDTEND;VALUE=DATE:(\d{4})(\d\d)(\d\d)", text)
        return [("-".join(one[:3]), "-".join(one[3:])) for one in found]


def test_a_stay_with_a_new_uid_each_day_stays_one_stay(space: Space) -> None:
    """Booking.com: another UID each day, and the past is cut off, so that only the day of departure is stable."""
    channel = space.connect([("u0@booking.com", day(1), day(5), "CLOSED - Not available")])
    (occupancy,) = space.suite.d1("SELECT id FROM occupancies WHERE unit_id = ?", space.unit_id)
    for number in range(1, 5):
        space.set_clock(day(number))
        run = channel.sync([(f"u{number}@booking.com", day(max(number, 1)), day(5), "CLOSED - Not available")])
        assert decided(run) == [("matched", "same_nights")]
        assert run["decisions"][0]["event_id"] == occupancy["id"]
        assert space.taken() == [(day(1), day(5), "ical")]
    assert space.conflicts("resolved") == []


def test_mass_disappearance_waits_for_a_day_or_a_person(space: Space) -> None:
    entries = [stay(code, day(at), day(at + 2)) for code, at in (("a", 5), ("b", 10), ("c", 15))]
    channel = space.connect(entries)
    run = channel.sync(entries[:1])
    assert decided(run) == [("missing", "missed_together")] * 2
    assert "2 entries vanished together" in run["problems"][0]
    space.set_clock(day(0), 20)
    assert channel.sync(entries[:1])["removed"] == 0
    space.set_clock(day(1), 12.5)
    assert decided(channel.sync(entries[:1])) == [("removed", "missed_for_a_day")] * 2
    assert space.taken() == [(day(5), day(7), "ical")]
    assert decided(channel.sync(entries)) == [("reinstated", "listed_again")] * 2
    channel.sync(entries[:1])
    assert ok(channel.post("/accept_missing"), 200) == {"removed": 2, "left": 0}
    assert space.taken() == [(day(5), day(7), "ical")]


def test_a_cut_off_calendar_and_a_log_in_page_change_nothing(space: Space) -> None:
    channel = space.connect([stay("a", day(5), day(7))])
    for body in (ics([])[:-20], b"<html>Log in</html>", b""):
        assert channel.sync(body)["status"] == "failed"
    assert space.taken() == [(day(5), day(7), "ical")]
