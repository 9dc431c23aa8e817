"""The nights of a unit: each free or taken, with its reasons and its price, and the history of one."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from load.paths import HISTORY, cost_of
from support.people import Manager, fresh_guest, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.world import random_like
from support.verbs import Json, money
from support.waiting import eventually

FAR = date(2028, 5, 1)


def nights(manager: Manager, unit: str, start: str, end: str) -> list[Json]:
    return list(ok(manager.api.calendar(unit, start, end), 200)["data"])


def reasons(manager: Manager, unit: str, start: str, end: str) -> dict[str, list[str]]:
    """The reasons of the nights that have some, by the day of the month."""
    return {one["date"][-2:]: one["reasons"] for one in nights(manager, unit, start, end) if one["reasons"]}


def put_rules(manager: Manager, unit: str, **rules: Any) -> None:
    ok(manager.api.request("PUT", f"/v1/units/{unit}/rate_rules", json=rules), 200)


def today(days: int = 0) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def test_free_nights_show_their_price_and_nothing_else(alice: Manager) -> None:
    unit = alice.new_unit(rate=10_000)
    ok(alice.api.set_rates(unit, [{"start": "2028-05-02", "end": "2028-05-04", "nightly_rate": money(15_000)}]), 200)
    put_rules(alice, unit, weekdays={"wednesday": 1_000})  # 2028-05-03
    assert nights(alice, unit, "2028-05-01", "2028-05-05") == [
        {"date": f"2028-05-0{day}", "state": "free", "reasons": [], "nightly_rate": money(amount)}
        for day, amount in ((1, 10_000), (2, 15_000), (3, 16_500), (4, 10_000))
    ]


def test_taken_nights_say_by_what(suite: Suite, standin: StandIn, alice: Manager) -> None:
    unit = alice.new_unit()
    booking = alice.booking(unit, "2028-05-01", "2028-05-03")
    hold = ok(alice.api.hold(unit, "2028-05-03", "2028-05-04"))
    ok(alice.api.block(unit, "2028-05-05", "2028-05-06", "owner"))
    ok(alice.api.block(unit, "2028-05-06", "2028-05-07", "maintenance"))
    url = standin.put_airbnb(f"airbnb-{unit}", stays=[("2028-05-08", "2028-05-09", "HMABCDEFGH")])
    ok(alice.api.create_feed(unit, url))
    eventually(lambda: nights(alice, unit, "2028-05-08", "2028-05-09")[0]["state"] == "taken", what="the import")
    found = nights(alice, unit, "2028-05-01", "2028-05-10")
    assert [(one["state"], one["reasons"]) for one in found] == [
        ("taken", ["booking"]), ("taken", ["booking"]), ("taken", ["hold"]), ("free", []), ("taken", ["owner"]),
        ("taken", ["maintenance"]), ("free", []), ("taken", ["ical"]), ("free", []),
    ]  # fmt: skip
    assert (found[1]["occupancy_id"], found[1]["lineage"]) == (
        booking["occupancy_id"], {"kind": "booking", "ref_id": booking["id"], "source": "direct"},
    )  # fmt: skip
    assert found[2]["lineage"]["ref_id"] == hold["id"]
    assert found[7]["lineage"]["kind"] == "ical"


def test_a_hold_that_ran_out_takes_nothing(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    hold = ok(alice.api.hold(unit, "2028-05-01", "2028-05-03"))
    suite.d1("UPDATE occupancies SET expires_at = 1 WHERE id = ?", hold["occupancy_id"])
    assert reasons(alice, unit, "2028-05-01", "2028-05-03") == {}


def test_nights_next_to_a_stay_are_for_preparation(alice: Manager) -> None:
    unit = alice.new_unit()
    put_rules(alice, unit, preparation_days=2)
    alice.booking(unit, "2028-05-10", "2028-05-12")
    expected = {"08": ["prep"], "09": ["prep"], "10": ["booking"], "11": ["booking"], "12": ["prep"], "13": ["prep"]}
    assert reasons(alice, unit, "2028-05-05", "2028-05-16") == expected
    assert reasons(alice, unit, "2028-05-13", "2028-05-16") == {"13": ["prep"]}
    assert reasons(alice, unit, "2028-05-05", "2028-05-09") == {"08": ["prep"]}


def test_nights_too_near_and_too_far_say_so(alice: Manager) -> None:
    unit = alice.new_unit()
    put_rules(alice, unit, advance_notice_days=20, booking_window_days=40)
    found = [one["reasons"] for one in nights(alice, unit, today(), today(61))]
    assert found[10] == ["advance_notice"]
    assert [found[18], found[22], found[38], found[42]] == [["advance_notice"], [], [], ["booking_window"]]


def test_a_gap_shorter_than_the_shortest_stay_cannot_be_booked(alice: Manager) -> None:
    unit = alice.new_unit()
    alice.booking(unit, "2028-05-03", "2028-05-05")
    alice.booking(unit, "2028-05-07", "2028-05-09")
    put_rules(alice, unit, min_stay=3)
    found = reasons(alice, unit, "2028-05-01", "2028-05-12")
    assert {day: why for day, why in found.items() if why != ["booking"]} == {"05": ["min_stay"], "06": ["min_stay"]}
    assert reasons(alice, unit, "2028-05-06", "2028-05-07") == {"06": ["min_stay"]}
    refused = alice.api.quote(unit, "2028-05-05", "2028-05-07").json()
    assert [one["code"] for one in refused["reasons"]] == ["min_stay"]


def test_nights_that_nobody_may_begin_or_end_are_closed(alice: Manager) -> None:
    unit = alice.new_unit()
    alice.booking(unit, "2028-05-01", "2028-05-05")
    closed = [{"start": "2028-05-05", "end": "2028-05-08", "closed_to_arrival": True}]
    ok(alice.api.set_rates(unit, closed), 200)
    found = reasons(alice, unit, "2028-05-05", "2028-05-10")
    assert found == {"05": ["closed"], "06": ["closed"], "07": ["closed"]}


def test_a_calendar_is_sent_once(alice: Manager) -> None:
    unit = alice.new_unit()
    path, params = f"/v1/units/{unit}/calendar", {"start": "2028-05-01", "end": "2028-06-01"}
    etag = alice.api.calendar(unit, *params.values()).headers["etag"]
    again = alice.api.request("GET", path, params=params, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    alice.booking(unit, "2028-05-03", "2028-05-04")
    assert alice.api.request("GET", path, params=params, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [("2028-05-01", "2028-05-01", 422), ("2028-05-02", "2028-05-01", 422), ("2028-01-01", "2029-01-02", 422),
     ("2028-01-01", "2029-01-01", 200), ("x", "2028-05-01", 422)],
)  # fmt: skip
def test_a_range_has_up_to_366_nights(alice: Manager, start: str, end: str, status: int) -> None:
    answer = alice.api.calendar(alice.new_unit(), start, end)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert len(answer.json()["data"]) == 366


@pytest.mark.parametrize(
    ("zone", "start", "end", "count"),
    [
        ("Australia/Lord_Howe", "2026-04-01", "2026-04-10", 9),
        ("Australia/Lord_Howe", "2026-10-01", "2026-10-08", 7),
        ("Pacific/Apia", "2011-12-28", "2012-01-02", 5),  # the 30th was left out there; it is a date like any other
        ("Asia/Kathmandu", "2028-02-27", "2028-03-02", 4),
        ("Australia/Sydney", "2026-04-04", "2026-04-07", 3),
        ("Australia/Sydney", "2026-10-03", "2026-10-06", 3),
    ],
)
def test_a_stay_has_as_many_nights_as_its_dates_are_apart_in_every_zone(
    alice: Manager, zone: str, start: str, end: str, count: int
) -> None:
    home = ok(alice.api.create_property("Far", zone, "AUD"))["id"]
    unit = str(ok(alice.api.create_unit(home, nightly_rate=money(10_007, "AUD")))["id"])
    quote = ok(alice.api.quote(unit, start, end))
    assert (quote["total"]["amount"], quote["lines"][0]["quantity"]) == (count * 10_007, count)
    found = nights(alice, unit, start, end)
    assert [one["date"] for one in found] == [
        (date.fromisoformat(start) + timedelta(days=number)).isoformat() for number in range(count)
    ]
    alice.booking(unit, start, end)
    assert {one["state"] for one in nights(alice, unit, start, end)} == {"taken"}


def test_the_history_of_a_night_says_who_took_it_and_when(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    hold = ok(alice.api.hold(unit, "2028-05-01", "2028-05-04"))
    suite.d1("UPDATE occupancies SET expires_at = 1 WHERE id = ?", hold["occupancy_id"])
    booking = alice.booking(unit, "2028-05-02", "2028-05-03", fresh_guest())
    ok(alice.api.cancel(booking["id"]), 200)
    block = ok(alice.api.block(unit, "2028-05-02", "2028-05-05"))
    path = f"/v1/units/{unit}/calendar/history"
    found = ok(alice.api.get(path, date="2028-05-02"), 200)
    assert [(one["kind"], one["ref_id"], one["live"]) for one in found["occupancies"]] == [
        ("owner", block["id"], True), ("booking", booking["id"], False), ("hold", hold["id"], False),
    ]  # fmt: skip
    assert found["occupancies"][0]["ended_at"] is None and found["occupancies"][1]["ended_at"]
    told = [(one["type"], one["object_id"], one["actor"]) for one in found["events"]]
    assert ("hold.created", hold["id"], alice.user["id"]) in told
    assert ("block.created", block["id"], alice.user["id"]) in told
    earlier = ok(alice.api.get(path, date="2028-05-01"), 200)
    assert [one["ref_id"] for one in earlier["occupancies"]] == [hold["id"]]
    assert ok(alice.api.get(path, date="2028-05-09"), 200)["occupancies"] == []


def history_of(suite: Suite, manager: Manager, unit: str, rows: int, mark: str) -> None:
    """Past stays, one night each with one free night between."""
    before = FAR - timedelta(days=2 if mark == "a" else 1000)
    stays = [
        [f"{number:06}", (start := before - timedelta(days=2 * number)).isoformat(),
         (start + timedelta(days=1)).isoformat()] for number in range(rows)
    ]  # fmt: skip
    suite.d1(HISTORY, manager.tenant["id"], unit, json.dumps(stays), f"{mark}{unit[-8:]}")


def test_what_is_read_does_not_grow_with_history(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    seasons = [{"start": "2028-05-01", "end": "2028-05-10", "nightly_rate": money(1)}]
    ok(alice.api.set_rates(unit, seasons), 200)
    put_rules(alice, unit, min_stay=1, preparation_days=0, weekdays={"friday": 100})
    stay = ("2028-05-03", "2028-05-06")

    def costs() -> list[tuple[int, int]]:
        answers = [
            alice.api.calendar(unit, *stay), alice.api.availability(*stay, property_id=alice.property_id),
            alice.api.quote(unit, *stay),
        ]  # fmt: skip
        found = [cost_of(answer) for answer in answers]
        return [(cost["statements"], cost["rows_read"]) for cost in found]

    costs()
    history_of(suite, alice, unit, 50, "a")
    few = costs()
    history_of(suite, alice, unit, 450, "b")
    many = costs()
    print("statements and rows read (calendar, availability, quote):", few, many)
    assert few == many


def test_a_search_reads_two_rows_for_a_unit_and_one_for_a_result(alice: Manager) -> None:
    def search() -> int:
        return cost_of(alice.api.availability("2028-05-03", "2028-05-06"))["rows_read"]

    alice.booking(alice.new_unit(), "2028-05-03", "2028-05-06")
    one_taken = search()
    units = alice.new_units(4)
    four_free = search()
    for unit in units:
        alice.booking(unit, "2028-05-01", "2028-05-03")
    four_free_with_stays = search()
    for unit in units:
        alice.booking(unit, "2028-05-04", "2028-05-06")
    all_taken = search()
    print("rows read: 1 taken, 4 free more, 4 with a stay before, all taken:", one_taken, four_free,
          four_free_with_stays, all_taken)  # fmt: skip
    assert four_free - one_taken <= (2 + 1) * 4
    assert four_free_with_stays == four_free
    assert all_taken - one_taken == 2 * 4


def test_pages_of_a_search_leave_out_what_the_rules_forbid_and_miss_nothing(alice: Manager) -> None:
    units = alice.new_units(5)
    for unit in units[1:4]:
        put_rules(alice, unit, min_stay=5)
    found, after = [], None
    for _ in range(5):
        page = ok(alice.api.availability("2028-05-03", "2028-05-06", limit=2, after=after), 200)
        found += [one["unit_id"] for one in page["data"]]
        after = page["next_cursor"]
        if not page["has_more"]:
            break
    assert found == [units[0], units[4]]


def test_a_unit_that_consists_of_others_is_taken_with_each_of_them(suite: Suite, alice: Manager) -> None:
    villa, *rooms = alice.new_units(3)
    for room in rooms:
        part = "INSERT INTO unit_parts (tenant_id, combined_id, part_id, since) VALUES (?, ?, ?, '2028-01-01')"
        suite.d1(part, alice.tenant["id"], villa, room)
    own = alice.booking(rooms[0], "2028-05-03", "2028-05-05")
    whole = alice.booking(villa, "2028-05-06", "2028-05-07")

    def taken(unit: str) -> dict[str, str]:
        found = nights(alice, unit, "2028-05-01", "2028-05-09")
        return {one["date"][-1]: one["lineage"]["ref_id"] for one in found if one["state"] == "taken"}

    assert taken(villa) == {"3": own["id"], "4": own["id"], "6": whole["id"]}
    assert taken(rooms[0]) == {"3": own["id"], "4": own["id"], "6": whole["id"]}
    assert taken(rooms[1]) == {"6": whole["id"]}


def test_what_a_refusal_costs_does_not_tell_of_another_tenants_unit(alice: Manager, bob: Manager) -> None:
    unit = bob.new_unit()
    for start, end in (("2028-05-01", "2028-05-02"), ("2028-05-03", "2028-05-08"), ("2028-05-20", "2028-05-21")):
        bob.booking(unit, start, end)
    for path, query in (("calendar", {"start": "2028-05-02", "end": "2028-05-10"}), ("rates", {}),
                        ("calendar/history", {"date": "2028-05-04"}), ("rate_rules", {})):  # fmt: skip
        known, unknown = (alice.api.get(f"/v1/units/{one}/{path}", **query) for one in (unit, random_like(unit)))
        assert known.status_code == unknown.status_code == 404
        assert cost_of(known)["rows_read"] == cost_of(unknown)["rows_read"], path
