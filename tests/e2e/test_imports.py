"""Properties and units from a spreadsheet: every line is told, all of it is done or nothing, and twice is once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from load.paths import cost_of
from support.joining import join
from support.people import Manager, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.world import on_business
from support.waiting import eventually

HOUSES = (
    "reference,name,time_zone,currency,address.city\nH-1,House,Europe/Zurich,CHF,Bern\nH-2,Casa,Europe/Madrid,EUR,\n"
)
UNIT_NAMES = "reference;property_id;name;max_guests;nightly_rate"


def units_csv(manager: Manager, lines: Iterable[str]) -> str:
    """Lines of `reference;name;guests;rate` under the manager's property."""
    rows = (line.split(";", 1) for line in lines)
    return f"{UNIT_NAMES}\r\n" + "".join(f"{ref};{manager.property_id};{rest}\r\n" for ref, rest in rows)


def actions(report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(line["line"], line["action"]) for line in report["lines"]]


def faults(report: dict[str, Any]) -> list[tuple[int, list[tuple[str | None, str]]]]:
    return [(line["line"], [(one["column"], one["code"]) for one in line["errors"]]) for line in report["lines"]]


def number(suite: Suite, manager: Manager, table: str) -> int:
    return int(suite.d1(f"SELECT COUNT(*) AS n FROM {table} WHERE tenant_id = ?", manager.tenant["id"])[0]["n"])


def test_a_file_imported_twice_creates_nothing_twice(suite: Suite, alice: Manager) -> None:
    first = ok(alice.api.import_csv("properties", HOUSES), 200)
    assert (first["created"], first["updated"], actions(first)) == (2, 0, [(2, "create"), (3, "create")])
    again = ok(alice.api.import_csv("properties", HOUSES), 200)
    assert (again["unchanged"], actions(again)) == (2, [(2, "unchanged"), (3, "unchanged")])
    assert [line["id"] for line in again["lines"]] == [line["id"] for line in first["lines"]]
    house = ok(alice.api.get(f"/v1/properties/{first['lines'][0]['id']}"), 200)
    assert (house["reference"], house["name"], house["address"], house["version"]) == (
        "H-1",
        "House",
        {"city": "Bern"},
        1,
    )
    flats = "property_reference,reference,name,max_guests,nightly_rate\nH-1,A,Flat,4,120.50\nH-2,A,Flat,2,80\n"
    made = ok(alice.api.import_csv("units", flats), 200)
    assert made["created"] == 2 and ok(alice.api.import_csv("units", flats), 200)["unchanged"] == 2
    unit = ok(alice.api.get(f"/v1/units/{made['lines'][0]['id']}"), 200)
    assert (unit["reference"], unit["nightly_rate"]) == ("A", {"amount": 12_050, "currency": "CHF"})
    assert number(suite, alice, "units") == 2 and number(suite, alice, "properties") == 3


def test_a_line_that_differs_changes_what_it_names(alice: Manager) -> None:
    ok(alice.api.import_csv("properties", HOUSES), 200)
    changed = HOUSES.replace("House", "Manor").replace("Bern", "").replace("address.city", "address.line1")
    report = ok(alice.api.import_csv("properties", changed.replace(",CHF,", ",CHF,Gasse 1")), 200)
    assert actions(report) == [(2, "update"), (3, "unchanged")]
    house = ok(alice.api.get(f"/v1/properties/{report['lines'][0]['id']}"), 200)
    assert (house["name"], house["address"]) == ("Manor", {"line1": "Gasse 1", "city": "Bern"})
    assert house["version"] == 2
    ok(alice.api.import_csv("units", units_csv(alice, ["A;Flat;4;100"])), 200)
    report = ok(alice.api.import_csv("units", f"reference;property_id;nightly_rate\nA;{alice.property_id};90,5"), 200)
    unit = ok(alice.api.get(f"/v1/units/{report['lines'][0]['id']}"), 200)
    assert (unit["name"], unit["nightly_rate"]["amount"], report["updated"]) == ("Flat", 9_050, 1)


def test_a_dry_run_tells_every_line_and_changes_nothing(suite: Suite, alice: Manager) -> None:
    ok(alice.api.import_csv("units", units_csv(alice, ["A;Flat;4;100"])), 200)
    text = units_csv(alice, ["A;Flat;4;100", "B;New;2;80", "A;Again;2;80", ";None;2;80", "C;;many;1.234"])
    tables = ("units", "events", "outbox", "idempotency_keys")
    before = [number(suite, alice, table) for table in tables]
    report = ok(alice.api.import_csv("units", text, dry_run=True), 200)
    assert [action for _, action in actions(report)] == ["unchanged", "create", "error", "error", "error"]
    assert faults(report)[2:] == [
        (4, [("reference", "repeated")]), (5, [("reference", "missing")]), (6, [("nightly_rate", "invalid_rate")]),
    ]  # fmt: skip
    assert (report["unchanged"], report["created"], report["failed"]) == (1, 1, 3)
    refused = alice.api.import_csv("units", text)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["param"]) == (422, "lines_refused", "csv")
    assert [line["line"] for line in problem["lines"]] == [4, 5, 6] and problem["failed"] == 3
    good = ok(alice.api.import_csv("units", units_csv(alice, ["B;New;2;80"]), dry_run=True), 200)
    assert actions(good) == [(2, "create")] and good["lines"][0]["id"] is None
    *others, keys = before
    assert [number(suite, alice, table) for table in tables] == [*others, keys + 1], "the refusal is kept for its key"


def test_lines_are_judged_by_the_rules_of_the_json_routes(alice: Manager, bob: Manager) -> None:
    text = (
        "reference,property_id,name,max_guests,nightly_rate,type,beds,amenities\n"
        f"A,{alice.property_id},,0,80,castle,hay:1,Wi-Fi\n"
        f"B,{bob.property_id},Flat,2,80,,,\n"
        "C,,Flat,2,80,,,\n"
        f'D,{alice.property_id},"a\x07b",2,80,,,\n'
    )
    assert faults(ok(alice.api.import_csv("units", text, dry_run=True), 200)) == [
        (2, [("name", "missing"), ("max_guests", "greater_than_equal"), ("type", "literal_error"),
             ("beds", "literal_error"), ("amenities", "string_pattern_mismatch")]),
        (3, [("property_id", "property_not_found")]), (4, [("property_reference", "missing")]),
        (5, [("name", "value_error")]),
    ]  # fmt: skip
    ok(alice.api.import_csv("properties", HOUSES), 200)
    moved = HOUSES.replace("CHF", "EUR").replace("Europe/Madrid", "Mars/Base")
    assert faults(ok(alice.api.import_csv("properties", moved, dry_run=True), 200)) == [
        (2, [("currency", "currency_is_fixed")]), (3, [("time_zone", "value_error")])
    ]  # fmt: skip


def test_a_cell_longer_than_any_field_is_refused_by_its_column(alice: Manager) -> None:
    row = f'{alice.property_id},Flat,2,80,"{"," * 120_000}"\n'
    names = "reference,property_id,name,max_guests,nightly_rate,beds\n"
    text = names + "".join(f"R{number},{row}" for number in range(8))
    report = ok(alice.api.import_csv("units", text, dry_run=True), 200)
    assert faults(report) == [(line, [("beds", "string_too_long")]) for line in range(2, 10)]
    few = names + f'R,{alice.property_id},Flat,2,80,"{"double:1," * 2_000}"\n'
    assert faults(ok(alice.api.import_csv("units", few, dry_run=True), 200)) == [(2, [("beds", "too_long")])]


def test_a_sheet_is_imported_as_excel_writes_it(alice: Manager) -> None:
    houses = "H-1;Küche – 5 €;Europe/Zurich;CHF;\r\nH-2;Casa;Asia/Tokyo;JPY;\r\n;;;;\r\n"
    rows = f"reference;name;time_zone;currency;\r\n{houses}"
    made = ok(alice.api.import_csv("properties", f"\ufeffsep=;\r\n{rows}"), 200)
    assert actions(made) == [(2, "create"), (3, "create")]
    unicode_text = ("\ufeff" + rows.replace(";", "\t")).encode("utf-16-le").decode("latin-1")
    assert ok(alice.api.import_csv("properties", unicode_text), 200)["unchanged"] == 2
    units = "property_reference;reference;name;max_guests;nightly_rate;;\nH-1;A;U;2;1.200;;\nH-1;B;U;2;99,50 CHF;;\n"
    made = ok(alice.api.import_csv("units", units + "H-2;C;U;2;12.000;;\n"), 200)
    shown = [ok(alice.api.get(f"/v1/units/{line['id']}"), 200)["nightly_rate"]["amount"] for line in made["lines"]]
    assert shown == [120_000, 9_950, 12_000]


def test_what_a_sheet_leaves_open_is_refused_by_its_place(alice: Manager) -> None:
    refused = alice.api.import_csv("properties", "reference,,name\nA,x,House\n")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_column")
    assert (refused.json()["column"], refused.json()["line"]) == (2, 2)
    lines = ["A;Flat;4;1.200", "B;Fl\ufffdt;4;100", "C;Flat;4;80"]
    report = ok(alice.api.import_csv("units", units_csv(alice, lines), dry_run=True), 200)
    assert faults(report) == [(2, [("nightly_rate", "invalid_rate")]), (3, [("name", "lost_character")]), (4, [])]
    assert "1234 or 1234.50, in EUR" in report["lines"][0]["errors"][0]["detail"]
    assert alice.api.import_csv("units", "\xff\xfer\0e").json()["code"] == "wrong_encoding"


def test_formulas_are_data_and_survive(alice: Manager) -> None:
    name = '=HYPERLINK("http://evil.example";"x")'
    quoted = name.replace('"', '""')
    report = ok(alice.api.import_csv("units", units_csv(alice, [f'@A;"{quoted}";2;80'])), 200)
    assert ok(alice.api.get(f"/v1/units/{report['lines'][0]['id']}"), 200)["name"] == name


def test_each_thing_has_its_event_and_its_audit_entry(suite: Suite, alice: Manager) -> None:
    report = ok(alice.api.import_csv("units", units_csv(alice, ["A;Flat;4;100", "B;Loft;2;80"])), 200)
    made = [line["id"] for line in report["lines"]]
    ok(alice.api.import_csv("units", units_csv(alice, ["A;Flat;5;100", "B;Loft;2;80"])), 200)
    events = [(one["type"], one["object_id"]) for one in ok(alice.api.events(), 200)["data"]]
    wanted = [("unit.created", made[0]), ("unit.created", made[1]), ("unit.updated", made[0])]
    assert events[-3:] == wanted

    def audited() -> list[tuple[str, str]]:
        rows = suite.d1("SELECT action, object_id FROM audit_events WHERE tenant_id = ? ORDER BY id",
                        alice.tenant["id"], binding="DB_AUDIT")  # fmt: skip
        return sorted((row["action"], row["object_id"]) for row in rows if row["action"].startswith("unit."))

    eventually(lambda: audited() == sorted(wanted), what="the audit to be copied")


def test_who_is_restricted_imports_into_their_properties_only(suite: Suite, standin: StandIn, alice: Manager) -> None:
    on_business(suite, alice.tenant["id"])
    ok(alice.api.import_csv("properties", HOUSES), 200)
    carol = join(alice, standin, "manager", [alice.property_id])
    hidden = "reference,property_reference,name,max_guests,nightly_rate\nA,H-1,Flat,2,80\n"
    unknown = hidden.replace("H-1", "H-9")
    told = [faults(ok(carol.api.import_csv("units", text, dry_run=True), 200)) for text in (hidden, unknown)]
    assert told == [[(2, [("property_reference", "property_not_found")])]] * 2
    houses = faults(ok(carol.api.import_csv("properties", HOUSES, dry_run=True), 200))
    assert houses == [(line, [(None, "restricted_to_properties")]) for line in (2, 3)]
    assert ok(carol.api.import_csv("units", units_csv(alice, ["A;Flat;2;80"])), 200)["created"] == 1


def test_the_plan_judges_all_of_a_file_or_none(suite: Suite, alice: Manager) -> None:
    full = units_csv(alice, (f"U{number};Flat;2;80" for number in range(101)))
    for dry_run in (True, False):
        refused = alice.api.import_csv("units", full, dry_run=dry_run)
        assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (
            402,
            "plan_limit_reached",
            100,
        )
    assert number(suite, alice, "units") == 0
    ok(alice.api.import_csv("units", units_csv(alice, (f"U{number};Flat;2;80" for number in range(100)))), 200)
    assert number(suite, alice, "units") == 100


def test_a_repeated_request_is_answered_from_its_record_and_a_dry_run_anew(alice: Manager) -> None:
    text = units_csv(alice, ["A;Flat;4;100"])
    assert ok(alice.api.import_csv("units", text, dry_run=True, key="dry"), 200)["created"] == 1
    first = alice.api.import_csv("units", text, key="same")
    again = alice.api.import_csv("units", text, key="same")
    assert again.headers["idempotency-replayed"] == "true" and again.text == first.text
    assert ok(alice.api.import_csv("units", text, dry_run=True, key="dry"), 200)["unchanged"] == 1


def test_two_imports_at_once_create_each_thing_once(suite: Suite, alice: Manager) -> None:
    text = units_csv(alice, (f"U{number};Flat;2;80" for number in range(20)))

    async def both() -> list[int]:
        async with alice.api.many() as calls:
            found = await asyncio.gather(*[calls.import_csv("units", text) for _ in range(4)])
        return [answer.status_code for answer in found]

    assert asyncio.run(both()) == [200] * 4
    assert number(suite, alice, "units") == 20


def test_a_reference_is_there_once(alice: Manager) -> None:
    ok(alice.api.create_unit(alice.property_id, "One", reference="A"))
    other = ok(alice.api.create_unit(alice.property_id, "Two"))["id"]
    for answer in (alice.api.create_unit(alice.property_id, "Three", reference="A"),
                   alice.api.change_unit(other, '"1"', reference="A")):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (409, "reference_taken")
    ok(alice.api.change_property(alice.property_id, '"1"', reference="H"), 200)
    taken = alice.api.create_property("House", reference="H")
    assert (taken.status_code, taken.json()["code"]) == (409, "reference_taken")
    elsewhere = ok(alice.api.create_property("Other"))["id"]
    ok(alice.api.create_unit(elsewhere, "One", reference="A"))


@pytest.mark.parametrize("kind", ["properties", "units"])
def test_a_template_can_be_filled_in_and_imported(alice: Manager, kind: str) -> None:
    answer = alice.api.get(f"/v1/imports/{kind}/template")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    assert f'filename="{kind}.csv"' in answer.headers["content-disposition"]
    if kind == "units":
        ok(alice.api.import_csv("properties", alice.api.get("/v1/imports/properties/template").text), 200)
    assert ok(alice.api.import_csv(kind, answer.text), 200)["created"] == 1


def test_five_thousand_lines_are_one_batch(suite: Suite, alice: Manager) -> None:
    on_business(suite, alice.tenant["id"])
    text = units_csv(alice, (f"U{number};Flat {number} with a view of the lake;2;80" for number in range(5_000)))
    answer = alice.api.import_csv("units", text)
    cost = cost_of(answer)
    print(f"\n5,000 units: {len(text) // 1024} KiB, {answer.elapsed.total_seconds():.1f} s, {cost}")
    assert ok(answer, 200)["created"] == 5_000
    assert cost["batches"] == 4 and number(suite, alice, "units") == 5_000
    again = alice.api.import_csv("units", text)
    assert ok(again, 200)["unchanged"] == 5_000
    dearer = alice.api.import_csv("units", text.replace(";80", ";90"))
    print(f"5,000 changes: {dearer.elapsed.total_seconds():.1f} s, {cost_of(dearer)}")
    assert ok(dearer, 200)["updated"] == 5_000 and cost_of(dearer)["rows_read"] < 25 * 5_000
    too_many = alice.api.import_csv("units", text + f"X;{alice.property_id};X;2;80\n")
    assert (too_many.status_code, too_many.json()["code"]) == (422, "too_many_lines")
    too_large = alice.api.import_csv("units", "x" * 1024 * 1024)
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body_too_large")
