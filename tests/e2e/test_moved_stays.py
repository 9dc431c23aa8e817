"""A guest of a channel is put into another unit: there the stay goes on, and the first unit can be sold."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from support.channel import Channel, Entry, Space, day, stay
from support.people import Manager, fresh_guest, ok
from support.standin_client import StandIn
from support.suite import Row, Suite
from support.waiting import eventually


@pytest.fixture
def space(suite: Suite, standin: StandIn, alice: Manager) -> Iterator[Space]:
    made = Space(suite, standin, alice)
    yield made
    made.api.close()


def airbnb(*stays: tuple[str, int, int]) -> list[Entry]:
    return [stay(code, day(start), day(end)) for code, start, end in stays]


def moved(space: Space, channel: Channel, unit_id: str, start: int = 10) -> httpx.Response:
    event = channel.events()[day(start)]
    answer: httpx.Response = channel.post(f"/events/{event['id']}/move", {"unit_id": unit_id})
    return answer


def taken(space: Space, unit_id: str) -> list[tuple[str, str, str]]:
    rows = space.suite.d1(
        "SELECT start_date, end_date, kind FROM occupancies WHERE unit_id = ?1 AND live = 1 ORDER BY start_date",
        unit_id,
    )
    return [(row["start_date"], row["end_date"], row["kind"]) for row in rows]


def exported(space: Space, url: str) -> set[tuple[str, str]]:
    lines = httpx.get(url, timeout=60).text.splitlines()
    starts = [line.split(":")[1] for line in lines if line.startswith("DTSTART")]
    ends = [line.split(":")[1] for line in lines if line.startswith("DTEND")]
    return set(zip(starts, ends, strict=True))


def nights(start: int, end: int) -> tuple[str, str]:
    return day(start).replace("-", ""), day(end).replace("-", "")


def test_a_stay_goes_on_in_another_unit_and_the_first_is_free(space: Space) -> None:
    home, other = space.unit_id, space.new_unit()
    url = ok(space.api.create_export(other, channel="airbnb"))["url"]
    channel = space.connect(airbnb(("s1", 10, 14), ("s2", 20, 22)))
    shown = ok(moved(space, channel, other), 200)
    assert (shown["unit_id"], shown["state"], shown["reason"]) == (other, "imported", "a_person_moved_it")
    assert taken(space, home) == [(day(20), day(22), "ical")]
    assert taken(space, other) == [(day(10), day(14), "ical")]
    eventually(lambda: exported(space, url) == {nights(10, 14)}, what="every channel of the other unit to be told")
    ok(space.api.book(home, day(10), day(14), guest=fresh_guest()))
    assert space.api.book(other, day(12), day(13), guest=fresh_guest()).status_code == 409
    assert channel.sync()["decisions"] == []
    channel.sync(airbnb(("s1", 11, 16), ("s2", 20, 22)))
    assert taken(space, other) == [(day(11), day(16), "ical")]
    assert taken(space, home) == [(day(10), day(14), "booking"), (day(20), day(22), "ical")]
    assert space.conflicts() == []
    changes = ok(space.api.get("/v1/events", object_id=shown["id"]), 200)["data"]
    assert [(one["type"], one["unit_id"]) for one in changes[1:]] == [
        ("occupancy.removed", home), ("feed_event.moved", other), ("occupancy.imported", other),
        ("occupancy.moved", other),
    ]  # fmt: skip


def test_what_the_channel_cancels_opens_where_it_lives_and_back_home_it_is_as_before(space: Space) -> None:
    home, other = space.unit_id, space.new_unit()
    channel = space.connect(airbnb(("s1", 10, 14), ("s2", 20, 22)))
    ok(moved(space, channel, other), 200)
    ok(moved(space, channel, other, 20), 200)
    assert ok(moved(space, channel, home, 20), 200)["unit_id"] is None
    assert taken(space, home) == [(day(20), day(22), "ical")]
    space.set_clock(day(0), 13)
    channel.sync(airbnb(("s2", 20, 22)))
    space.set_clock(day(0), 14)
    channel.sync(airbnb(("s2", 20, 22)))
    assert (taken(space, other), taken(space, home)) == ([], [(day(20), day(22), "ical")])


def test_a_conflict_ends_by_moving_the_guest(space: Space) -> None:
    home, other = space.unit_id, space.new_unit()
    ok(space.api.book(home, day(12), day(15), guest=fresh_guest()))
    channel = space.connect(airbnb(("s1", 10, 14)))
    assert len(space.conflicts()) == 1
    ok(moved(space, channel, other), 200)
    assert space.conflicts() == []
    assert taken(space, home) == [(day(12), day(15), "booking")]
    assert taken(space, other) == [(day(10), day(14), "ical")]
    channel.sync(airbnb(("s1", 10, 18)))
    assert taken(space, other) == [(day(10), day(18), "ical")]


def test_where_there_is_no_room_nothing_changes(space: Space) -> None:
    home, other = space.unit_id, space.new_unit()
    booking: Row = ok(space.api.book(other, day(13), day(15), guest=fresh_guest()))
    channel = space.connect(airbnb(("s1", 10, 14)))
    refused = moved(space, channel, other)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [booking["occupancy_id"]]
    assert taken(space, home) == [(day(10), day(14), "ical")]
    absent = moved(space, channel, "unit_00000000000000000000000000")
    assert (absent.status_code, absent.json()["code"], absent.json()["param"]) == (404, "unit_not_found", "unit_id")
    ok(space.api.cancel(booking["id"]), 200)
    assert ok(moved(space, channel, other), 200)["unit_id"] == other


def test_what_takes_no_nights_and_units_that_are_not_let_are_refused(space: Space) -> None:
    other = space.new_unit()
    channel = space.connect(airbnb(("s1", 10, 14)))
    ok(space.api.request("PATCH", f"/v1/units/{other}", json={"status": "inactive"}, headers={"If-Match": '"1"'}), 200)
    assert moved(space, channel, other).json()["code"] == "unit_not_active"
    event = channel.events()[day(10)]
    ok(channel.post(f"/events/{event['id']}/cancel"), 200)
    assert moved(space, channel, space.new_unit()).json()["code"] == "invalid_transition"
