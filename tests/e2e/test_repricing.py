"""What a change of a booking costs: what changed is priced, or all of it, or nothing; and what it would cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from support.aftermath import documents, events, wait_until_settled
from support.clocks import Space
from support.people import Manager, ok
from support.settling import settle
from support.suite import Suite
from support.verbs import Json, money
from support.waiting import eventually

ANY = {"If-Match": "*"}
DAY_BEFORE = datetime(2031, 4, 9, 12, tzinfo=UTC)
STAY = ("2031-04-10", "2031-04-13")
LATE = {"last_minute": [{"within_days": 3, "basis_points": 2_000}]}
CITY_TAX = {"name": "City tax", "kind": "tax", "basis": "per_person_night", "amount": 250}
CHARGES = [
    CITY_TAX, {"name": "Cleaning", "kind": "fee", "basis": "per_stay", "amount": 5_000},
    {"name": "VAT", "kind": "tax", "basis": "percent", "basis_points": 1_000},
]  # fmt: skip
TABLES = ("bookings", "occupancies", "events", "idempotency_keys", "quotes", "invoices")


@pytest.fixture
def space(alice: Manager) -> Iterator[Space]:
    made = Space(alice)
    made.at(DAY_BEFORE)
    ok(made.api.request("PATCH", f"/v1/properties/{made.home}", json={"charges": CHARGES}, headers=ANY), 200)
    ok(made.api.request("PUT", f"/v1/units/{made.unit}/rate_rules", json=LATE), 200)
    yield made
    made.api.close()


def edit(api: Any, booking: Json, **fields: Any) -> httpx.Response:
    answer: httpx.Response = api.request("PATCH", f"/v1/bookings/{booking['id']}", json=fields, headers=ANY)
    return answer


def total(shown: Json) -> int:
    return int(shown["total"]["amount"])


def lines(shown: Json) -> dict[str, int]:
    """The amounts of a price by their lines, which add up to the total."""
    found = {line["name"]: line["amount"] for line in shown["lines"]}
    assert sum(found.values()) == total(shown)
    return found


def booked(space: Space, **more: Any) -> Json:
    """Three nights at 12,000, sold a day before with 20 % off, for one guest."""
    made = ok(space.api.book(space.unit, *STAY, guests=1, guest={"name": "G"}, **more))
    assert lines(made) == {
        "3 nights": 36_000, "Booked within 3 days of arrival": -7_200, "Cleaning": 5_000, "City tax": 750, "VAT": 2_880
    }  # fmt: skip
    return made


# More and fewer nights


def test_a_night_more_costs_that_night_and_what_was_sold_keeps_its_price(space: Space) -> None:
    booking = booked(space)
    space.at(datetime(2031, 4, 11, 12, tzinfo=UTC))
    ok(
        space.api.request("PUT", f"/v1/units/{space.unit}/rates", json={"rates": [dear("2031-04-10", "2031-05-01")]}),
        200,
    )
    ok(edit_property(space, [{**CITY_TAX, "amount": 9_999}]), 200)
    longer = ok(space.api.move(booking["id"], check_out="2031-04-14"), 200)
    assert lines(longer) == {
        "3 nights": 36_000, "1 night": 20_000, "Booked within 3 days of arrival": -7_200, "Cleaning": 5_000,
        "City tax": 1_000, "VAT": 4_880,
    }  # fmt: skip
    back = ok(space.api.move(booking["id"], check_out=STAY[1]), 200)
    assert (back["total"], back["lines"]) == (booking["total"], booking["lines"]), "and undone, it is what it was"


def dear(start: str, end: str) -> Json:
    return {"start": start, "end": end, "nightly_rate": money(20_000)}


def edit_property(space: Space, charges: list[Json]) -> httpx.Response:
    return space.api.request("PATCH", f"/v1/properties/{space.home}", json={"charges": charges}, headers=ANY)


def test_nights_that_are_given_up_leave_with_their_price_at_either_end(space: Space) -> None:
    booking = booked(space)
    space.at(datetime(2031, 4, 9, 13, tzinfo=UTC))
    ok(space.api.request("PUT", f"/v1/units/{space.unit}/rate_rules", json={}), 200)
    later = ok(space.api.move(booking["id"], check_in="2031-04-12", check_out="2031-04-14"), 200)
    assert lines(later) == {
        "2 nights": 24_000, "Booked within 3 days of arrival": -2_400, "Cleaning": 5_000, "City tax": 500, "VAT": 2_160
    }  # fmt: skip
    elsewhen = ok(space.api.move(booking["id"], check_in="2031-06-01", check_out="2031-06-03"), 200)
    assert total(elsewhen) == 24_000 + 5_000 + 500 + 2_400, "of other nights nothing was sold"


def test_all_is_a_fresh_quote_and_none_is_what_it_was(space: Space) -> None:
    booking = booked(space)
    space.at(datetime(2031, 4, 11, 12, tzinfo=UTC))
    kept = ok(space.api.move(booking["id"], check_out="2031-04-15", reprice="none"), 200)
    assert (kept["total"], kept["lines"]) == (booking["total"], booking["lines"])
    assert total(ok(space.api.move(booking["id"], check_out="2031-04-14"), 200)) == total(booking), (
        "as it came, it goes"
    )
    quote = ok(space.api.quote(space.unit, "2031-04-10", "2031-04-16", guests=1))
    anew = ok(space.api.move(booking["id"], check_out="2031-04-16", reprice="all"), 200)
    assert (anew["total"], anew["lines"]) == (quote["total"], quote["lines"])


def test_the_former_word_for_it_still_counts_and_must_not_contradict(space: Space) -> None:
    booking = booked(space)
    space.at(datetime(2031, 4, 11, 12, tzinfo=UTC))
    assert total(ok(space.api.move(booking["id"], check_out="2031-04-14", keep_price=True), 200)) == total(booking)
    anew = ok(space.api.move(booking["id"], check_out="2031-04-15", keep_price=False), 200)
    assert total(anew) == 60_000 + 5_000 + 1_250 + 6_000, "all of it as it is sold now"
    for word, other in ((True, "all"), (True, "changed"), (False, "none")):
        refused = space.api.move(booking["id"], check_out="2031-04-16", keep_price=word, reprice=other)
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["param"]) == (422, "keep_price_differs", "keep_price")
    assert ok(space.api.move(booking["id"], check_out="2031-04-16", keep_price=True, reprice="none"), 200)


def test_in_another_unit_all_nights_are_new_unless_the_price_is_kept(space: Space) -> None:
    other, booking = space.new_unit(), booked(space)
    promised = ok(space.api.move(booking["id"], unit_id=other, reprice="none"), 200)
    assert (promised["total"], promised["unit_id"]) == (booking["total"], other)
    longer = ok(space.api.move(booking["id"], check_out="2031-04-14"), 200)
    assert total(longer) - total(booking) == 12_000 + 250 + 1_200, "what was promised was sold for the other unit"
    back = ok(space.api.move(booking["id"], unit_id=space.unit), 200)
    assert total(back) == 38_400 + 5_000 + 1_000 + 3_840


def test_nights_of_two_currencies_are_not_added(space: Space) -> None:
    booking = booked(space)
    home = ok(space.api.create_property("Haus", "Europe/Zurich", "CHF"))["id"]
    unit = ok(space.api.create_unit(home, "A", 4, money(9_000, "CHF")))["id"]
    ok(space.api.move(booking["id"], unit_id=unit, reprice="none"), 200)
    refused = space.api.move(booking["id"], check_out="2031-04-14")
    assert (refused.status_code, refused.json()["code"], refused.json()["param"]) == (
        422,
        "currency_differs",
        "reprice",
    )
    assert total(ok(space.api.move(booking["id"], check_out="2031-04-12"), 200)) == 19_200 + 5_000 + 500 + 1_920
    asked = ok(space.api.move(booking["id"], check_out="2031-04-14", reprice="all", dry_run=True), 200)
    assert (asked["difference"], asked["changes"]) == (None, [])
    assert ok(space.api.move(booking["id"], check_out="2031-04-14", reprice="all"), 200)["total"] == money(
        36_000, "CHF"
    )


# Guests


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_what_is_charged_by_the_person_follows_the_guests(space: Space, status: str) -> None:
    booking = booked(space, status=status)
    more = ok(edit(space.api, booking, guests=4), 200)
    assert total(more) - total(booking) == 3 * 3 * 250
    assert {**lines(more), "City tax": 750} == lines(booking)
    kept = ok(edit(space.api, booking, guests=2, reprice="none"), 200)
    assert (kept["guests"], total(kept)) == (2, total(more))
    ok(edit(space.api, booking, guests=4, reprice="none"), 200)
    assert total(ok(edit(space.api, booking, guests=1), 200)) == total(booking)


def test_a_booking_is_priced_anew_without_a_move(space: Space) -> None:
    booking = booked(space)
    ok(edit_property(space, [CITY_TAX]), 200)
    same = ok(edit(space.api, booking, notes="Late"), 200)
    assert total(same) == total(booking)
    anew = ok(edit(space.api, booking, reprice="all"), 200)
    assert lines(anew) == {"3 nights": 36_000, "Booked within 3 days of arrival": -7_200, "City tax": 750}
    again = edit(space.api, booking, reprice="all")
    assert (again.status_code, again.headers["etag"]) == (200, '"3"'), "and twice happens once"
    for nothing in ({"reprice": "changed"}, {"reprice": "none"}, {"dry_run": True}):
        assert edit(space.api, booking, **nothing).status_code == 422
    ok(edit_property(space, []), 200)
    here = ok(space.api.move(booking["id"], check_in=STAY[0], reprice="all"), 200)
    assert total(here) == 28_800


def test_what_is_kept_of_a_cancelled_booking_stays_when_its_guests_change(space: Space) -> None:
    booking = booked(space, cancellation_policy={"kind": "strict"})
    gone = ok(space.api.cancel(booking["id"]), 200)
    more = ok(edit(space.api, booking, guests=4), 200)
    owed = [one["total"]["amount"] - one["refund"]["amount"] for one in (gone, more)]
    assert owed == [total(booking)] * 2
    back = ok(space.api.post(f"/v1/bookings/{booking['id']}/reinstate"), 200)
    assert total(back) == total(booking) + 2_250


# Bookings that were sold in other ways


def test_what_a_quote_or_a_hold_promised_is_what_was_sold(space: Space) -> None:
    quote = ok(space.api.quote(space.unit, *STAY, guests=1))
    held = ok(space.api.hold(space.unit, "2031-04-20", "2031-04-22", guests=1, ignore_restrictions=False))
    space.at(datetime(2031, 4, 9, 12, 10, tzinfo=UTC))
    ok(
        space.api.request("PUT", f"/v1/units/{space.unit}/rates", json={"rates": [dear("2031-04-01", "2031-05-01")]}),
        200,
    )
    booking = booked(space, quote_id=quote["id"])
    longer = ok(space.api.move(booking["id"], check_out="2031-04-14"), 200)
    assert lines(longer)["3 nights"] == 36_000 and lines(longer)["1 night"] == 20_000
    assert (booking["quote_id"], longer["quote_id"]) == (quote["id"], None)
    taken = ok(
        space.api.book(space.unit, "2031-04-20", "2031-04-22", guests=1, guest={"name": "H"}, hold_id=held["id"])
    )
    assert lines(ok(space.api.move(taken["id"], check_out="2031-04-23"), 200))["2 nights"] == 24_000


def test_of_a_group_each_booking_keeps_what_it_was_sold_for(space: Space) -> None:
    other = space.new_unit()
    wanted = [
        {"unit_id": unit, "check_in": STAY[0], "check_out": STAY[1], "guests": 1, "guest": {"name": "G"}}
        for unit in (space.unit, other)
    ]
    group = ok(space.api.post("/v1/booking_groups", {"bookings": wanted}))
    first, second = group["bookings"]
    assert total(ok(edit(space.api, first, guests=3), 200)) == total(first) + 1_500
    ok(space.api.move(second["id"], check_out="2031-04-12"), 200)
    shown = ok(space.api.get(f"/v1/booking_groups/{group['id']}"), 200)
    assert [total(one) for one in shown["bookings"]] == [total(first) + 1_500, 24_000 + 5_000 + 500 + 2_400]


def test_a_booking_of_before_is_changed_by_its_lines(suite: Suite, space: Space) -> None:
    booking = booked(space)
    suite.d1("UPDATE bookings SET sale = NULL WHERE id = ?1", booking["id"])
    assert total(ok(edit(space.api, booking, guests=4), 200)) == total(booking) + 2_250
    suite.d1("UPDATE bookings SET sale = NULL WHERE id = ?1", booking["id"])
    space.at(datetime(2031, 4, 11, 12, tzinfo=UTC))
    longer = ok(space.api.move(booking["id"], check_out="2031-04-14"), 200)
    assert total(longer) == total(booking) + 2_250 + 12_000 + 4 * 250 + 1_200


# Before anything is written


def written(suite: Suite, booking: Json) -> list[Any]:
    """What `TABLES` hold of the tenant whose booking it is, once its queues have nothing left to do."""
    [tenant] = [row["tenant_id"] for row in suite.d1("SELECT tenant_id FROM bookings WHERE id = ?1", booking["id"])]
    settle(suite, tenant)
    return [suite.d1(f"SELECT * FROM {table} WHERE tenant_id = ?1", tenant) for table in TABLES]


def test_a_preview_says_lines_and_difference_and_writes_nothing(suite: Suite, space: Space) -> None:
    booking = booked(space)
    space.at(datetime(2031, 4, 11, 12, tzinfo=UTC))
    before = written(suite, booking)
    asked = space.api.move(booking["id"], check_out="2031-04-14", dry_run=True, key=None)
    told = ok(asked, 200)
    assert "rows_written=0" in asked.headers["propflow-cost"]
    assert asked.headers["etag"] == '"1"'
    assert told["difference"] == money(12_000 + 250 + 1_200)
    assert [(one["name"], one["before"], one["after"], one["difference"]) for one in told["changes"]] == [
        ("Nights", 36_000, 48_000, 12_000), ("Booked within 3 days of arrival", -7_200, -7_200, 0),
        ("Cleaning", 5_000, 5_000, 0), ("City tax", 750, 1_000, 250), ("VAT", 2_880, 4_080, 1_200),
    ]  # fmt: skip
    assert (told["free"], told["conflicts"], told["rules"], told["messages"]) == (True, [], [], ["booking_changed"])
    for reprice, more in (("all", 48_000 + 5_000 + 1_000 + 4_800 - total(booking)), ("none", 0)):
        said = ok(space.api.move(booking["id"], check_out="2031-04-14", reprice=reprice, dry_run=True), 200)
        assert (said["reprice"], said["difference"]["amount"]) == (reprice, more)
    guests = edit_preview(space, booking, guests=4)
    assert (guests["difference"]["amount"], guests["price"]["total"]["amount"]) == (2_250, total(booking) + 2_250)
    assert edit_preview(space, booking, notes="N")["messages"] == []
    assert written(suite, booking) == before
    assert total(ok(space.api.move(booking["id"], check_out="2031-04-14"), 200)) == told["price"]["total"]["amount"]


def edit_preview(space: Space, booking: Json, **fields: Any) -> Json:
    path = f"/v1/bookings/{booking['id']}"
    return ok(space.api.request("PATCH", path, json={**fields, "dry_run": True}), 200)


def test_a_preview_of_nights_that_cannot_be_had_says_why(space: Space) -> None:
    booking = ok(space.api.book(space.unit, *STAY, guests=1, guest={"name": "G"}))
    other = ok(space.api.book(space.unit, "2031-04-13", "2031-04-15", guests=1, guest={"name": "H"}))
    ok(space.api.request("PUT", f"/v1/units/{space.unit}/rate_rules", json={"max_stay": 3}), 200)
    told = ok(space.api.move(booking["id"], check_out="2031-04-14", dry_run=True), 200)
    assert (told["free"], [one["occupancy_id"] for one in told["conflicts"]]) == (False, [other["occupancy_id"]])
    assert [one["code"] for one in told["rules"]] == ["max_stay"]
    path = f"/v1/bookings/{booking['id']}/move"
    stale = space.api.request(
        "POST", path, json={"check_out": "2031-04-14", "dry_run": True}, headers={"If-Match": '"9"'}
    )
    assert stale.status_code == 412
    ok(space.api.cancel(booking["id"]), 200)
    assert space.api.move(booking["id"], check_out="2031-04-14", dry_run=True).json()["code"] == "invalid_transition"


def test_who_may_only_read_gets_no_preview(space: Space, alice: Manager) -> None:
    booking = booked(space)
    reader = space.api.with_token(ok(alice.api.create_api_key("r", mode="test", scopes=["bookings:read"]))["key"])
    assert reader.move(booking["id"], check_out="2031-04-14", dry_run=True).status_code == 403
    assert ok(reader.get_booking(booking["id"]), 200) == booking


# What follows


def test_the_invoice_and_the_guest_follow_the_guests(suite: Suite, alice: Manager) -> None:
    home = ok(alice.api.create_property("Casa", charges=[CITY_TAX]))["id"]
    unit = ok(alice.api.create_unit(home, "A", 4, money(10_000)))["id"]
    booking = alice.booking(unit, "2028-05-10", "2028-05-13", guests=1)
    wait_until_settled(suite, alice)
    ok(edit(alice.api, booking, guests=4), 200)
    wait_until_settled(suite, alice)
    assert sorted(documents(suite, booking["id"])) == [-30_750, 30_750, 33_000]
    assert events(suite, booking["id"]) == ["booking.created", "booking.updated"]
    told = suite.d1("SELECT template FROM deliveries WHERE object_id = ?1 AND channel = 'email'", booking["id"])
    assert sorted(one["template"] for one in told) == ["booking_changed", "booking_confirmed"]
    ok(edit(alice.api, booking, notes="N", guests=4), 200)
    ok(edit(alice.api, booking, guests=2, reprice="none"), 200)
    wait_until_settled(suite, alice)
    assert len(documents(suite, booking["id"])) == 3, "what costs the same is not invoiced again"


def test_who_has_left_is_invoiced_for_who_was_there(suite: Suite, space: Space) -> None:
    booking = booked(space)
    eventually(lambda: documents(suite, booking["id"]) == [total(booking)], what="the invoice to be issued")
    space.at(datetime(2031, 4, 11, 12, tzinfo=UTC))
    for verb in ("check_in", "check_out"):
        ok(space.api.post(f"/v1/bookings/{booking['id']}/{verb}"), 200)
    more = ok(edit(space.api, booking, guests=2), 200)
    assert total(more) == total(booking) + 750
    wanted = [-total(booking), total(booking), total(more)]
    eventually(lambda: sorted(documents(suite, booking["id"])) == wanted, what="the invoice to follow")
    told = suite.d1("SELECT template FROM deliveries WHERE object_id = ?1", booking["id"])
    assert {one["template"] for one in told} <= {"booking_confirmed"}


def test_who_swaps_units_keeps_what_was_sold(space: Space) -> None:
    booking, other = booked(space), space.new_unit()
    pair = ok(space.api.book(other, *STAY, guests=1, guest={"name": "H"}))
    ok(space.api.post("/v1/bookings/swap", {"booking_id": booking["id"], "other_booking_id": pair["id"]}), 200)
    longer = ok(space.api.move(booking["id"], check_out="2031-04-14"), 200)
    assert (longer["unit_id"], total(longer) - total(booking)) == (other, 12_000 + 250 + 1_200)


def test_of_a_pending_booking_nobody_is_told_what_it_costs_now(suite: Suite, alice: Manager) -> None:
    home = ok(alice.api.create_property("Casa", charges=[CITY_TAX]))["id"]
    unit = ok(alice.api.create_unit(home, "A", 4, money(10_000)))["id"]
    booking = alice.booking(unit, "2028-05-10", "2028-05-13", guests=1, status="pending")
    ok(edit(alice.api, booking, guests=4), 200)
    wait_until_settled(suite, alice)
    assert documents(suite, booking["id"]) == []
    assert suite.d1("SELECT template FROM deliveries WHERE object_id = ?1", booking["id"]) == []
