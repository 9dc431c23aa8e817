"""Who gets the nights when a hold ends: its owner until its last moment, from then on whoever comes first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from support.clocks import Space, instant
from support.people import Manager, ok
from support.suite import Suite
from support.verbs import Json
from support.waiting import eventually

STAY = ("2031-03-01", "2031-03-03")
MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def space(alice: Manager) -> Iterator[Space]:
    made = Space(alice)
    made.freeze()
    yield made
    made.api.close()


def overtake(suite: Suite, space: Space, at: datetime) -> None:
    """Time passes and nobody is there to close anything."""
    query = "UPDATE tenants SET clock_at = ?2 WHERE id = (SELECT tenant_id FROM units WHERE id = ?1)"
    suite.d1(query, space.unit, round(at.timestamp() * 1000))


def race(space: Space, hold: Json, unit: str | None = None) -> list[httpx.Response]:
    """A booking with the hold, and a competing hold, at once."""

    async def both() -> list[httpx.Response]:
        async with space.api.many() as calls:
            return list(await asyncio.gather(
                calls.book(space.unit, *STAY, hold_id=hold["id"], guest={"name": "Owner"}),
                calls.hold(unit or space.unit, *STAY, ttl_seconds=1800),
            ))  # fmt: skip

    return asyncio.run(both())


def live(suite: Suite, unit: str) -> list[Json]:
    return suite.d1("SELECT kind, ref_id FROM occupancies WHERE unit_id = ? AND live = 1", unit)


def kinds(space: Space, hold: Json) -> list[str]:
    return [str(one["type"]) for one in space.events(hold["id"])]


@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize("closed", [True, False], ids=["moved", "overtaken"])
def test_at_its_end_one_of_two_wins_by_the_clock(suite: Suite, space: Space, offset: int, closed: bool) -> None:
    hold = ok(space.api.hold(space.unit, *STAY, ttl_seconds=600))
    at = instant(hold["expires_at"]) + offset * MILLISECOND
    if closed:
        space.at(at)
    else:
        overtake(suite, space, at)
    owner, other = race(space, hold)
    if offset < 0:
        assert (owner.status_code, other.status_code) == (201, 409)
        assert [row["ref_id"] for row in live(suite, space.unit)] == [owner.json()["id"]]
        assert kinds(space, hold) == ["hold.created"]
    else:
        assert (owner.json()["code"], other.status_code) == ("hold_expired", 201)
        assert [row["ref_id"] for row in live(suite, space.unit)] == [other.json()["id"]]
        assert kinds(space, hold) == ["hold.created", "hold.expired"]


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_at_its_end_one_of_two_wins_in_real_time(suite: Suite, alice: Manager, offset: int) -> None:
    space = Space(alice)
    hold = ok(space.api.hold(space.unit, *STAY, ttl_seconds=1))
    ends = instant(hold["expires_at"]).timestamp() + offset / 1000
    while time.time() < ends:  # to the millisecond
        time.sleep(0.0002)
    answers = race(space, hold)
    won = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409} and len(won) <= 1
    again = space.api.hold(space.unit, *STAY)  # the other may have come too early, and the owner too late
    assert len(won) + (again.status_code == 201) == 1
    assert len(live(suite, space.unit)) == 1
    assert kinds(space, hold).count("hold.expired") == (answers[0].status_code != 201)


def test_paying_a_second_before_its_end_works(space: Space) -> None:
    hold = ok(space.api.hold(space.unit, *STAY, ttl_seconds=600, guests=2))
    space.at(instant(hold["expires_at"]) - timedelta(seconds=1))
    booking = ok(space.api.book(space.unit, *STAY, hold_id=hold["id"], guests=2, guest={"name": "G"}))
    assert booking["total"] == hold["total"]


def test_paying_a_second_after_another_took_the_nights_never_works(suite: Suite, space: Space) -> None:
    hold = ok(space.api.hold(space.unit, *STAY, ttl_seconds=600))
    overtake(suite, space, instant(hold["expires_at"]) + timedelta(seconds=1))
    other = ok(space.api.book(space.unit, *STAY, guest={"name": "Other"}, status="confirmed"))
    refused = space.api.book(space.unit, *STAY, hold_id=hold["id"], guest={"name": "G"})
    assert (refused.status_code, refused.json()["code"]) == (409, "hold_expired")
    assert [row["ref_id"] for row in live(suite, space.unit)] == [other["id"]]


def test_a_hold_is_worth_nothing_after_its_end_even_if_nobody_took_the_nights(suite: Suite, space: Space) -> None:
    """Whoever comes late books anew, at today's price: a price that was kept for ever would be no hold."""
    hold = ok(space.api.hold(space.unit, *STAY, ttl_seconds=600, guests=2))
    overtake(suite, space, instant(hold["expires_at"]) + timedelta(seconds=1))
    suite.d1("UPDATE units SET nightly_amount = 99000 WHERE id = ?", space.unit)
    refused = space.api.book(space.unit, *STAY, hold_id=hold["id"], guests=2, guest={"name": "G"})
    assert (refused.status_code, refused.json()["code"]) == (409, "hold_expired")
    anew = ok(space.api.book(space.unit, *STAY, guests=2, guest={"name": "G"}))
    assert anew["total"]["amount"] == 198_000
    assert kinds(space, hold) == ["hold.created", "hold.expired"]


def test_who_frees_a_hold_that_ran_out_ends_it_once(suite: Suite, space: Space) -> None:
    hold = ok(space.api.hold(space.unit, *STAY, ttl_seconds=600))
    overtake(suite, space, instant(hold["expires_at"]))
    for _ in range(2):
        assert space.api.request("DELETE", f"/v1/holds/{hold['id']}").status_code == 204
    assert kinds(space, hold) == ["hold.created", "hold.expired"]


def test_a_hold_of_the_villa_met_on_a_room_ends_once_and_as_a_whole(suite: Suite, space: Space) -> None:
    villa, rooms = space.unit, [space.new_unit(), space.new_unit()]
    ok(space.api.set_parts(villa, rooms), 200)
    hold = ok(space.api.hold(villa, *STAY, ttl_seconds=600))
    overtake(suite, space, instant(hold["expires_at"]))
    owner, other = race(space, hold, rooms[1])
    assert (owner.json()["code"], other.status_code) == ("hold_expired", 201)
    assert (live(suite, villa), live(suite, rooms[0]), len(live(suite, rooms[1]))) == ([], [], 1)
    assert kinds(space, hold) == ["hold.created", "hold.expired"]
    assert [one["unit_id"] for one in space.events(hold["id"])] == [villa, villa]


def test_an_alarm_tells_that_a_hold_ran_out(suite: Suite, alice: Manager) -> None:
    hold = ok(alice.api.hold(alice.new_unit(), *STAY, ttl_seconds=1))
    query = "SELECT type, sequence FROM events WHERE object_id = ? ORDER BY sequence"
    told = eventually(lambda: suite.d1(query, hold["id"])[1:], what="the alarm")
    assert told == [{"type": "hold.expired", "sequence": 2}]
