"""What a booking is made under: its price, its policy, its group; and edits that lose nothing."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from support.aftermath import documents, events, taken, wait_until_settled
from support.clocks import Space, away_from_midnight, instant
from support.people import Manager, fresh_guest, ok
from support.suite import Suite

STAY = ("2028-05-10", "2028-05-14")
ROUNDS = 20


def edit(manager: Manager, booking_id: str, etag: str | None, **fields: Any) -> httpx.Response:
    headers = {} if etag is None else {"If-Match": etag}
    return manager.api.request("PATCH", f"/v1/bookings/{booking_id}", json=fields, headers=headers)


def one(unit_id: str, check_in: str, check_out: str, **more: Any) -> dict[str, Any]:
    return {"unit_id": unit_id, "check_in": check_in, "check_out": check_out, "guest": fresh_guest()} | more


def group(manager: Manager, *bookings: dict[str, Any], **more: Any) -> httpx.Response:
    return manager.api.post("/v1/booking_groups", {"bookings": list(bookings)} | more)


def in_days(count: int) -> str:
    return (datetime.now(UTC).astimezone(ZoneInfo("Europe/Madrid")).date() + timedelta(days=count)).isoformat()


# Edits


def test_guests_and_notes_change_under_the_tag_that_was_seen(suite: Suite, alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *STAY, source="staff", notes="Late\narrival")
    assert (booking["source"], booking["notes"]) == ("staff", "Late\narrival")
    etag = alice.api.get_booking(booking["id"]).headers["etag"]
    answer = edit(alice, booking["id"], etag, guests=3, notes=None, guest_list=[{"name": "Ada"}, {"name": "Bo"}])
    changed = ok(answer, 200)
    assert (changed["guests"], changed["notes"], changed["total"]) == (3, None, booking["total"])
    assert [guest["name"] for guest in changed["guest_list"]] == ["Ada", "Bo"]
    assert answer.headers["etag"] == '"2"'
    assert edit(alice, booking["id"], None, guests=2).status_code == 428
    assert edit(alice, booking["id"], etag, guests=2).status_code == 412
    assert edit(alice, booking["id"], '"2"', guests=5).json()["code"] == "too_many_guests"
    assert edit(alice, booking["id"], '"2"').status_code == 422
    same = edit(alice, booking["id"], '"2"', guests=3)
    assert (same.status_code, same.headers["etag"]) == (200, '"2"')
    assert events(suite, booking["id"]) == ["booking.created", "booking.updated"]
    row = suite.d1("SELECT changed, previous FROM events WHERE object_id = ?1 AND sequence = 2", booking["id"])[0]
    assert "Ada" not in row["changed"] and "arrival" not in row["previous"]


def test_of_two_edits_under_one_tag_exactly_one_counts(alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), *STAY)
    path, lost = f"/v1/bookings/{booking['id']}", 0

    async def both(etag: str, number: int) -> list[httpx.Response]:
        async with alice.api.many() as calls:
            texts = [f"round {number} {side}" for side in ("left", "right")]
            return list(await asyncio.gather(*[
                calls.request("PATCH", path, json={"notes": text}, headers={"If-Match": etag}) for text in texts
            ]))  # fmt: skip

    for number in range(ROUNDS):
        etag = alice.api.get_booking(booking["id"]).headers["etag"]
        answers = asyncio.run(both(etag, number))
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        [won] = [answer.json() for answer in answers if answer.status_code == 200]
        lost += ok(alice.api.get_booking(booking["id"]), 200)["notes"] != won["notes"]
    print(f"edits under one tag: {ROUNDS} rounds, lost updates {lost}")
    assert lost == 0


# Policies


def test_a_refund_follows_the_policy_of_the_booking(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit(rate=10_000)
    away_from_midnight()
    booking = alice.booking(unit, in_days(3), in_days(5), cancellation_policy={"kind": "moderate"})
    wait_until_settled(suite, alice)
    cancelled = ok(alice.api.cancel(booking["id"]), 200)
    assert cancelled["refund"] == {"amount": 10_000, "currency": "EUR"}
    assert ok(alice.api.cancel(booking["id"]), 200)["refund"] == cancelled["refund"]
    wait_until_settled(suite, alice)
    assert sorted(documents(suite, booking["id"])) == [-20_000, 10_000, 20_000]


def test_a_property_has_a_policy_that_its_bookings_keep(alice: Manager) -> None:
    tiers = [{"days_before": 2, "refund_basis_points": 3_333}, {"days_before": 30, "refund_basis_points": 10_000}]
    home = ok(alice.api.create_property("Strict", cancellation_policy={"kind": "custom", "tiers": tiers}))
    assert home["cancellation_policy"] == {"kind": "custom", "tiers": tiers[::-1]}
    unit = ok(alice.api.create_unit(home["id"]))["id"]
    booking = alice.booking(unit, in_days(10), in_days(11))
    assert booking["cancellation_policy"]["kind"] == "custom"
    assert booking["refund"] is None
    assert ok(alice.api.cancel(booking["id"]), 200)["refund"]["amount"] == 4_000
    pending = alice.booking(unit, in_days(10), in_days(11), status="pending")
    assert ok(alice.api.cancel(pending["id"]), 200)["refund"] is None


def test_a_policy_that_pays_the_late_more_is_refused(alice: Manager) -> None:
    unit = alice.new_unit()
    rising = [{"days_before": 9, "refund_basis_points": 1}, {"days_before": 2, "refund_basis_points": 2}]
    twice = [{"days_before": 2, "refund_basis_points": 1}] * 2
    for wrong in ({"kind": "custom"}, {"kind": "strict", "tiers": twice[:1]}, {"kind": "custom", "tiers": rising},
                  {"kind": "custom", "tiers": twice}, {"kind": "none"}):  # fmt: skip
        answer = alice.api.book(unit, *STAY, cancellation_policy=wrong)
        assert answer.status_code == 422, wrong


# Groups


def test_a_group_is_made_shown_and_cancelled_as_a_whole(suite: Suite, alice: Manager) -> None:
    units = alice.new_units(3)
    answer = group(alice, *(one(unit, *STAY, guests=2) for unit in units), name="Wedding")
    made = ok(answer)
    assert (made["name"], [booking["unit_id"] for booking in made["bookings"]]) == ("Wedding", units)
    assert {booking["group_id"] for booking in made["bookings"]} == {made["id"]}
    assert ok(alice.api.get(answer.headers["location"]), 200) == made
    for booking in made["bookings"]:
        assert taken(suite, booking) == [(booking["unit_id"], *STAY)]
        assert ok(alice.api.get_booking(booking["id"]), 200) == booking
    wait_until_settled(suite, alice)
    for booking in made["bookings"]:
        assert documents(suite, booking["id"]) == [booking["total"]["amount"]]
    for _ in range(2):
        gone = ok(alice.api.post(f"/v1/booking_groups/{made['id']}/cancel", {"reason": "rain"}), 200)
        assert {booking["status"] for booking in gone["bookings"]} == {"cancelled"}
    for booking in made["bookings"]:
        assert events(suite, booking["id"]) == ["booking.created", "booking.cancelled"]


def test_a_group_that_is_taken_in_part_takes_nothing(suite: Suite, alice: Manager) -> None:
    units = alice.new_units(3)
    standing = [alice.booking(units[1], *STAY), alice.booking(units[2], "2028-05-12", "2028-05-20")]
    refused = group(alice, *(one(unit, *STAY) for unit in units))
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    found = [(conflict["index"], conflict["occupancy_id"]) for conflict in refused.json()["conflicts"]]
    assert found == [(1, standing[0]["occupancy_id"]), (2, standing[1]["occupancy_id"])]
    assert suite.d1("SELECT id FROM bookings WHERE unit_id = ?1", units[0]) == []
    assert suite.d1("SELECT id FROM booking_groups WHERE tenant_id = ?1", alice.tenant["id"]) == []


def test_what_is_wrong_with_a_group_names_which_one(alice: Manager) -> None:
    unit = alice.new_unit(max_guests=2)
    fits = one(unit, *STAY)
    for wrong, code, param in (
        (one(unit, "2028-05-12", "2028-05-13"), "bookings_overlap", "bookings.1"),
        (one(unit, "2028-06-02", "2028-06-01"), "invalid_stay", "bookings.1.check_out"),
        (one(unit, "2028-06-01", "2028-06-02", guests=3), "too_many_guests", "bookings.1.guests"),
        (one("unit_none", *STAY), "unit_not_found", "bookings.1.unit_id"),
        (one(unit, "2028-06-01", "2028-06-02", quote_id="quo_none"), "quote_not_found", "bookings.1.quote_id"),
    ):
        answer = group(alice, fits, wrong)
        assert (answer.json()["code"], answer.json()["param"]) == (code, param)
    assert group(alice).status_code == 422
    assert (
        group(alice, *[one(unit, f"2029-01-{day:02}", f"2029-01-{day + 1:02}") for day in range(1, 22)]).status_code
        == 422
    )
    assert alice.api.post("/v1/booking_groups", {"bookings": [fits]}, key=None).status_code == 400


def test_twenty_bookings_keep_their_quotes_and_strangers_see_none(alice: Manager, bob: Manager) -> None:
    unit = alice.new_unit(rate=10_000)
    quote = ok(alice.api.quote(unit, "2029-01-01", "2029-01-02"))
    wanted = [one(unit, f"2029-01-{day:02}", f"2029-01-{day + 1:02}", guests=2) for day in range(1, 21)]
    wanted[0]["quote_id"] = quote["id"]
    made = ok(group(alice, *wanted))
    assert [booking["check_in"] for booking in made["bookings"]] == [stay["check_in"] for stay in wanted]
    assert made["bookings"][0]["quote_id"] == quote["id"]
    for path in ("", "/cancel"):
        answer = bob.api.request("POST" if path else "GET", f"/v1/booking_groups/{made['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "booking_group_not_found")


# Holds


def test_a_hold_keeps_its_price_for_the_booking_made_with_it(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit(rate=10_000)
    asked = ok(alice.api.hold(unit, *STAY, guests=2))
    quote = ok(alice.api.quote(unit, "2028-07-01", "2028-07-03"))
    quoted = ok(alice.api.hold(unit, "2028-07-01", "2028-07-03", quote_id=quote["id"]))
    plain = ok(alice.api.hold(unit, "2028-08-01", "2028-08-03"))
    assert (asked["total"]["amount"], quoted["total"], plain["total"]) == (40_000, quote["total"], None)
    suite.d1("UPDATE units SET nightly_amount = 99000 WHERE id = ?1", unit)
    assert alice.booking(unit, *STAY, guests=2, hold_id=asked["id"])["total"]["amount"] == 40_000
    booking = alice.booking(unit, "2028-07-01", "2028-07-03", guests=2, hold_id=quoted["id"])
    assert (booking["total"], booking["lines"]) == (quote["total"], quote["lines"])
    assert alice.booking(unit, "2028-08-01", "2028-08-03", guests=2, hold_id=plain["id"])["total"]["amount"] == 198_000


def test_a_held_price_is_for_so_many_guests(alice: Manager) -> None:
    unit = alice.new_unit()
    held = ok(alice.api.hold(unit, *STAY, guests=2))
    refused = alice.api.book(unit, *STAY, guests=3, hold_id=held["id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "quote_mismatch")
    assert alice.api.hold(unit, "2028-09-01", "2028-09-02", guests=9).json()["code"] == "too_many_guests"
    assert alice.api.hold(unit, "2028-09-01", "2028-09-02", quote_id="quo_none").json()["code"] == "quote_not_found"


def test_a_hold_is_good_until_its_last_moment_and_never_after_another_took_it(alice: Manager) -> None:
    space = Space(alice)  # with a clock that waits for us: the last moment is a short one
    space.freeze()
    held = ok(space.api.hold(space.unit, *STAY, guests=2, ttl_seconds=60))
    space.at(instant(held["expires_at"]) - timedelta(milliseconds=1))
    ok(space.api.book(space.unit, *STAY, hold_id=held["id"]))
    unit = alice.new_unit()
    late = ok(alice.api.hold(unit, "2028-07-01", "2028-07-03", guests=2, ttl_seconds=1))
    time.sleep(max(0.0, datetime.fromisoformat(late["expires_at"]).timestamp() + 1 - time.time()))
    other = alice.booking(unit, "2028-07-01", "2028-07-03")
    refused = alice.api.book(unit, "2028-07-01", "2028-07-03", hold_id=late["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "hold_expired")
    assert ok(alice.api.get_booking(other["id"]), 200)["status"] == "confirmed"


def test_a_hold_is_freed_at_once(suite: Suite, alice: Manager, bob: Manager) -> None:
    unit = alice.new_unit()
    held = ok(alice.api.hold(unit, *STAY))
    path = f"/v1/holds/{held['id']}"
    assert bob.api.request("DELETE", path).json()["code"] == "hold_not_found"
    assert [alice.api.request("DELETE", path).status_code for _ in range(2)] == [204, 204]
    assert events(suite, held["id"]) == ["hold.created", "hold.released"]
    assert alice.api.book(unit, *STAY, hold_id=held["id"]).json()["code"] == "hold_expired"
    again = ok(alice.api.hold(unit, *STAY))
    alice.booking(unit, *STAY, hold_id=again["id"])
    used = alice.api.request("DELETE", f"/v1/holds/{again['id']}")
    assert (used.status_code, used.json()["code"]) == (409, "hold_used")
