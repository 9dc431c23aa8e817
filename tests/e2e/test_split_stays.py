"""A channel's stay that something is in the way of: the other nights are shut everywhere at once, and all of them as
soon as that goes, in the commit in which it goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from support.channel import Space, day, stay
from support.people import Manager, fresh_guest, ok
from support.standin_client import StandIn
from support.suite import Row, Suite
from support.waiting import eventually

WEEK = (10, 17)
GUEST = [stay("guest", day(10), day(17))]
Undo = Callable[[], object]


def shut(space: Space, unit: str | None = None) -> list[int]:
    """The nights that the calendar shows as taken, counted from the first day."""
    shown = ok(space.api.calendar(unit or space.unit_id, day(0), day(40)), 200)["data"]
    return [number for number, night in enumerate(shown) if night["state"] == "taken"]


def conflicts(space: Space) -> list[Row]:
    """The open conflicts of the unit."""
    return list(ok(space.api.get("/v1/conflicts", status="open", unit_id=space.unit_id), 200)["data"])


def resolve(space: Space, conflict: str, **how: str) -> None:
    path, headers = f"/v1/conflicts/{conflict}/resolve", {"If-Match": '"1"'}
    ok(space.api.request("POST", path, json=how, headers=headers), 200)


def booked(space: Space) -> Undo:
    made = ok(space.api.book(space.unit_id, day(12), day(13), guest=fresh_guest()))
    return lambda: ok(space.api.cancel(made["id"]), 200)


def moved_away(space: Space) -> Undo:
    made = ok(space.api.book(space.unit_id, day(12), day(13), guest=fresh_guest()))
    return lambda: ok(space.api.move(made["id"], check_in=day(30), check_out=day(31)), 200)


def moved_elsewhere(space: Space) -> Undo:
    made, other = ok(space.api.book(space.unit_id, day(12), day(13), guest=fresh_guest())), space.new_unit()
    return lambda: ok(space.api.move(made["id"], unit_id=other), 200)


def held(space: Space) -> Undo:
    made = ok(space.api.hold(space.unit_id, day(12), day(13)))
    return lambda: space.api.request("DELETE", f"/v1/holds/{made['id']}").raise_for_status()


def held_until(space: Space) -> Undo:
    ok(space.api.hold(space.unit_id, day(12), day(13), ttl_seconds=60))
    return lambda: ok(space.api.request("PUT", "/v1/test_clock", json={"frozen_time": f"{day(0)}T12:05:00Z"}), 200)


def blocked(space: Space) -> Undo:
    made = ok(space.api.block(space.unit_id, day(12), day(13)))
    return lambda: space.api.delete_block(made["id"]).raise_for_status()


def shifted(space: Space) -> Undo:
    made = space.api.block(space.unit_id, day(12), day(13))
    ok(made)
    return lambda: ok(
        space.api.move_block(made.json()["id"], made.headers["etag"], start=day(30), end=day(31)), 200
    )  # fmt: skip


def let(space: Space) -> Undo:
    made = ok(space.api.create_lease(space.unit_id, day(12), day(15)))
    ok(space.api.lease(made["id"], "activate"), 200)
    return lambda: ok(space.api.lease(made["id"], "terminate", date=day(12)), 200)


WAYS = [booked, moved_away, moved_elsewhere, held, held_until, blocked, shifted, let]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_is_free_of_a_stay_is_shut_at_once_and_all_of_it_when_the_obstacle_goes(space: Space, way: object) -> None:
    undo = way(space)  # type: ignore[operator]
    channel = space.connect(GUEST)
    (conflict,) = conflicts(space)
    assert shut(space) == list(range(*WEEK))
    event = channel.events()[day(10)]
    assert (event["state"], event["nights"]) == ("conflict", [day(10), day(17)])
    assert event["ranges"][0] == [day(10), day(12)] and event["ranges"][-1][1] == day(17)
    undo()
    assert space.taken()[0] == (day(10), day(17), "ical"), "in the same commit, and in one piece"
    assert (conflicts(space), channel.events()[day(10)]["state"]) == ([], "imported")
    told = ok(space.api.get(f"/v1/conflicts/{conflict['id']}"), 200)
    assert (told["resolution"], [one["type"] for one in told["history"]]) == (
        "fits", ["conflict.opened", "conflict.resolved"],
    )  # fmt: skip
    assert channel.sync()["decisions"] == []


def test_other_channels_read_of_every_night(space: Space) -> None:
    url = ok(space.api.create_export(space.unit_id, channel="vrbo"))["url"]
    made = ok(space.api.book(space.unit_id, day(12), day(13), guest=fresh_guest()))
    space.connect(GUEST)

    def nights() -> list[tuple[str, str]]:
        lines = space.api.ical(url).raise_for_status().text.splitlines()
        dates = [line[-8:] for line in lines if line.startswith(("DTSTART", "DTEND"))]
        return sorted(zip(dates[::2], dates[1::2], strict=True))

    def compact(*offsets: int) -> list[str]:
        return [day(offset).replace("-", "") for offset in offsets]

    split = list(zip(compact(10, 12, 13), compact(12, 13, 17), strict=True))
    eventually(lambda: nights() == split, what="the export to show each range")
    ok(space.api.cancel(made["id"]), 200)
    eventually(lambda: nights() == list(zip(compact(10), compact(17), strict=True)), what="the export to show one")


def test_other_channels_read_of_nights_that_a_hold_has_before_the_guest(space: Space) -> None:
    url = ok(space.api.create_export(space.unit_id, channel="vrbo"))["url"]
    ok(space.api.hold(space.unit_id, day(12), day(13)))
    ok(space.api.hold(space.unit_id, day(30), day(31)))
    space.connect(GUEST)
    sold = [day(number).replace("-", "") for number in (10, 12, 13)]

    def shown() -> bool:
        return sorted(re.findall(r"DTSTART;VALUE=DATE:(\d+)", space.api.ical(url).text)) == sold

    eventually(shown, what="the export to show every night that is sold, and not the hold that is in nobody's way")


def test_a_stay_that_vanishes_opens_all_of_its_ranges(space: Space) -> None:
    ok(space.api.book(space.unit_id, day(12), day(13), guest=fresh_guest()))
    other = stay("other", day(30), day(31))
    channel = space.connect([*GUEST, other])
    channel.sync([other])
    assert (shut(space), len(conflicts(space))) == ([*range(*WEEK), 30], 1), "a channel may leave it out by mistake"
    space.set_clock(day(0), 13)
    channel.sync([other])
    assert (shut(space), conflicts(space)) == ([12, 30], [])


@pytest.mark.parametrize(("imported", "left"), [("release", [12]), ("keep", list(range(*WEEK)))])
def test_a_feed_that_is_deleted_opens_all_ranges_or_none(space: Space, imported: str, left: list[int]) -> None:
    made = ok(space.api.book(space.unit_id, day(12), day(13), guest=fresh_guest()))
    channel = space.connect(GUEST)
    space.api.request(
        "DELETE", f"/v1/feeds/{channel.feed_id}", params={"imported": imported}
    ).raise_for_status()  # fmt: skip
    assert (shut(space), conflicts(space)) == (left, [])
    ok(space.api.cancel(made["id"]), 200)
    assert shut(space) == [night for night in left if night != 12], "nobody waits any more"


def test_a_stay_that_moves_takes_what_is_free_of_its_new_nights_and_opens_its_old_ones(space: Space) -> None:
    ok(space.api.book(space.unit_id, day(20), day(21), guest=fresh_guest()))
    channel = space.connect(GUEST)
    channel.sync([stay("guest", day(15), day(24))])
    assert (shut(space), len(conflicts(space))) == (list(range(15, 24)), 1)
    channel.sync([stay("guest", day(15), day(20))])
    assert (shut(space), conflicts(space)) == (list(range(15, 21)), [])


def test_two_stays_of_two_channels_that_overlap_leave_no_night_open(space: Space) -> None:
    first, second = space.connect(GUEST), space.connect([stay("late", day(14), day(20))])
    assert (shut(space), len(conflicts(space))) == (list(range(10, 20)), 1)
    for hour in (13, 14):
        space.set_clock(day(0), hour)
        first.sync([stay("far", day(30), day(31))])
    assert (second.events()[day(14)]["state"], conflicts(space)) == ("imported", [])
    assert shut(space) == [*range(14, 20), 30]


def test_a_villa_is_shut_with_its_rooms_and_a_room_with_the_villa(space: Space) -> None:
    villa, rooms = space.unit_id, [space.new_unit(), space.new_unit()]
    ok(space.api.set_parts(villa, rooms), 200)
    in_room = ok(space.api.book(rooms[0], day(12), day(13), guest=fresh_guest()))
    space.connect(GUEST)
    assert [shut(space, unit) for unit in (villa, *rooms)] == [list(range(*WEEK))] * 3
    refused = ok(space.api.book(rooms[1], day(12), day(13), guest=fresh_guest()), 409)
    assert refused["conflicts"][0]["kind"] == "ical", "the guest of the villa has bought the other room as well"
    ok(space.api.cancel(in_room["id"]), 200)
    assert len(space.taken()) == 1
    assert [shut(space, unit) for unit in (villa, *rooms)] == [list(range(*WEEK))] * 3

    space.unit_id = rooms[1]
    whole = ok(space.api.book(villa, day(24), day(25), guest=fresh_guest()))
    space.connect([stay("room", day(22), day(28))])
    assert shut(space, rooms[1]) == [*range(*WEEK), *range(22, 28)]
    ok(space.api.cancel(whole["id"]), 200)
    assert (shut(space, rooms[1]), shut(space, rooms[0])) == ([*range(*WEEK), *range(22, 28)], list(range(*WEEK)))
    assert space.taken()[-1] == (day(22), day(28), "ical")


def test_a_villa_that_has_no_rooms_any_more_is_shut_on_all_nights(space: Space) -> None:
    villa, room = space.unit_id, space.new_unit()
    ok(space.api.set_parts(villa, [room]), 200)
    in_room = ok(space.api.book(room, day(12), day(13), guest=fresh_guest()))
    space.connect(GUEST)
    assert len(space.taken()) == 2
    ok(space.api.set_parts(villa, []), 200)
    assert (space.taken(), conflicts(space), shut(space, room)) == ([(day(10), day(17), "ical")], [], [12])
    ok(space.api.cancel(in_room["id"]), 200)
    assert shut(space, room) == []


def test_the_other_rooms_open_with_the_villa_or_without_it(space: Space) -> None:
    villa, rooms = space.unit_id, [space.new_unit(), space.new_unit()]
    taken, other = rooms
    ok(space.api.set_parts(villa, rooms), 200)
    ok(space.api.book(taken, day(10), day(17), guest=fresh_guest()))
    channel = space.connect(GUEST)
    assert (shut(space, other), channel.events()[day(10)]["ranges"]) == (list(range(*WEEK)), [])
    ok(space.api.set_parts(villa, [taken]), 200)
    assert shut(space, other) == []
    ok(space.api.set_parts(villa, rooms), 200)
    assert shut(space, other) == list(range(*WEEK))
    channel.sync([stay("guest", day(12), day(15))])
    assert shut(space, other) == [12, 13, 14]
    space.api.delete_feed(channel.feed_id, imported="release").raise_for_status()
    assert (shut(space, other), shut(space, taken)) == ([], list(range(*WEEK)))


def test_whose_rooms_are_sold_chooses_for_all_of_them(space: Space) -> None:
    villa, rooms = space.unit_id, [space.new_unit(), space.new_unit()]
    ok(space.api.set_parts(villa, rooms), 200)
    nights = zip(rooms, (12, 14), strict=True)
    made = [ok(space.api.book(room, day(night), day(night + 1), guest=fresh_guest())) for room, night in nights]
    space.connect(GUEST)
    (conflict,) = conflicts(space)
    resolve(space, conflict["id"], resolution="keep_theirs", reason="Sold twice")
    assert [ok(space.api.get_booking(one["id"]), 200)["status"] for one in made] == ["cancelled"] * 2
    assert [shut(space, unit) for unit in (villa, *rooms)] == [list(range(*WEEK))] * 3
    assert conflicts(space) == []


def test_bookings_that_change_places_keep_the_nights_that_a_stay_waits_for(space: Space) -> None:
    unit, other = space.unit_id, space.new_unit()
    one = ok(space.api.book(unit, day(12), day(13), guest=fresh_guest()))
    two = ok(space.api.book(other, day(12), day(14), guest=fresh_guest()))
    space.connect(GUEST)
    ok(space.api.post("/v1/bookings/swap", {"booking_id": one["id"], "other_booking_id": two["id"]}), 409)
    ok(space.api.move(two["id"], check_out=day(13)), 200)
    ok(space.api.post("/v1/bookings/swap", {"booking_id": one["id"], "other_booking_id": two["id"]}), 200)
    assert (shut(space), len(conflicts(space))) == (list(range(*WEEK)), 1)
    ok(space.api.cancel(two["id"]), 200)
    assert (space.taken(), conflicts(space)) == ([(day(10), day(17), "ical")], [])


@pytest.mark.parametrize("way", ["keep_ours", "keep_theirs"])
def test_a_resolution_ends_in_one_piece_or_in_none(space: Space, way: str) -> None:
    made = ok(space.api.book(space.unit_id, day(12), day(13), guest=fresh_guest()))
    channel = space.connect(GUEST)
    (conflict,) = conflicts(space)
    assert conflict["theirs"]["ranges"] == [[day(10), day(12)], [day(13), day(17)]]
    resolve(space, conflict["id"], resolution=way, **({"reason": "Sold twice"} if way == "keep_theirs" else {}))
    left = [(day(10), day(17), "ical")] if way == "keep_theirs" else [(day(12), day(13), "booking")]
    assert (space.taken(), conflicts(space), channel.sync()["decisions"]) == (left, [], [])
    status = ok(space.api.get(f"/v1/bookings/{made['id']}"), 200)["status"]
    assert status == ("cancelled" if way == "keep_theirs" else "confirmed")


def test_a_hold_that_runs_out_in_real_time_opens_its_nights_to_the_stay(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    unit = alice.new_unit()
    ok(alice.api.hold(unit, day(12), day(13), ttl_seconds=60))
    url = standin.put_airbnb("hold-in-the-way", [(day(10), day(17), "HM12345678")])
    feed = ok(alice.api.create_feed(unit, url))["id"]
    ended = "SELECT id FROM feed_runs WHERE feed_id = ? AND status <> 'queued'"
    eventually(lambda: suite.d1(ended, feed), what="the import to end")
    suite.d1("UPDATE occupancies SET expires_at = 1 WHERE unit_id = ?1 AND kind = 'hold'", unit)
    refused = alice.api.book(unit, day(12), day(13), guest=fresh_guest())
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable"), "the channel's guest was first"
