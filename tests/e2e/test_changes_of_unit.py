"""A guest who changes the unit in the middle of the stay: one booking and one invoice, and both units know of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from support.aftermath import documents, wait_until_settled
from support.channel import Space, day, stay
from support.client import Api
from support.clocks import away_from_midnight
from support.people import Manager, fresh_guest, ok
from support.standin_client import StandIn
from support.suite import Row, Suite
from support.tenancy import become, prove
from support.verbs import Json, money
from support.waiting import eventually

STAY = ("2028-05-10", "2028-05-15")
CHANGE = "2028-05-12"
Part = tuple[str, str, str]


def parts(booking: Json) -> list[Part]:
    return [(one["unit_id"], one["start"], one["end"]) for one in booking["parts"]]


def taken(suite: Suite, booking: Json) -> list[Part]:
    """Where the ledger has the booking, by its nights."""
    sql = "SELECT unit_id, start_date, end_date FROM occupancies WHERE ref_id = ?1 AND live = 1 AND main_id IS NULL"
    return sorted(((row["unit_id"], row["start_date"], row["end_date"]) for row in suite.d1(sql, booking["id"])),
                  key=lambda one: one[1])  # fmt: skip


def shut(api: Api, unit: str, first: str = "2028-05-01", last: str = "2028-06-01") -> list[str]:
    """The nights of a unit that the calendar shows as taken."""
    return [one["date"] for one in ok(api.calendar(unit, first, last), 200)["data"] if one["state"] == "taken"]


def nights(start: str, end: str) -> list[str]:
    first = date.fromisoformat(start)
    return [(first + timedelta(days=number)).isoformat() for number in range((date.fromisoformat(end) - first).days)]


def change(api: Api, booking: Json, unit: str, first: str = CHANGE, **more: Any) -> httpx.Response:
    return api.move(booking["id"], unit_id=unit, **{"from": first}, **more)


def verb(api: Api, booking: Json, name: str) -> httpx.Response:
    return api.post(f"/v1/bookings/{booking['id']}/{name}", {})


def today() -> date:
    return datetime.now(UTC).astimezone(ZoneInfo("Europe/Madrid")).date()


@pytest.fixture
def today_lasts() -> None:
    """The property's midnight, by which the product judges, does not come in the middle of the test."""
    away_from_midnight()


def in_days(number: int) -> str:
    return (today() + timedelta(days=number)).isoformat()


# One booking, two parts


def test_both_units_have_their_nights_and_the_guest_one_booking_and_one_invoice(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    prove(suite, alice.tenant["id"])
    a, b = alice.new_unit("Garden flat", rate=10_000), alice.new_unit("Studio", rate=10_000)
    exports = {unit: ok(alice.api.create_export(unit))["url"] for unit in (a, b)}
    guest = fresh_guest()
    booking = alice.booking(a, *STAY, guest=guest)
    assert parts(booking) == [(a, *STAY)]
    wait_until_settled(suite, alice)
    moved = ok(change(alice.api, booking, b), 200)
    assert parts(moved) == [(a, STAY[0], CHANGE), (b, CHANGE, STAY[1])] == taken(suite, booking)
    assert (moved["unit_id"], moved["check_in"], moved["check_out"]) == (a, *STAY)
    assert moved["total"] == booking["total"] == money(50_000)
    assert (shut(alice.api, a), shut(alice.api, b)) == (nights(STAY[0], CHANGE), nights(CHANGE, STAY[1]))
    assert ok(alice.api.get_booking(booking["id"]), 200) == moved
    for unit in (a, b):
        assert [one["id"] for one in ok(alice.api.list_bookings(unit_id=unit), 200)["data"]] == [booking["id"]]
    wait_until_settled(suite, alice)
    assert documents(suite, booking["id"]) == [50_000], "what costs the same is not invoiced again"
    texts = {unit: alice.api.ical(url).text for unit, url in exports.items()}
    assert "DTSTART;VALUE=DATE:20280510\r\nDTEND;VALUE=DATE:20280512" in texts[a]
    assert "DTSTART;VALUE=DATE:20280512\r\nDTEND;VALUE=DATE:20280515" in texts[b]
    assert all(text.count("BEGIN:VEVENT") == 1 for text in texts.values())
    texts_sent = eventually(
        lambda: [one["text"] for one in standin.emails(guest["email"]) if "Studio" in one["text"]],
        what="the mail about the change",
    )
    assert "Garden flat" in texts_sent[0] and "From Fri 12 May 2028: Studio" in texts_sent[0]
    assert ok(alice.api.book(a, CHANGE, STAY[1], guest=fresh_guest()))["status"] == "confirmed"
    assert alice.api.book(b, "2028-05-14", "2028-05-16", guest=fresh_guest()).status_code == 409


def test_the_calendar_of_each_unit_tells_what_happened_there(suite: Suite, alice: Manager) -> None:
    a, b = alice.new_units(2)
    booking = alice.booking(a, *STAY)
    ok(change(alice.api, booking, b), 200)
    ok(alice.api.cancel(booking["id"]), 200)
    happened = ok(alice.api.events(object_id=booking["id"]), 200)["data"]
    assert [(one["type"], one["unit_id"]) for one in happened] == [
        ("booking.created", a), ("booking.relocated", a), ("booking.nights_changed", a), ("booking.nights_changed", b),
        ("booking.cancelled", a), ("booking.nights_changed", b),
    ]  # fmt: skip
    assert happened[1]["changed"]["parts"] == [
        {"unit_id": a, "start": STAY[0], "end": CHANGE}, {"unit_id": b, "start": CHANGE, "end": STAY[1]}
    ]  # fmt: skip
    left = {"start": STAY[0], "end": STAY[1]}, {"start": STAY[0], "end": CHANGE}
    assert (happened[2]["previous"], happened[2]["changed"]) == left
    assert [(one["previous"], one["changed"]) for one in happened if one["unit_id"] == b] == [
        ({}, {"start": CHANGE, "end": STAY[1]}), ({"start": CHANGE, "end": STAY[1]}, {})
    ]  # fmt: skip


def test_nights_in_another_unit_cost_what_they_cost_there_and_the_others_what_they_were_sold_for(
    suite: Suite, alice: Manager
) -> None:
    a, b = alice.new_unit(rate=10_000), alice.new_unit(rate=15_000)
    booking = alice.booking(a, *STAY)
    ok(alice.api.set_rates(a, [{"start": "2028-05-01", "end": "2028-06-01", "nightly_rate": money(99_000)}]), 200)
    wait_until_settled(suite, alice)
    seen = ok(change(alice.api, booking, b, dry_run=True, key=None), 200)
    assert (seen["difference"], seen["free"], seen["messages"]) == (money(15_000), True, ["booking_changed"])
    kept = ok(change(alice.api, booking, b, reprice="none", dry_run=True, key=None), 200)
    assert kept["difference"] == money(0)
    anew = ok(change(alice.api, booking, b, reprice="all", dry_run=True, key=None), 200)
    assert anew["price"]["total"] == money(2 * 99_000 + 3 * 15_000)
    assert ok(alice.api.get_booking(booking["id"]), 200) == booking, "a preview changes nothing"
    moved = ok(change(alice.api, booking, b), 200)
    assert moved["total"] == money(2 * 10_000 + 3 * 15_000) == seen["price"]["total"]
    wait_until_settled(suite, alice)
    assert sorted(documents(suite, booking["id"])) == [-50_000, 50_000, 65_000]
    longer = ok(alice.api.move(booking["id"], check_out="2028-05-16"), 200)
    assert longer["total"] == money(65_000 + 15_000), "the night more is one of the unit where the guest is then"
    more = {"guests": 2}
    path, match = f"/v1/bookings/{booking['id']}", {"If-Match": "*"}
    assert ok(alice.api.request("PATCH", path, json=more, headers=match), 200)["total"] == longer["total"]


# What becomes of the parts


def test_a_guest_stays_longer_in_another_unit_where_the_first_is_sold(suite: Suite, alice: Manager) -> None:
    a, b = alice.new_units(2)
    booking = alice.booking(a, *STAY)
    alice.booking(a, "2028-05-15", "2028-05-20")
    assert alice.api.move(booking["id"], check_out="2028-05-17").status_code == 409
    moved = ok(change(alice.api, booking, b, "2028-05-15", check_out="2028-05-17"), 200)
    assert parts(moved) == [(a, *STAY), (b, "2028-05-15", "2028-05-17")] == taken(suite, booking)
    assert moved["total"]["amount"] == 7 * 12_000


def test_parts_are_changed_again_and_become_one(suite: Suite, alice: Manager) -> None:
    a, b, c = alice.new_units(3)
    booking = alice.booking(a, *STAY)
    ok(change(alice.api, booking, b), 200)
    thrice = ok(change(alice.api, booking, c, "2028-05-14"), 200)
    assert parts(thrice) == [(a, STAY[0], CHANGE), (b, CHANGE, "2028-05-14"), (c, "2028-05-14", STAY[1])]
    sooner = ok(change(alice.api, booking, b, "2028-05-11"), 200)
    assert parts(sooner) == [(a, STAY[0], "2028-05-11"), (b, "2028-05-11", STAY[1])] == taken(suite, booking)
    assert shut(alice.api, c) == []
    other_dates = ok(alice.api.move(booking["id"], check_in="2028-05-11", check_out="2028-05-16"), 200)
    assert parts(other_dates) == [(b, "2028-05-11", "2028-05-16")] == taken(suite, booking)
    assert other_dates["unit_id"] == b
    assert [other_dates["occupancy_id"]] == [one["occupancy_id"] for one in other_dates["parts"]]
    again = ok(change(alice.api, booking, a, "2028-05-13"), 200)
    whole = ok(alice.api.move(booking["id"], unit_id=a), 200)
    assert parts(whole) == [(a, "2028-05-11", "2028-05-16")] == taken(suite, booking)
    assert (shut(alice.api, b), again["check_out"]) == ([], whole["check_out"])
    same = change(alice.api, booking, a, "2028-05-13")
    assert (same.status_code, ok(same, 200)) == (200, whole), "who is there already does not change"


def test_what_costs_the_same_made_anew_is_no_change(alice: Manager) -> None:
    a, b = alice.new_units(2)
    booking = alice.booking(a, *STAY)
    moved = ok(change(alice.api, booking, b), 200)
    happened = ok(alice.api.events(object_id=booking["id"]), 200)["data"]
    assert ok(change(alice.api, booking, b, reprice="all"), 200) == moved
    assert ok(alice.api.events(object_id=booking["id"]), 200)["data"] == happened


def test_a_unit_that_is_taken_changes_nothing_and_says_by_whom(suite: Suite, alice: Manager) -> None:
    a, b = alice.new_units(2)
    booking, other = alice.booking(a, *STAY), alice.booking(b, "2028-05-13", "2028-05-14")
    seen = ok(change(alice.api, booking, b, dry_run=True, key=None), 200)
    assert (seen["free"], [one["occupancy_id"] for one in seen["conflicts"]]) == (False, [other["occupancy_id"]])
    refused = change(alice.api, booking, b)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [other["occupancy_id"]]
    assert ok(alice.api.get_booking(booking["id"]), 200) == booking
    assert taken(suite, booking) == [(a, *STAY)]
    held = ok(alice.api.hold(b, "2028-05-14", "2028-05-15"))
    assert change(alice.api, booking, b, "2028-05-14").status_code == 409
    suite.d1("UPDATE occupancies SET expires_at = 1 WHERE id = ?1", held["occupancy_id"])
    ok(change(alice.api, booking, b, "2028-05-14"), 200)


def test_a_cancellation_frees_both_units_and_is_taken_back_in_both_or_in_neither(
    suite: Suite, alice: Manager
) -> None:  # fmt: skip
    a, b = alice.new_units(2)
    booking = alice.booking(a, *STAY)
    both = parts(ok(change(alice.api, booking, b), 200))
    ok(alice.api.cancel(booking["id"]), 200)
    assert taken(suite, booking) == [] == shut(alice.api, a) + shut(alice.api, b)
    other = alice.booking(b, "2028-05-14", "2028-05-16")
    refused = verb(alice.api, booking, "reinstate")
    assert refused.status_code == 409
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [other["occupancy_id"]]
    assert taken(suite, booking) == []
    ok(alice.api.cancel(other["id"]), 200)
    assert parts(ok(verb(alice.api, booking, "reinstate"), 200)) == both == taken(suite, booking)


@pytest.mark.usefixtures("today_lasts")
@pytest.mark.parametrize(("left", "first"), [(-1, 0), (2, 1)])
def test_who_leaves_early_frees_what_nobody_sleeps_in_both_units(
    suite: Suite, alice: Manager, left: int, first: int
) -> None:  # fmt: skip
    a, b = alice.new_units(2)
    booking = alice.booking(a, in_days(-3), in_days(5))
    both = parts(ok(change(alice.api, booking, b, in_days(left)), 200))
    ok(verb(alice.api, booking, "check_in"), 200)
    gone = ok(verb(alice.api, booking, "check_out"), 200)
    assert parts(gone) == both, "what was sold stays sold"
    slept = [(a, in_days(-3), in_days(-1)), (b, in_days(-1), in_days(0))] if first == 0 else [
        (a, in_days(-3), in_days(0))]  # fmt: skip
    assert taken(suite, booking) == slept
    assert parts(ok(verb(alice.api, booking, "undo_check_out"), 200)) == both == taken(suite, booking)


@pytest.mark.usefixtures("today_lasts")
def test_who_does_not_come_leaves_the_second_unit_free(suite: Suite, alice: Manager) -> None:
    a, b = alice.new_units(2)
    booking = alice.booking(a, in_days(0), in_days(5))
    ok(change(alice.api, booking, b, in_days(2)), 200)
    ok(verb(alice.api, booking, "no_show"), 200)
    assert taken(suite, booking) == [(a, in_days(0), in_days(1))]


@pytest.mark.usefixtures("today_lasts")
def test_a_guest_who_is_there_moves_today(suite: Suite, alice: Manager) -> None:
    a, b = alice.new_units(2)
    booking = alice.booking(a, in_days(-2), in_days(3))
    ok(verb(alice.api, booking, "check_in"), 200)
    moved = ok(change(alice.api, booking, b, in_days(0)), 200)
    assert (moved["status"], parts(moved)[1]) == ("checked_in", (b, in_days(0), in_days(3)))


# What is refused


def test_what_does_not_fit_is_refused_by_name(suite: Suite, alice: Manager) -> None:
    a, b, small = alice.new_unit(), alice.new_unit(), alice.new_unit(max_guests=1)
    booking = alice.booking(a, *STAY, guests=2)

    def refusal(unit: str, first: str, **more: Any) -> tuple[int, str, object]:
        answer = change(alice.api, booking, unit, first, **more)
        return answer.status_code, answer.json()["code"], answer.json().get("param")

    assert refusal(b, STAY[1]) == (422, "from_outside_stay", "from")
    assert refusal(b, "2028-05-09") == (422, "from_outside_stay", "from")
    assert refusal(small, CHANGE) == (422, "too_many_guests", "guests")
    assert refusal("unit_none", CHANGE) == (404, "unit_not_found", "unit_id")
    elsewhere = ok(alice.api.create_unit(ok(alice.api.create_property("Other"))["id"]))["id"]
    assert refusal(elsewhere, CHANGE) == (422, "other_property", "unit_id")
    alone = alice.api.move(booking["id"], **{"from": CHANGE})
    assert alone.status_code == 422 and "unit_id" in alone.text
    assert alice.api.move(booking["id"], unit_id=b, **{"from": "soon"}).status_code == 422
    assert alice.api.move(booking["id"], unit_id=b, from_=CHANGE).status_code == 422
    ok(alice.api.archive_unit(b), 200)
    assert change(alice.api, booking, b).json()["code"] == "unit_not_active"
    assert ok(alice.api.get_booking(booking["id"]), 200) == booking
    assert parts(ok(change(alice.api, booking, elsewhere, STAY[0]), 200)) == [(elsewhere, *STAY)]


def test_a_stay_in_parts_is_not_swapped(alice: Manager) -> None:
    a, b, c = alice.new_units(3)
    booking, other = alice.booking(a, *STAY), alice.booking(c, *STAY)
    ok(change(alice.api, booking, b), 200)
    for one, two, param in ((booking, other, "booking_id"), (other, booking, "other_booking_id")):
        refused = alice.api.post("/v1/bookings/swap", {"booking_id": one["id"], "other_booking_id": two["id"]})
        assert (refused.status_code, refused.json()["code"], refused.json()["param"]) == (409, "stay_in_parts", param)


def test_a_unit_is_prepared_between_two_guests_and_no_rule_of_arrivals_asks(alice: Manager) -> None:
    a, b = alice.new_units(2)
    rules = {"min_stay": 5, "preparation_days": 1, "advance_notice_days": 30}
    ok(alice.api.request("PUT", f"/v1/units/{b}/rate_rules", json=rules), 200)
    booking = alice.booking(a, *STAY)
    alice.booking(b, "2028-05-06", "2028-05-12")
    refused = change(alice.api, booking, b)
    assert refused.status_code == 422
    assert [one["code"] for one in refused.json()["reasons"]] == ["prep"]
    assert parts(ok(change(alice.api, booking, b, "2028-05-13"), 200))[1] == (b, "2028-05-13", STAY[1])


def test_of_changes_at_once_each_night_is_in_one_unit(suite: Suite, alice: Manager) -> None:
    a, b, c = alice.new_units(3)
    bookings = [alice.booking(unit, *STAY) for unit in (a, b)]

    async def at_once() -> list[httpx.Response]:
        async with alice.api.many() as calls:
            wishes = [(one["id"], unit, first) for one in bookings for unit in (a, b, c) for first in nights(*STAY)[1:]]
            return list(await asyncio.gather(*[
                calls.move(booking, unit_id=unit, **{"from": first}) for booking, unit, first in wishes
            ]))  # fmt: skip

    answers = asyncio.run(at_once())
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    rows = [one for booking in bookings for one in taken(suite, booking)]
    for unit in (a, b, c):
        held = sorted((start, end) for place, start, end in rows if place == unit)
        assert all(one[1] <= two[0] for one, two in pairwise(held)), held
    for booking in bookings:
        shown = ok(alice.api.get_booking(booking["id"]), 200)
        assert parts(shown) == taken(suite, booking)
        assert [day for _, start, end in parts(shown) for day in nights(start, end)] == nights(*STAY)


def test_strangers_and_people_who_do_not_see_the_property_change_nothing(
    suite: Suite, alice: Manager, bob: Manager
) -> None:  # fmt: skip
    a, b = alice.new_units(2)
    booking = alice.booking(a, *STAY)
    assert change(bob.api, booking, b).status_code == 404
    assert change(alice.api, booking, bob.new_unit()).json()["code"] == "unit_not_found"
    other = ok(alice.api.create_property("Other"))["id"]
    become(suite, alice, "manager", [other])
    assert change(alice.api, booking, b).status_code == 404


# With channels, and with villas


def open_conflicts(space: Space) -> list[Row]:
    return list(ok(space.api.get("/v1/conflicts", status="open", unit_id=space.unit_id), 200)["data"])


def test_a_channels_stay_has_the_nights_in_the_commit_that_frees_them(space: Space) -> None:
    other = space.new_unit()
    booking = ok(space.api.book(space.unit_id, day(10), day(16), guest=fresh_guest()))
    channel = space.connect([stay("guest", day(12), day(18))])
    assert open_conflicts(space)
    ok(change(space.api, booking, other, day(12)), 200)
    assert space.taken() == [(day(10), day(12), "booking"), (day(12), day(18), "ical")]
    assert open_conflicts(space) == []
    assert channel.events()[day(12)]["state"] == "imported"


def test_a_conflict_puts_only_the_part_elsewhere_that_is_in_the_way(space: Space) -> None:
    other, third = space.new_unit(), space.new_unit()
    booking = ok(space.api.book(other, day(10), day(16), guest=fresh_guest()))
    ok(change(space.api, booking, space.unit_id, day(13)), 200)
    space.connect([stay("guest", day(14), day(15))])
    (conflict,) = open_conflicts(space)
    path = f"/v1/conflicts/{conflict['id']}/resolve"
    how = {"resolution": "keep_theirs", "unit_id": third}
    ok(space.api.request("POST", path, json=how, headers={"If-Match": '"1"'}), 200)
    shown = ok(space.api.get_booking(booking["id"]), 200)
    assert parts(shown) == [(other, day(10), day(13)), (third, day(13), day(16))]
    assert shown["total"] == booking["total"]
    assert space.taken() == [(day(14), day(15), "ical")]


def test_a_conflict_cancels_the_booking_in_both_units(space: Space) -> None:
    other = space.new_unit()
    booking = ok(space.api.book(other, day(10), day(16), guest=fresh_guest()))
    ok(change(space.api, booking, space.unit_id, day(13)), 200)
    space.connect([stay("guest", day(14), day(15))])
    (conflict,) = open_conflicts(space)
    path = f"/v1/conflicts/{conflict['id']}/resolve"
    how = {"resolution": "keep_theirs", "reason": "sold there first"}
    ok(space.api.request("POST", path, json=how, headers={"If-Match": '"1"'}), 200)
    assert ok(space.api.get_booking(booking["id"]), 200)["status"] == "cancelled"
    assert (taken(space.suite, booking), space.taken()) == ([], [(day(14), day(15), "ical")])


def test_a_guest_moves_from_the_villa_into_one_of_its_rooms_and_back(space: Space) -> None:
    villa, room, second = space.new_unit(), space.new_unit(), space.new_unit()
    ok(space.api.set_parts(villa, [room, second]), 200)
    booking = ok(space.api.book(villa, day(10), day(16), guest=fresh_guest()))
    ok(change(space.api, booking, room, day(13)), 200)
    late = nights(day(13), day(16))
    assert shut(space.api, second, day(0), day(30)) == nights(day(10), day(13))
    assert shut(space.api, room, day(0), day(30)) == nights(day(10), day(16))
    assert shut(space.api, villa, day(0), day(30)) == nights(day(10), day(16)), "who has a room has not the villa"
    ok(space.api.book(second, late[0], late[1], guest=fresh_guest()))
    refused = space.api.move(booking["id"], unit_id=villa)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    back = ok(change(space.api, booking, villa, day(14)), 200)
    assert parts(back) == [(villa, day(10), day(13)), (room, day(13), day(14)), (villa, day(14), day(16))]
    assert shut(space.api, second, day(0), day(30)) == nights(day(10), day(16))


def same_stay(space: Space, booking: Json) -> httpx.Response:
    (conflict,) = open_conflicts(space)
    path, how = f"/v1/conflicts/{conflict['id']}/resolve", {"way": "same_stay", "booking_id": booking["id"]}
    answer: httpx.Response = space.api.request("POST", path, json=how, headers={"If-Match": '"1"'})
    return answer


def test_a_stay_in_parts_is_no_single_stay_of_a_channel(space: Space) -> None:
    other = space.new_unit()
    booking = ok(space.api.book(space.unit_id, day(10), day(16), guest=fresh_guest()))
    ok(change(space.api, booking, other, day(13)), 200)
    space.connect([stay("guest", day(10), day(16))])
    refused = same_stay(space, booking)
    assert (refused.status_code, refused.json()["code"], refused.json()["param"]) == (
        409,
        "stay_in_parts",
        "booking_id",
    )
    ok(space.api.move(booking["id"], unit_id=other), 200)
    assert space.taken() == [(day(10), day(16), "ical")]


def test_what_the_guest_of_a_channel_leaves_by_a_change_of_unit_stays_shut_for_the_channel(space: Space) -> None:
    other = space.new_unit()
    booking = ok(space.api.book(space.unit_id, day(10), day(16), guest=fresh_guest()))
    channel = space.connect([stay("guest", day(10), day(16))])
    ok(same_stay(space, booking), 200)
    ok(change(space.api, booking, other, day(13)), 200)
    assert space.taken() == [(day(10), day(13), "booking"), (day(13), day(16), "ical")]
    channel.sync()
    assert [one["ours"][0]["ref_id"] for one in open_conflicts(space)] == [booking["id"]]
