"""A booking that was typed in is the stay that a channel lists: one stay, that neither of them opens or sells twice."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from support.channel import Channel, Space, day, stay
from support.people import Manager, fresh_guest, ok
from support.standin_client import StandIn
from support.suite import Row, Suite
from support.waiting import eventually

OURS = (day(10), day(14), "booking")
PATIENCE = 60  # s


@pytest.fixture
def space(suite: Suite, standin: StandIn, alice: Manager) -> Iterator[Space]:
    made = Space(suite, standin, alice)
    yield made
    made.api.close()


def in_conflict(space: Space, start: int = 10, end: int = 14) -> tuple[Channel, Row]:
    """A booking from the 10th to the 14th, and a channel that lists its guest on these days."""
    booking = ok(space.api.book(space.unit_id, day(10), day(14), guest=fresh_guest(), status="confirmed"))
    channel = space.connect([stay("guest", day(start), day(end))])
    return channel, booking


def at_airbnb(space: Space) -> tuple[Channel, Row]:
    """The same, as if the channel's calendar lay at Airbnb."""
    channel, booking = in_conflict(space)
    space.suite.d1("UPDATE feeds SET host = 'www.airbnb.com' WHERE id = ?1", channel.feed_id)
    space.suite.d1("UPDATE waiting_stays SET source = 'ical:www.airbnb.com' WHERE feed_id = ?1", channel.feed_id)
    return channel, booking


def resolve(space: Space, **body: Any) -> httpx.Response:
    return decide(space, *seen(space), **body)


def seen(space: Space) -> tuple[str, str]:
    """The path of the open conflict, and the tag of what is shown of it."""
    (conflict,) = space.conflicts()
    path = f"/v1/conflicts/{conflict['id']}"
    return path, space.api.get(path).headers["etag"]


def decide(space: Space, path: str, tag: str, **body: Any) -> httpx.Response:
    answer: httpx.Response = space.api.request("POST", f"{path}/resolve", json=body, headers={"If-Match": tag})
    return answer


def one_stay(space: Space) -> tuple[Channel, Row]:
    channel, booking = in_conflict(space)
    ok(resolve(space, way="same_stay", booking_id=booking["id"]), 200)
    return channel, booking


def entry(channel: Channel, start: int = 10) -> Row:
    return channel.events()[day(start)]


def exported(url: str) -> list[tuple[str, str]]:
    lines = httpx.get(url, timeout=PATIENCE).text.splitlines()
    starts = [line.split(":")[1] for line in lines if line.startswith("DTSTART")]
    ends = [line.split(":")[1] for line in lines if line.startswith("DTEND")]
    return sorted(zip(starts, ends, strict=True))


def plain(start: int, end: int) -> tuple[str, str]:
    return day(start).replace("-", ""), day(end).replace("-", "")


def test_every_other_channel_reads_its_nights_once_and_its_own_not_at_all(space: Space) -> None:
    other, own = (ok(space.api.create_export(space.unit_id, channel=one))["url"] for one in ("booking", "airbnb"))
    channel, booking = at_airbnb(space)
    eventually(lambda: exported(own) == [plain(10, 14)], what="the channel to be shown the booking")
    ok(resolve(space, way="same_stay", booking_id=booking["id"]), 200)
    shown = entry(channel)
    assert (shown["state"], shown["reason"], shown["booking_id"]) == ("waiting", "same_stay", booking["id"])
    eventually(lambda: exported(own) == [], what="the channel to have its own stay only")
    assert exported(other) == [plain(10, 14)]
    assert (space.taken(), space.conflicts()) == ([OURS], [])
    channel.sync([stay("guest", day(10), day(15))])
    eventually(lambda: exported(own) == [plain(10, 14)], what="the channel to be shown where the two differ")
    eventually(lambda: exported(other) == [plain(10, 14), plain(14, 15)], what="the other to be told of every night")


def test_who_cancels_the_entry_shows_its_channel_the_booking(space: Space) -> None:
    own = ok(space.api.create_export(space.unit_id, channel="airbnb"))["url"]
    channel, booking = at_airbnb(space)
    ok(resolve(space, way="same_stay", booking_id=booking["id"]), 200)
    eventually(lambda: exported(own) == [], what="the channel to have its own stay only")
    ok(channel.post(f"/events/{entry(channel)['id']}/cancel"), 200)
    eventually(lambda: exported(own) == [plain(10, 14)], what="the channel to be shown the booking")
    assert space.taken() == [OURS]


def test_nobody_is_known_to_list_it_at_an_address_that_was_not_read(space: Space) -> None:
    own = ok(space.api.create_export(space.unit_id, channel="airbnb"))["url"]
    channel, booking = at_airbnb(space)
    ok(resolve(space, way="same_stay", booking_id=booking["id"]), 200)
    eventually(lambda: exported(own) == [], what="the channel to have its own stay only")
    tag = space.api.get(f"/v1/feeds/{channel.feed_id}").headers["etag"]
    ok(space.api.change_feed(channel.feed_id, tag, status="paused", url=Channel(space, space.unit_id).publish()), 200)
    space.suite.cron("api")  # no schedule runs by itself in tests
    eventually(lambda: exported(own) == [plain(10, 14)], what="the channel to be shown the booking")


def test_the_booking_follows_the_channel_when_a_person_says_so(space: Space) -> None:
    channel, booking = in_conflict(space, 10, 16)
    shown = ok(resolve(space, resolution="same_stay", booking_id=booking["id"]), 200)
    assert (shown["status"], shown["resolution"]) == ("resolved", "same_stay")
    followed = ok(space.api.get(f"/v1/bookings/{booking['id']}"), 200)
    assert (followed["check_out"], followed["total"], followed["status"]) == (day(16), booking["total"], "confirmed")
    assert (space.taken(), channel.sync()["decisions"]) == ([(day(10), day(16), "booking")], [])
    channel.sync([stay("guest", day(9), day(15))])
    (conflict,) = space.conflicts()
    assert (conflict["booking_id"], conflict["start"], conflict["end"]) == (booking["id"], day(9), day(15))
    assert "same_stay" in conflict["resolutions"]
    assert space.taken() == [(day(9), day(10), "ical"), (day(10), day(16), "booking")]
    ok(resolve(space, resolution="same_stay", booking_id=booking["id"]), 200)
    assert (space.taken(), space.conflicts()) == ([(day(9), day(15), "booking")], [])


def test_what_the_booking_gives_up_is_the_stay_s_in_the_same_commit(space: Space) -> None:
    channel, booking = one_stay(space)
    ok(space.api.move(booking["id"], check_in=day(12), check_out=day(14)), 200)
    assert space.taken() == [(day(10), day(12), "ical"), (day(12), day(14), "booking")]
    ok(space.api.cancel(booking["id"]), 200)
    assert space.taken() == [(day(10), day(14), "ical")]
    assert (entry(channel)["state"], entry(channel)["booking_id"]) == ("imported", None)


def test_what_the_channel_cancels_leaves_the_booking_to_a_person(space: Space) -> None:
    channel, booking = one_stay(space)
    rest = [stay("later", day(20), day(22))]
    channel.sync([stay("guest", day(10), day(14)), *rest])
    for hour in (13, 14):
        space.set_clock(day(0), hour)
        channel.sync(rest)
    shown = entry(channel)
    assert (shown["state"], shown["booking_id"], shown["verbs"]) == ("removed", booking["id"], ["keep"])
    assert space.taken() == [OURS, (day(20), day(22), "ical")]
    kept = ok(channel.post(f"/events/{shown['id']}/keep"), 200)
    assert (kept["booking_id"], kept["state"]) == (None, "removed")
    assert ok(space.api.get(f"/v1/bookings/{booking['id']}"), 200)["status"] == "confirmed"


def test_it_is_taken_back(space: Space) -> None:
    channel, _ = one_stay(space)
    assert ok(channel.post(f"/events/{entry(channel)['id']}/separate"), 200)["booking_id"] is None
    assert channel.post(f"/events/{entry(channel)['id']}/separate").json()["code"] == "invalid_transition"
    assert len(channel.sync()["decisions"]) == 1
    assert (len(space.conflicts()), space.taken()) == (1, [OURS])


def test_two_words_that_differ_are_none(space: Space) -> None:
    _, booking = in_conflict(space)
    refused = resolve(space, way="same_stay", resolution="ignore", booking_id=booking["id"])
    assert (refused.status_code, refused.json()["code"], refused.json()["param"]) == (400, "way_differs", "way")
    missing = resolve(space, way="same_stay")
    assert (missing.status_code, missing.json()["param"]) == (422, "booking_id")
    foreign = resolve(space, way="same_stay", booking_id="bkg_00000000000000000000000000")
    assert (foreign.status_code, foreign.json()["param"]) == (422, "booking_id")
    assert resolve(space, reason="Nothing").json()["param"] == "resolution"
    ok(resolve(space, way="same_stay", resolution="same_stay", booking_id=booking["id"]), 200)


def against(space: Space, channel: Channel, booking: Row) -> list[Callable[[], object]]:
    """What others do at the same time."""
    return [
        lambda: space.api.cancel(booking["id"]),
        lambda: space.api.move(booking["id"], check_in=day(11), check_out=day(15)),
        channel.sync,
    ]


@pytest.mark.parametrize("number", range(3))
def test_at_the_same_time_as_others_no_night_opens_and_none_is_taken_twice(space: Space, number: int) -> None:
    channel, booking = in_conflict(space, 9, 14)
    other = against(space, channel, booking)[number]
    path, tag = seen(space)  # before the race: the other may end the conflict, and then there is none to be seen
    with ThreadPoolExecutor(2) as both:
        one = both.submit(decide, space, path, tag, resolution="same_stay", booking_id=booking["id"])
        second = both.submit(other)
        answer = one.result()
        second.result()
    gone = number == 0 and (answer.status_code, answer.json().get("code")) == (422, "booking_not_concerned")
    assert answer.status_code in (200, 409, 412) or gone, "a booking that has just been cancelled is in nobody's way"
    channel.sync()
    taken = sorted(space.taken())
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(taken))
    shut = {night for start, end, _ in taken for night in range(20) if start <= day(night) < end}
    assert shut >= set(range(9, 14)), "every night that the channel sold"
