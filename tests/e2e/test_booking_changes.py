"""What becomes of a booking: its states, other nights, another unit, each other's units."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.aftermath import documents, events, taken, wait_until_settled
from support.client import Api
from support.clocks import away_from_midnight
from support.people import Manager, fresh_guest, ok
from support.suite import Suite

STAY = ("2028-05-10", "2028-05-14")


@pytest.fixture(autouse=True)
def one_day() -> None:
    """What is today at the beginning of a test is so at its end."""
    away_from_midnight()


def today(zone: str = "Europe/Madrid") -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(zone)).date()


def around(before: int, after: int) -> tuple[str, str]:
    """Nights from so many days before today to so many after, where the property is."""
    return (today() - timedelta(days=before)).isoformat(), (today() + timedelta(days=after)).isoformat()


def verb(api: Api, booking_id: str, name: str, **more: Any) -> Any:
    return api.post(f"/v1/bookings/{booking_id}/{name}", more)


def test_a_stay_goes_from_confirmed_to_checked_out(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(2, 3))
    wait_until_settled(suite, alice)
    for _ in range(2):
        assert ok(verb(alice.api, booking["id"], "check_in"), 200)["status"] == "checked_in"
    refused = verb(alice.api, booking["id"], "no_show")
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_transition")
    left = ok(verb(alice.api, booking["id"], "check_out"), 200)
    assert (left["status"], left["check_out"]) == ("checked_out", booking["check_out"])
    assert taken(suite, booking) == [(booking["unit_id"], booking["check_in"], today().isoformat())]
    assert events(suite, booking["id"]) == ["booking.created", "booking.checked_in", "booking.checked_out"]
    wait_until_settled(suite, alice)
    assert documents(suite, booking["id"]) == [booking["total"]["amount"]]
    again = alice.booking(booking["unit_id"], today().isoformat(), booking["check_out"])
    assert again["status"] == "confirmed"


def test_who_leaves_on_the_day_of_arrival_leaves_nothing_taken(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(0, 3))
    ok(verb(alice.api, booking["id"], "check_in"), 200)
    ok(verb(alice.api, booking["id"], "check_out"), 200)
    assert taken(suite, booking) == []


def test_a_wrong_booking_is_not_checked_in_early_and_resold(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *STAY)
    for name in ("check_in", "check_out"):
        assert verb(alice.api, booking["id"], name).status_code == 409
    assert verb(alice.api, booking["id"], "check_in").json()["code"] == "too_early"
    assert alice.api.book(booking["unit_id"], *STAY, guest=fresh_guest()).status_code == 409
    gone = alice.booking(alice.new_unit(), *around(5, -2))
    assert verb(alice.api, gone["id"], "check_in").json()["code"] == "too_late"


def test_a_property_may_let_guests_in_the_day_before(alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(-1, 3))
    assert verb(alice.api, booking["id"], "check_in").json()["code"] == "too_early"
    home = ok(alice.api.change_property(alice.property_id, '"1"', check_in_days_before=1), 200)
    assert home["check_in_days_before"] == 1
    assert ok(verb(alice.api, booking["id"], "check_in"), 200)["status"] == "checked_in"
    assert verb(alice.api, booking["id"], "check_out").json()["code"] == "too_early"


def test_a_check_in_is_taken_back_without_a_word_to_the_guest(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(0, 3))
    ok(verb(alice.api, booking["id"], "check_in"), 200)
    for _ in range(2):
        assert ok(verb(alice.api, booking["id"], "undo_check_in"), 200)["status"] == "confirmed"
    assert events(suite, booking["id"])[-1] == "booking.check_in_undone"
    wait_until_settled(suite, alice)
    assert documents(suite, booking["id"]) == [booking["total"]["amount"]], "and without another invoice"
    assert verb(alice.api, booking["id"], "undo_check_out").json()["code"] == "invalid_transition"


def test_a_check_out_is_taken_back_while_the_nights_are_there(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(1, 3))
    ok(verb(alice.api, booking["id"], "check_in"), 200)
    ok(verb(alice.api, booking["id"], "check_out"), 200)
    for _ in range(2):
        assert ok(verb(alice.api, booking["id"], "undo_check_out"), 200)["status"] == "checked_in"
    assert taken(suite, booking) == [(booking["unit_id"], booking["check_in"], booking["check_out"])]
    assert events(suite, booking["id"])[-1] == "booking.check_out_undone"
    ok(verb(alice.api, booking["id"], "check_out"), 200)
    other = alice.booking(booking["unit_id"], today().isoformat(), booking["check_out"])
    refused = verb(alice.api, booking["id"], "undo_check_out")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [other["occupancy_id"]]


def test_who_leaves_on_time_frees_nothing_more(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(3, 0))
    ok(verb(alice.api, booking["id"], "check_in"), 200)
    ok(verb(alice.api, booking["id"], "check_out"), 200)
    assert taken(suite, booking) == [(booking["unit_id"], booking["check_in"], booking["check_out"])]


def test_a_no_show_frees_the_nights_after_today_and_keeps_its_invoice(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(1, 4))
    ok(verb(alice.api, booking["id"], "no_show"), 200)
    assert taken(suite, booking) == [(booking["unit_id"], booking["check_in"], around(0, 1)[1])]
    wait_until_settled(suite, alice)
    assert documents(suite, booking["id"]) == [booking["total"]["amount"]]


def test_nobody_is_a_no_show_before_the_day_of_arrival(alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(-1, 4))
    refused = verb(alice.api, booking["id"], "no_show")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_early")


def test_a_cancelled_booking_comes_back_if_its_nights_are_free(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *STAY)
    wait_until_settled(suite, alice)
    ok(alice.api.cancel(booking["id"], reason="x"), 200)
    wait_until_settled(suite, alice)
    assert alice.api.post(f"/v1/bookings/{booking['id']}/reinstate", key=None).status_code == 400
    back = ok(verb(alice.api, booking["id"], "reinstate"), 200)
    assert (back["status"], back["refund"], back["cancel_reason"]) == ("confirmed", None, None)
    wait_until_settled(suite, alice)
    total = booking["total"]["amount"]
    assert sorted(documents(suite, booking["id"])) == [-total, total, total]
    ok(alice.api.cancel(booking["id"]), 200)
    other = alice.booking(booking["unit_id"], "2028-05-12", "2028-05-13")
    refused = verb(alice.api, booking["id"], "reinstate")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [other["occupancy_id"]]


def test_what_was_never_confirmed_comes_back_as_pending_and_without_a_word(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *STAY, status="pending")
    ok(alice.api.cancel(booking["id"], reason="x"), 200)
    for _ in range(2):
        back = ok(verb(alice.api, booking["id"], "reinstate"), 200)
        assert (back["status"], back["refund"], back["cancel_reason"]) == ("pending", None, None)
    assert taken(suite, booking) == [(booking["unit_id"], *STAY)]
    assert events(suite, booking["id"]) == ["booking.created", "booking.cancelled", "booking.pending"]
    wait_until_settled(suite, alice)
    assert (documents(suite, booking["id"]), told(suite, booking)) == ([], [])
    ok(verb(alice.api, booking["id"], "confirm"), 200)
    wait_until_settled(suite, alice)
    assert documents(suite, booking["id"]) == [booking["total"]["amount"]]
    assert told(suite, booking) == ["booking_confirmed"]
    ok(alice.api.cancel(booking["id"]), 200)
    assert ok(verb(alice.api, booking["id"], "reinstate"), 200)["status"] == "confirmed"


def told(suite: Suite, booking: dict[str, Any]) -> list[str]:
    """What its guest was sent by e-mail."""
    sql = "SELECT template FROM deliveries WHERE object_id = ?1 AND channel = 'email' ORDER BY created_at"
    return [row["template"] for row in suite.d1(sql, booking["id"])]


def test_bookings_of_a_group_come_back_each_as_what_it_was(alice: Manager) -> None:
    bookings = [
        {"unit_id": unit, "check_in": STAY[0], "check_out": STAY[1], "guest": fresh_guest(), "status": status}
        for unit, status in zip(alice.new_units(2), ("pending", "confirmed"), strict=True)
    ]
    group = ok(alice.api.post("/v1/booking_groups", {"bookings": bookings}))
    ok(alice.api.post(f"/v1/booking_groups/{group['id']}/cancel"), 200)
    back = [ok(verb(alice.api, one["id"], "reinstate"), 200)["status"] for one in group["bookings"]]
    assert back == ["pending", "confirmed"]


def test_nothing_comes_back_to_a_unit_that_is_not_let(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *STAY)
    ok(alice.api.cancel(booking["id"]), 200)
    ok(alice.api.archive_unit(booking["unit_id"]), 200)
    refused = verb(alice.api, booking["id"], "reinstate")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_not_active")
    assert taken(suite, booking) == []
    other = alice.booking(alice.new_unit(), *STAY)
    assert alice.api.move(other["id"], unit_id=booking["unit_id"]).json()["code"] == "unit_not_active"


def test_dates_and_unit_move_in_one_step_and_the_invoice_follows(suite: Suite, alice: Manager) -> None:
    dear = alice.new_unit(rate=20_000)
    booking = alice.booking(alice.new_unit(rate=10_000), *STAY)
    wait_until_settled(suite, alice)
    moved = ok(alice.api.move(booking["id"], check_in="2028-05-11", check_out="2028-05-16", unit_id=dear), 200)
    assert (moved["unit_id"], moved["check_in"], moved["check_out"]) == (dear, "2028-05-11", "2028-05-16")
    assert moved["total"]["amount"] == 5 * 20_000
    assert moved["occupancy_id"] == booking["occupancy_id"]
    assert taken(suite, booking) == [(dear, "2028-05-11", "2028-05-16")]
    assert events(suite, booking["id"])[1:] == ["booking.date_changed", "booking.relocated"]
    wait_until_settled(suite, alice)
    assert documents(suite, booking["id"])[0] == 40_000
    assert sorted(documents(suite, booking["id"])) == [-40_000, 40_000, 100_000]
    kept = ok(alice.api.move(booking["id"], check_out="2028-05-15", keep_price=True), 200)
    assert kept["total"] == moved["total"]
    wait_until_settled(suite, alice)
    assert len(documents(suite, booking["id"])) == 3


def test_a_move_to_nights_that_are_taken_says_by_whom_and_changes_nothing(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    first, second = alice.booking(unit, *STAY), alice.booking(unit, "2028-05-14", "2028-05-18")
    refused = alice.api.move(first["id"], check_out="2028-05-15")
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [second["occupancy_id"]]
    assert ok(alice.api.get_booking(first["id"]), 200) == first
    assert (
        ok(alice.api.move(first["id"], check_in="2028-05-09", check_out="2028-05-13"), 200)["check_in"] == "2028-05-09"
    )


def test_a_move_needs_a_key_a_place_and_a_booking_that_may_move(alice: Manager) -> None:
    unit = alice.new_unit(max_guests=2)
    booking = alice.booking(alice.new_unit(), *STAY, guests=4)
    assert alice.api.move(booking["id"], check_out="2028-05-15", key=None).json()["code"] == "idempotency_key_required"
    assert alice.api.move(booking["id"], unit_id=unit).json()["code"] == "too_many_guests"
    assert alice.api.move(booking["id"], unit_id="unit_none").json()["code"] == "unit_not_found"
    assert alice.api.move(booking["id"]).status_code == 422
    same = alice.api.move(booking["id"], check_in=STAY[0])
    assert (same.status_code, same.headers["etag"]) == (200, '"1"')
    ok(alice.api.cancel(booking["id"]), 200)
    assert alice.api.move(booking["id"], check_out="2028-05-15").json()["code"] == "invalid_transition"


def test_a_move_that_was_seen_too_long_ago_is_refused(alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *STAY)
    ok(alice.api.move(booking["id"], check_out="2028-05-15"), 200)
    path = f"/v1/bookings/{booking['id']}/move"
    stale = alice.api.request("POST", path, json={"check_out": "2028-05-13"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_one_key_moves_once(alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *STAY)
    first = alice.api.move(booking["id"], check_out="2028-05-15", key="move-once")
    ok(alice.api.move(booking["id"], check_out="2028-05-13"), 200)
    again = alice.api.move(booking["id"], check_out="2028-05-15", key="move-once")
    assert (again.status_code, again.text) == (200, first.text)
    assert ok(alice.api.get_booking(booking["id"]), 200)["check_out"] == "2028-05-13"


def test_who_has_arrived_may_stay_longer_but_not_arrive_again(alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *around(1, 2))
    ok(verb(alice.api, booking["id"], "check_in"), 200)
    assert alice.api.move(booking["id"], check_in=around(2, 0)[0]).json()["code"] == "guest_is_there"
    longer = around(0, 5)[1]
    assert ok(alice.api.move(booking["id"], check_out=longer), 200)["check_out"] == longer


def test_a_hold_that_ran_out_is_in_no_moves_way(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    booking = alice.booking(unit, *STAY)
    held = ok(alice.api.hold(unit, "2028-05-14", "2028-05-16"))
    assert alice.api.move(booking["id"], check_out="2028-05-15").status_code == 409
    suite.d1("UPDATE occupancies SET expires_at = 1 WHERE id = ?1", held["occupancy_id"])
    ok(alice.api.move(booking["id"], check_out="2028-05-15"), 200)


def test_two_bookings_swap_their_units(suite: Suite, alice: Manager) -> None:
    units = alice.new_units(2)
    one, other = (alice.booking(unit, *STAY) for unit in units)
    swapped = ok(alice.api.post("/v1/bookings/swap", {"booking_id": one["id"], "other_booking_id": other["id"]}), 200)
    assert [booking["unit_id"] for booking in swapped["data"]] == units[::-1]
    assert [booking["total"] for booking in swapped["data"]] == [one["total"], other["total"]]
    assert taken(suite, one) == [(units[1], *STAY)]
    assert taken(suite, other) == [(units[0], *STAY)]
    assert events(suite, one["id"])[1:] == events(suite, other["id"])[1:] == ["booking.relocated"]
    wait_until_settled(suite, alice)
    for booking in (one, other):
        assert documents(suite, booking["id"]) == [booking["total"]["amount"]]


def test_a_swap_that_does_not_fit_changes_neither(suite: Suite, alice: Manager) -> None:
    units = alice.new_units(2)
    one = alice.booking(units[0], "2028-05-10", "2028-05-12")
    other = alice.booking(units[1], "2028-05-10", "2028-05-14")
    third = alice.booking(units[0], "2028-05-12", "2028-05-13")
    body = {"booking_id": one["id"], "other_booking_id": other["id"]}
    refused = alice.api.post("/v1/bookings/swap", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    [conflict] = refused.json()["conflicts"]
    assert (conflict["occupancy_id"], conflict["index"]) == (third["occupancy_id"], 1)
    assert taken(suite, one) == [(units[0], "2028-05-10", "2028-05-12")]
    assert ok(alice.api.get_booking(other["id"]), 200) == other
    for code, bodies in {
        "same_booking": {"booking_id": one["id"], "other_booking_id": one["id"]},
        "same_unit": {"booking_id": one["id"], "other_booking_id": third["id"]},
        "booking_not_found": {"booking_id": one["id"], "other_booking_id": "bkg_none"},
    }.items():
        answer = alice.api.post("/v1/bookings/swap", bodies)
        assert (answer.json()["code"], answer.json()["param"]) == (code, "other_booking_id")


def test_concurrent_moves_end_where_one_of_them_put_it(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    booking = alice.booking(unit, *STAY)

    async def all_at_once() -> list[int]:
        async with alice.api.many() as calls:
            moves = [calls.move(booking["id"], check_out=f"2028-05-{day}") for day in range(12, 24)]
            return [answer.status_code for answer in await asyncio.gather(*moves)]

    statuses = asyncio.run(all_at_once())
    assert set(statuses) <= {200, 409}
    now = ok(alice.api.get_booking(booking["id"]), 200)
    assert taken(suite, booking) == [(unit, now["check_in"], now["check_out"])]
    assert now["check_out"] != STAY[1] or statuses.count(200)


@pytest.mark.parametrize("name", ["check_in", "check_out", "no_show", "reinstate"])
def test_strangers_change_nothing(alice: Manager, bob: Manager, name: str) -> None:
    booking = alice.booking(alice.new_unit(), *STAY, guest=fresh_guest())
    assert verb(bob.api, booking["id"], name).json()["code"] == "booking_not_found"
    assert bob.api.move(booking["id"], check_out="2028-05-15").json()["code"] == "booking_not_found"
