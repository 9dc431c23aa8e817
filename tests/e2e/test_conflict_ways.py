"""What people do about a channel's calendar: the ways out of a conflict, and decisions taken back. Runs keep to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.channel import Channel, Space, closed, day, decided, stay
from support.people import Manager, fresh_guest, ok
from support.standin_client import StandIn
from support.suite import Row, Suite

THEIRS = [stay("guest", day(10), day(14))]
NIGHTS = (day(10), day(14), "ical")
OURS = (day(12), day(15), "booking")
FREE = (day(10), day(12), "ical")  # of theirs


@pytest.fixture
def space(suite: Suite, standin: StandIn, alice: Manager) -> Iterator[Space]:
    made = Space(suite, standin, alice)
    yield made
    made.api.close()


def in_conflict(space: Space) -> tuple[Channel, Row, Row]:
    """A channel whose stay overlaps a booking of ours, the booking, and the conflict."""
    booking = ok(space.api.book(space.unit_id, OURS[0], OURS[1], guest=fresh_guest(), status="confirmed"))
    channel = space.connect(THEIRS)
    assert decided(channel.first) == [("conflict", "nights_taken")]
    (conflict,) = space.conflicts()
    return channel, booking, conflict


def resolve(space: Space, conflict: Row, version: str = '"1"', **body: Any) -> Any:
    path = f"/v1/conflicts/{conflict['id']}/resolve"
    return space.api.request("POST", path, json=body, headers={"If-Match": version})


def test_a_conflict_shows_both_sides_and_its_ways_out(space: Space) -> None:
    channel, booking, conflict = in_conflict(space)
    answer = space.api.get(f"/v1/conflicts/{conflict['id']}")
    shown = ok(answer, 200)
    assert answer.headers["etag"].startswith('"1-'), "of the version, and of both sides as they are now"
    assert [(one["kind"], one["ref_id"]) for one in shown["ours"]] == [("booking", booking["id"])]
    assert (shown["theirs"]["feed_id"], shown["theirs"]["nights"]) == (channel.feed_id, [day(10), day(12)])
    assert shown["resolutions"] == ["keep_ours", "keep_theirs", "ignore", "same_stay"]
    assert [one["type"] for one in shown["history"]] == ["conflict.opened"]
    listed = ok(space.api.get("/v1/conflicts", feed_id=channel.feed_id, unit_id=space.unit_id), 200)["data"]
    assert [one["id"] for one in listed] == [conflict["id"]]


@pytest.mark.parametrize("way", ["keep_ours", "ignore"])
def test_what_gives_way_is_not_reported_again_until_it_moves(space: Space, way: str) -> None:
    channel, _, conflict = in_conflict(space)
    assert ok(resolve(space, conflict, resolution=way), 200)["resolution"] == way
    assert (channel.sync()["decisions"], space.conflicts(), space.taken()) == ([], [], [OURS])
    assert resolve(space, conflict, '"2"', resolution=way).json()["code"] == "conflict_resolved"
    history = ok(space.api.get(f"/v1/conflicts/{conflict['id']}"), 200)["history"]
    assert [one["type"] for one in history] == ["conflict.opened", "conflict.resolved"]
    channel.sync([stay("guest", day(11), day(14))])
    assert [one["start"] for one in space.conflicts()] == [day(11)]


def test_theirs_stays_and_ours_moves_in_one_step(space: Space) -> None:
    channel, booking, conflict = in_conflict(space)
    other = space.new_unit()
    ok(resolve(space, conflict, resolution="keep_theirs", unit_id=other), 200)
    moved = ok(space.api.get(f"/v1/bookings/{booking['id']}"), 200)
    assert (moved["unit_id"], moved["total"], moved["status"]) == (other, booking["total"], "confirmed")
    assert (space.taken(), space.conflicts(), channel.sync()["decisions"]) == ([NIGHTS], [], [])


def test_theirs_stays_and_ours_is_cancelled_with_a_reason(space: Space) -> None:
    channel, booking, conflict = in_conflict(space)
    refused = resolve(space, conflict, resolution="keep_theirs")
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
    ok(resolve(space, conflict, resolution="keep_theirs", reason="Sold twice"), 200)
    cancelled = ok(space.api.get(f"/v1/bookings/{booking['id']}"), 200)
    assert (cancelled["status"], cancelled["cancel_reason"], cancelled["refund"]) == (
        "cancelled", "Sold twice", booking["total"],
    )  # fmt: skip
    assert (space.taken(), space.conflicts(), channel.sync()["decisions"]) == ([NIGHTS], [], [])


def test_a_move_that_does_not_fit_changes_nothing(space: Space) -> None:
    _, booking, conflict = in_conflict(space)
    other = space.new_unit()
    ok(space.api.book(other, day(13), day(16), guest=fresh_guest()))
    refused = resolve(space, conflict, resolution="keep_theirs", unit_id=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    assert ok(space.api.get(f"/v1/bookings/{booking['id']}"), 200)["unit_id"] == space.unit_id
    assert (space.taken(), [one["id"] for one in space.conflicts()]) == ([FREE, OURS], [conflict["id"]])


def test_a_resolution_is_of_the_version_that_was_seen(space: Space) -> None:
    channel, _, conflict = in_conflict(space)
    path = f"/v1/conflicts/{conflict['id']}/resolve"
    assert space.api.post(path, {"resolution": "ignore"}).status_code == 428
    channel.sync([stay("guest", day(9), day(14))])
    assert resolve(space, conflict, resolution="ignore").status_code == 412
    assert ok(resolve(space, conflict, '"2"', resolution="ignore"), 200)["start"] == day(9)


def test_a_missing_stay_is_kept_with_one_click_and_cancelled_with_another(space: Space) -> None:
    entries = [stay("a", day(5), day(7)), stay("b", day(10), day(12))]
    channel = space.connect(entries)
    run = channel.sync(entries[1:])
    (decision,) = run["decisions"]
    assert (decision["change"], decision["reversible"], decision["detail"][:11]) == ("missing", True, "The channel")
    ok(channel.post(f"/runs/{run['id']}/decisions/{decision['id']}/revert"), 200)
    space.set_clock(day(2))
    assert (channel.sync()["removed"], channel.sync()["removed"]) == (0, 0)
    event = channel.events()[day(5)]
    assert (event["word"], event["verbs"], event["nights"]) == ("keep", ["cancel", "move"], [day(5), day(7)])
    assert ok(channel.post(f"/events/{event['id']}/cancel"), 200)["state"] == "removed"
    assert space.taken() == [(day(10), day(12), "ical")]


def test_a_new_uid_that_was_matched_wrongly_is_separated_for_good(space: Space) -> None:
    channel = space.connect([("u1@booking.com", day(5), day(9), "CLOSED - Not available")])
    run = channel.sync([("u2@booking.com", day(6), day(9), "CLOSED - Not available")])
    assert decided(run) == [("matched", "same_end")]
    assert space.taken() == [(day(6), day(9), "ical")]
    path = f"/runs/{run['id']}/decisions/{run['decisions'][0]['id']}/revert"
    assert ok(channel.post(path), 200)["state"] == "waiting"
    assert channel.post(path).json()["code"] == "not_reversible"
    assert space.taken() == [(day(5), day(9), "ical")]
    assert (channel.sync()["decisions"], space.conflicts()) == ([], [])
    space.set_clock(day(1))
    assert decided(channel.sync()) == [("created", "listed"), ("removed", "missed_twice")]
    assert space.taken() == [(day(6), day(9), "ical")]


def test_a_setting_is_imported_when_somebody_says_so(space: Space) -> None:
    channel = space.connect([closed("tonight", day(0), day(1))])
    assert decided(channel.first) == [("setting", "advance_notice")]
    event = channel.events()[day(0)]
    ok(channel.post(f"/events/{event['id']}/import"), 200)
    assert space.taken() == [(day(0), day(1), "ical")]
    assert (channel.sync()["decisions"], space.taken()) == ([], [(day(0), day(1), "ical")])
    ok(channel.post(f"/events/{event['id']}/cancel"), 200)
    assert (channel.sync()["decisions"], space.taken()) == ([], [])


def test_a_move_is_put_back_and_stays_there(space: Space) -> None:
    channel = space.connect([stay("a", day(5), day(7))])
    run = channel.sync([stay("a", day(15), day(17))])
    assert decided(run) == [("moved", "other_nights")]
    ok(channel.post(f"/runs/{run['id']}/decisions/{run['decisions'][0]['id']}/revert"), 200)
    assert (channel.sync()["decisions"], space.taken()) == ([], [(day(5), day(7), "ical")])
    assert decided(channel.sync([stay("a", day(20), day(22))])) == [("moved", "other_nights")]


def test_a_decision_that_is_out_of_date_is_not_taken_back(space: Space) -> None:
    channel = space.connect([stay("a", day(5), day(7))])
    channel.sync([stay("a", day(15), day(17))])
    path = f"/runs/{channel.first['id']}/decisions/{channel.first['decisions'][0]['id']}/revert"
    assert channel.post(path).json()["code"] == "decided_since"
