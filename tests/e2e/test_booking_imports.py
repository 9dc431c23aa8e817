"""Bookings of another system: brought in as they were sold, without a word to guests and without a second invoice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date, timedelta

import httpx
import pytest
from load.paths import cost_of
from support.aftermath import documents, events, taken, wait_until_settled
from support.joining import join
from support.people import Manager, fresh_guest, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.world import on_business
from support.tenancy import prove
from support.verbs import Json
from support.waiting import eventually

CALENDAR_CHANGES = "(SELECT * FROM outbox WHERE type = 'unit.calendar_changed')"
NEXT_YEAR = f"{date.today().year + 1}-01-10"  # exports end with the year after
HEAD = "reference;unit_id;status;check_in;check_out;guests;guest.name;guest.email;total;source;notes"


def row(unit_id: str, reference: str, check_in: str, check_out: str, *, status: str = "confirmed", guests: int = 2,
        email: str = "", total: str = "840,00") -> str:  # fmt: skip
    return f"{reference};{unit_id};{status};{check_in};{check_out};{guests};Ada Guest;{email};{total};channel;Late"


def file(rows: Iterable[str]) -> str:
    return "\r\n".join([HEAD, *rows, ""])


def imported(manager: Manager, *rows: str) -> list[Json]:
    """The bookings that a file created, in its order."""
    report = ok(manager.api.import_csv("bookings", file(rows)), 200)
    assert report["created"] == len(rows)
    return [ok(manager.api.get_booking(line["id"]), 200) for line in report["lines"]]


def told(report: Json) -> list[str]:
    """Of each line what becomes of it, or the code of what is wrong."""
    return [line["errors"][0]["code"] if line["errors"] else line["action"] for line in report["lines"]]


def number(suite: Suite, manager: Manager, table: str) -> int:
    return int(suite.d1(f"SELECT COUNT(*) AS n FROM {table} WHERE tenant_id = ?", manager.tenant["id"])[0]["n"])


def test_the_bookings_of_another_system_are_here_as_they_were_sold(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit(max_guests=2)
    over, coming, cancelled, asked = imported(
        alice,
        row(unit, "R-1", "2020-05-01", "2020-05-04", status="checked out", guests=5),
        row(unit, "R-2", "2040-05-01", "2040-05-08"),
        row(unit, "R-3", "2040-05-02", "2040-05-06", status="canceled"),
        row(unit, "R-4", "2040-06-01", "2040-06-03", status="pending", total="0"),
    )
    assert [one["status"] for one in (over, coming, cancelled, asked)] == [
        "checked_out", "confirmed", "cancelled", "pending",
    ]  # fmt: skip
    assert (coming["reference"], coming["source"], coming["notes"]) == ("R-2", "channel", "Late")
    assert (over["guests"], over["total"]) == (5, {"amount": 84_000, "currency": "EUR"})
    assert coming["lines"] == [{"kind": "night", "name": "7 nights", "quantity": 7, "amount": 84_000}]
    elsewhere = [one["invoiced_elsewhere"] for one in (over, coming, cancelled, asked)]
    assert elsewhere == [over["total"], coming["total"], None, None]
    assert [len(taken(suite, one)) for one in (over, coming, cancelled, asked)] == [1, 1, 0, 1]
    nights = ok(alice.api.calendar(unit, "2040-04-30", "2040-05-02"), 200)["data"]
    assert [(night["state"], night.get("occupancy_id")) for night in nights] == [
        ("free", None), ("taken", coming["occupancy_id"]),
    ]  # fmt: skip
    late = file([row(unit, "R-9", "2020-05-03", "2020-05-05")])
    assert told(ok(alice.api.import_csv("bookings", late, dry_run=True), 200)) == ["unit_unavailable"]


def test_nobody_is_told_nothing_is_invoiced_and_the_calendar_is_refreshed(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    prove(suite, alice.tenant["id"])
    unit, guest = alice.new_unit(), fresh_guest()
    url = ok(alice.api.create_export(unit))["url"]
    wait_until_settled(suite, alice)
    told_before = number(suite, alice, CALENDAR_CHANGES)
    days = [(date.fromisoformat(NEXT_YEAR) + timedelta(days=day)).isoformat() for day in range(4)]
    rows = [row(unit, f"R-{day}", days[day], days[day + 1], email=guest["email"]) for day in range(3)]
    made = imported(alice, *rows, row(unit, "R-9", "2020-05-10", "2020-05-12", email=guest["email"]))
    wait_until_settled(suite, alice)
    eventually(lambda: days[0].replace("-", "") in alice.api.ical(url).text, what="the export to be refreshed")
    assert standin.emails(guest["email"]) == []
    guests = alice.api.request("PATCH", f"/v1/bookings/{made[0]['id']}", json={"guests": 3}, headers={"If-Match": "*"})
    assert ok(guests, 200)["lines"] == made[0]["lines"]
    wait_until_settled(suite, alice)
    assert standin.emails(guest["email"]) == [], "more guests change nothing of a price that includes everything"
    assert [documents(suite, one["id"]) for one in made] == [[]] * 4
    assert [events(suite, one["id"]) for one in made[1:]] == [["booking.created"]] * 3
    assert number(suite, alice, CALENDAR_CHANGES) == told_before + 1

    def audited() -> set[str]:
        rows = suite.d1("SELECT object_id FROM audit_events WHERE tenant_id = ? AND action = 'booking.created'",
                        alice.tenant["id"], binding="DB_AUDIT")  # fmt: skip
        return {one["object_id"] for one in rows}

    eventually(lambda: audited() == {one["id"] for one in made}, what="the audit to be copied")


def test_what_comes_later_is_invoiced_beyond_what_was_and_the_guest_is_told(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    prove(suite, alice.tenant["id"])
    unit, guests = alice.new_unit(rate=12_000), [fresh_guest() for _ in range(3)]
    longer, gone, asked = imported(
        alice,
        row(unit, "R-1", "2040-05-01", "2040-05-04", email=guests[0]["email"], total="100.00"),
        row(unit, "R-2", "2040-06-01", "2040-06-04", email=guests[1]["email"]),
        row(unit, "R-3", "2040-07-01", "2040-07-04", email=guests[2]["email"], status="pending", total="50.00"),
    )
    moved = ok(alice.api.move(longer["id"], check_out="2040-05-05"), 200)
    assert moved["total"]["amount"] == 10_000 + 12_000
    ok(alice.api.cancel(gone["id"]), 200)
    ok(alice.api.confirm(asked["id"]), 200)
    wait_until_settled(suite, alice)
    assert [documents(suite, one["id"]) for one in (longer, gone, asked)] == [[12_000], [], [5_000]]
    for guest in guests:
        eventually(lambda guest=guest: len(standin.emails(guest["email"])) == 1, what="the guest to be told")
    shorter = ok(alice.api.move(longer["id"], check_out="2040-05-03"), 200)
    assert shorter["total"]["amount"] < 10_000
    wait_until_settled(suite, alice)
    assert sorted(documents(suite, longer["id"])) == [-12_000, 12_000], "what was invoiced elsewhere is credited there"
    ok(alice.api.post(f"/v1/bookings/{gone['id']}/reinstate"), 200)
    wait_until_settled(suite, alice)
    assert documents(suite, gone["id"]) == []


def test_a_night_that_is_sold_here_costs_its_taxes_and_fees_as_well(suite: Suite, alice: Manager) -> None:
    charges = [
        {"name": "VAT", "kind": "tax", "basis": "percent", "basis_points": 1_000},
        {"name": "City tax", "kind": "tax", "basis": "per_person_night", "amount": 100},
        {"name": "Cleaning", "kind": "fee", "basis": "per_stay", "amount": 5_000},
    ]
    home = f"/v1/properties/{alice.property_id}"
    ok(alice.api.request("PATCH", home, json={"charges": charges}, headers={"If-Match": "*"}), 200)
    unit, other = alice.new_unit(rate=12_000), alice.new_unit(rate=12_000)
    [booking] = imported(alice, row(unit, "R-1", "2040-05-01", "2040-05-03", total="100.00"))
    longer = ok(alice.api.move(booking["id"], check_out="2040-05-04"), 200)
    assert longer["total"]["amount"] == 10_000 + 12_000 + 1_200 + 2 * 100
    assert {line["kind"] for line in longer["lines"]} == {"night"}
    wait_until_settled(suite, alice)
    assert documents(suite, booking["id"]) == [13_400]
    elsewhere = ok(alice.api.move(booking["id"], unit_id=other, check_out="2040-05-02"), 200)
    assert elsewhere["total"]["amount"] == 12_000 + 1_200 + 2 * 100 + 5_000, "no night is left that was sold there"


def test_a_file_imported_twice_creates_nothing_twice(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    text = file([row(unit, "R-1", "2040-05-01", "2040-05-08"), row(unit, "R-2", "2040-05-08", "2040-05-09")])
    first = ok(alice.api.import_csv("bookings", text), 200)
    ok(alice.api.cancel(first["lines"][1]["id"]), 200)
    again = ok(alice.api.import_csv("bookings", text), 200)
    assert (again["unchanged"], [line["id"] for line in again["lines"]]) == (2, [line["id"] for line in first["lines"]])
    changed = ok(alice.api.import_csv("bookings", text.replace("840", "900"), dry_run=True), 200)
    assert told(changed) == ["booking_differs", "unchanged"]
    assert [error["column"] for error in changed["lines"][0]["errors"]] == ["total"]
    assert number(suite, alice, "bookings") == 2


def test_two_imports_at_once_create_each_booking_once(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    text = file(row(unit, f"R-{day}", f"2040-05-{day:02}", f"2040-05-{day + 1:02}") for day in range(1, 21))

    async def at_once() -> list[int]:
        async with alice.api.many() as calls:
            found = await asyncio.gather(*[calls.import_csv("bookings", text) for _ in range(4)])
        return [answer.status_code for answer in found]

    assert asyncio.run(at_once()) == [200] * 4
    assert number(suite, alice, "bookings") == number(suite, alice, "occupancies") == 20


def test_nights_that_are_taken_are_told_with_what_has_them_and_nothing_is_done(suite: Suite, alice: Manager) -> None:
    villa, room, other = alice.new_units(3)
    ok(alice.api.set_parts(villa, [room, other]), 200)
    block = ok(alice.api.block(room, "2040-05-03", "2040-05-05"))
    rows = [
        row(villa, "R-1", "2040-05-01", "2040-05-04"), row(room, "R-2", "2040-05-05", "2040-05-07"),
        row(villa, "R-3", "2040-05-06", "2040-05-09"), row(other, "R-4", "2040-05-01", "2040-05-04"),
        row(room, "R-5", "2040-05-04", "2040-05-06", status="cancelled"),
    ]  # fmt: skip
    report = ok(alice.api.import_csv("bookings", file(rows), dry_run=True), 200)
    assert told(report) == ["unit_unavailable", "create", "lines_overlap", "lines_overlap", "create"]
    [error] = report["lines"][0]["errors"]
    assert [(one["occupancy_id"], one["kind"]) for one in error["conflicts"]] == [(block["occupancy_id"], "owner")]
    refused = alice.api.import_csv("bookings", file(rows))
    assert (refused.status_code, refused.json()["code"], refused.json()["failed"]) == (422, "lines_refused", 3)
    assert refused.json()["lines"][0]["errors"] == [error]
    assert number(suite, alice, "bookings") == 0
    assert [one["status"] for one in imported(alice, rows[1], rows[4])] == ["confirmed", "cancelled"]


def test_the_rules_of_a_unit_do_not_count_for_what_was_sold_elsewhere(alice: Manager) -> None:
    unit = alice.new_unit()
    rules = {"min_stay": 5, "booking_window_days": 10, "preparation_days": 2}
    ok(alice.api.request("PUT", f"/v1/units/{unit}/rate_rules", json=rules), 200)
    assert alice.api.book(unit, "2040-05-01", "2040-05-02").json()["code"] == "stay_not_allowed"
    imported(alice, row(unit, "R-1", "2040-05-01", "2040-05-02"), row(unit, "R-2", "2040-05-02", "2040-05-03"))


def test_more_guests_than_a_unit_takes_may_stay_longer_and_move_to_no_other_that_is_too_small(alice: Manager) -> None:
    unit, small, large = alice.new_unit(max_guests=2), alice.new_unit(max_guests=4), alice.new_unit(max_guests=5)
    [booking] = imported(alice, row(unit, "R-1", "2040-05-01", "2040-05-03", guests=5))
    ok(alice.api.move(booking["id"], check_out="2040-05-04", dry_run=True), 200)
    assert ok(alice.api.move(booking["id"], check_out="2040-05-04"), 200)["guests"] == 5
    assert alice.api.move(booking["id"], unit_id=small).json()["code"] == "too_many_guests"
    assert ok(alice.api.move(booking["id"], unit_id=large), 200)["unit_id"] == large


def test_who_is_restricted_imports_into_their_units_and_learns_of_no_other(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    on_business(suite, alice.tenant["id"])
    home = ok(alice.api.create_property("Hidden"))["id"]
    hidden = ok(alice.api.create_unit(home, "Hidden", reference="H"))["id"]
    mine = alice.new_unit(reference="M")
    imported(alice, row(hidden, "R-1", "2040-05-01", "2040-05-08"))
    carol = join(alice, standin, "manager", [alice.property_id])
    text = file([row(hidden, "R-2", "2040-06-01", "2040-06-02"), row("unit_9", "R-3", "2040-06-01", "2040-06-02"),
                 row(mine, "R-1", "2040-06-01", "2040-06-02")])  # fmt: skip
    report = ok(carol.api.import_csv("bookings", text, dry_run=True), 200)
    assert told(report) == ["unit_not_found", "unit_not_found", "reference_taken"]
    first, second, third = (line["errors"][0] for line in report["lines"])
    assert first == second and third["column"] == "reference"
    by_reference = file([row("M", "R-4", "2040-06-01", "2040-06-02"), row("H", "R-5", "2040-06-01", "2040-06-02")])
    report = ok(carol.api.import_csv("bookings", by_reference.replace("unit_id", "unit_reference"), dry_run=True), 200)
    assert told(report) == ["create", "unit_not_found"]


def test_tenants_do_not_meet_in_their_references_and_units(alice: Manager, bob: Manager) -> None:
    ours, theirs = alice.new_unit(reference="A"), bob.new_unit(reference="A")
    imported(alice, row(ours, "R-1", "2040-05-01", "2040-05-08"))
    report = ok(bob.api.import_csv("bookings", file([row(ours, "R-1", "2040-06-01", "2040-06-02")]), dry_run=True), 200)
    assert told(report) == ["unit_not_found"]
    [booking] = imported(bob, row(theirs, "R-1", "2040-05-01", "2040-05-08"))
    assert booking["unit_id"] == theirs


def test_a_template_can_be_filled_in_and_imported(alice: Manager) -> None:
    for kind in ("properties", "units", "bookings"):
        template = alice.api.get(f"/v1/imports/{kind}/template")
        assert f'filename="{kind}.csv"' in template.headers["content-disposition"]
        assert ok(alice.api.import_csv(kind, template.text), 200)["created"] == 1


@pytest.mark.timeout(900)
def test_five_thousand_bookings_are_one_batch(suite: Suite, alice: Manager) -> None:
    alice.api.http.timeout = httpx.Timeout(300)  # it takes long where others are at work as well
    units = alice.new_units(10)
    days = [(date(2030, 1, 1) + timedelta(days=day)).isoformat() for day in range(501)]
    stays = [
        (unit, f"{place}-{day}", days[day], days[day + 1]) for place, unit in enumerate(units) for day in range(500)
    ]
    rows = [row(*stay) for stay in stays]
    text = file(rows)
    tried = alice.api.import_csv("bookings", text, dry_run=True)
    assert ok(tried, 200)["created"] == 5_000 and number(suite, alice, "bookings") == 0
    answer = alice.api.import_csv("bookings", text)
    print(f"\n5,000 bookings: {len(text) // 1024} KiB, {answer.elapsed.total_seconds():.1f} s, {cost_of(answer)}")
    assert ok(answer, 200)["created"] == 5_000
    assert cost_of(answer)["batches"] == 4 and number(suite, alice, "bookings") == 5_000
    again = alice.api.import_csv("bookings", text)
    assert ok(again, 200)["unchanged"] == 5_000
    others = [one.replace(";", "x;", 1) for one in rows]
    refused = alice.api.import_csv("bookings", file(others), dry_run=True)
    print(f"5,000 conflicts: {refused.elapsed.total_seconds():.1f} s, {cost_of(refused)}")
    assert ok(refused, 200)["failed"] == 5_000
