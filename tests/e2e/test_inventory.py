"""Properties and units: everything they say of themselves, changed by who has seen them, and put away when not let."""

import asyncio
from typing import Any

from support.people import Manager, ok
from support.suite import Suite
from support.tenancy import put_on_plan
from support.verbs import Json, money

STAY = ("2029-03-01", "2029-03-03")
RICH: Json = {
    "type": "villa", "beds": [{"kind": "double", "count": 2}, {"kind": "bunk", "count": 1}], "bedrooms": 3,
    "bathrooms": 2, "amenities": ["wifi", "pool", "own_vineyard"], "tags": ["lake", "vip"],
    "custom_fields": {"keybox": "A 12", "floor": 2, "size_m2": 81.5, "linen": True},
}  # fmt: skip
HOUSE: Json = {
    "check_in_time": "15:00", "check_out_time": "10:30", "house_rules": "No parties.\nShoes off.",
    "tags": ["city"], "custom_fields": {"owner": "Rossi"},
}  # fmt: skip


def version(manager: Manager, path: str) -> str:
    return str(manager.api.get(path).headers["etag"])


def test_a_unit_and_a_property_keep_all_that_they_say(alice: Manager) -> None:
    home = ok(alice.api.create_property("Villa Rossi", **HOUSE))
    assert {name: home[name] for name in HOUSE} == HOUSE and home["status"] == "active"
    unit = ok(alice.api.create_unit(home["id"], "Whole villa", **RICH))
    assert {name: unit[name] for name in RICH} == RICH
    assert (unit["status"], unit["parts"], unit["version"]) == ("active", [], 1)
    assert ok(alice.api.get(f"/v1/units/{unit['id']}"), 200) == unit
    assert ok(alice.api.get(f"/v1/properties/{home['id']}"), 200) == home


def test_a_change_is_partial_null_clears_and_the_rest_stays(alice: Manager) -> None:
    unit = ok(alice.api.create_unit(alice.property_id, "U", **RICH))
    fields: Json = {"name": "V", "bedrooms": None, "tags": None, "nightly_rate": money(1)}
    changed = ok(alice.api.change_unit(unit["id"], '"1"', **fields), 200)
    other = {"name": "V", "bedrooms": None, "tags": [], "nightly_rate": money(1), "version": 2}
    assert changed == unit | other | {"updated_at": changed["updated_at"]}
    home = ok(alice.api.create_property("P", **HOUSE))
    changed = ok(alice.api.change_property(home["id"], '"1"', house_rules=None, address={"city": "Bern"}), 200)
    other = {"house_rules": None, "address": {"city": "Bern"}, "version": 2}
    assert changed == home | other | {"updated_at": changed["updated_at"]}
    assert ok(alice.api.get(f"/v1/properties/{home['id']}"), 200) == changed


def test_a_new_property_has_a_currency_that_people_pay_in(alice: Manager) -> None:
    for code, why in (("ABC", "ISO 4217"), ("XXX", "people pay in"), ("HRK", "EUR is paid in its place")):
        refused = alice.api.create_property("P", currency=code)
        assert (refused.status_code, refused.json()["param"]) == (422, "currency")
        assert why in refused.json()["detail"]
    assert ok(alice.api.create_property("P", currency="ZWG"))["currency"] == "ZWG"


def test_what_is_in_a_currency_that_was_withdrawn_since_stays_in_it(suite: Suite, alice: Manager) -> None:
    home = ok(alice.api.create_property("Kuća", currency="EUR", reference="K"))["id"]
    suite.d1("UPDATE properties SET currency = 'HRK' WHERE id = ?", home)
    kuna: Json = {"amount": 70_000, "currency": "HRK"}
    unit = ok(alice.api.create_unit(home, "Soba", nightly_rate=kuna))["id"]
    assert ok(alice.api.change_unit(unit, '"1"', nightly_rate=kuna | {"amount": 75_000}), 200)["version"] == 2
    range_ = {"start": "2029-03-01", "end": "2029-03-02", "nightly_rate": kuna}
    ok(alice.api.set_rates(unit, [range_]), 200)
    report = ok(alice.api.import_csv("properties", "reference,name,currency\nK,Kuća 2,HRK\n"), 200)
    assert report["updated"] == 1
    [found] = ok(alice.api.availability(*STAY, currency="HRK", **{"total[gte]": 1}), 200)["data"]
    assert found["total"] == {"amount": 145_000, "currency": "HRK"}


def test_who_changes_says_what_they_have_seen(alice: Manager) -> None:
    unit = alice.new_unit()
    for change, path in ((alice.api.change_unit, unit), (alice.api.change_property, alice.property_id)):
        assert change(path, None, name="X").status_code == 428
        assert ok(change(path, '"1"', name="X"), 200)["version"] == 2
        assert change(path, '"1"', name="Y").status_code == 412
        same = change(path, '"2"', name="X")
        assert same.status_code == 200 and same.headers["etag"] == '"2"'  # nothing changed


def test_of_concurrent_changes_of_one_version_one_counts(alice: Manager) -> None:
    unit = alice.new_unit()

    async def everybody() -> list[int]:
        async with alice.api.many() as calls:
            found = await asyncio.gather(*[calls.change_unit(unit, '"1"', name=f"N{number}") for number in range(12)])
        return sorted(answer.status_code for answer in found)

    assert asyncio.run(everybody()) == [200] + [412] * 11


def test_a_unit_without_its_rate_in_the_propertys_currency_is_refused(alice: Manager) -> None:
    answer = alice.api.change_unit(alice.new_unit(), '"1"', nightly_rate=money(1, "USD"))
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_currency")


def test_lists_are_narrowed_by_status_tag_property_and_time(alice: Manager) -> None:
    other = ok(alice.api.create_property("Other", tags=["lake"]))["id"]
    plain = alice.new_unit()
    tagged = ok(alice.api.create_unit(alice.property_id, "T", tags=["lake"]))
    away = ok(alice.api.create_unit(other, "A", tags=["lake"]))["id"]
    ok(alice.api.archive_unit(away), 200)

    def units(**params: Any) -> list[str]:
        return [one["id"] for one in ok(alice.api.get("/v1/units", **params), 200)["data"]]

    assert units() == [plain, tagged["id"], away]
    assert units(tag="lake") == [tagged["id"], away] and units(tag="lake", status="archived") == [away]
    assert units(property_id=other) == [away] and units(property_id=other, status="active") == []
    later = ok(alice.api.get(f"/v1/units/{away}"), 200)["updated_at"]
    assert units(updated_since=later) == [away]
    since = "2020-01-01T00:00:00Z"
    first = ok(alice.api.get("/v1/units", updated_since=since, limit=2), 200)
    rest = units(updated_since=since, after=first["next_cursor"])
    assert [*(one["id"] for one in first["data"]), *rest] == [plain, tagged["id"], away], "by when they were changed"
    houses = [one["id"] for one in ok(alice.api.get("/v1/properties", updated_since=since), 200)["data"]]
    assert houses == [alice.property_id, other]
    assert units(updated_since=later, property_id=alice.property_id) == []
    found = ok(alice.api.get("/v1/properties", tag="lake", status="active"), 200)["data"]
    assert [one["id"] for one in found] == [other]
    assert alice.api.get("/v1/units", status="sold").status_code == 422
    assert alice.api.get("/v1/units", updated_since="yesterday").status_code == 400


def test_what_is_not_let_takes_nothing_new_and_keeps_what_is(alice: Manager) -> None:
    unit = alice.new_unit()
    booking = alice.booking(unit, "2029-05-01", "2029-05-03", status="pending")
    held = ok(alice.api.hold(unit, "2029-06-01", "2029-06-03", ttl_seconds=1800))
    ok(alice.api.change_unit(unit, '"1"', status="inactive"), 200)
    refused = [alice.api.quote(unit, *STAY), alice.api.hold(unit, *STAY), alice.api.book(unit, *STAY)]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(409, "unit_not_active")] * 3
    assert unit not in [one["unit_id"] for one in ok(alice.api.availability(*STAY), 200)["data"]]
    ok(alice.api.confirm(booking["id"]), 200)
    ok(alice.api.book(unit, "2029-06-01", "2029-06-03", hold_id=held["id"]))
    ok(alice.api.block(unit, *STAY))
    ok(alice.api.reactivate_unit(unit), 200)
    ok(alice.api.book(unit, "2029-07-01", "2029-07-03"))


def test_a_unit_is_archived_when_nothing_takes_its_nights(alice: Manager) -> None:
    unit = alice.new_unit()
    booking = alice.booking(unit, *STAY)
    refused = alice.api.archive_unit(unit)
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_occupied")
    assert [one["occupancy_id"] for one in refused.json()["conflicts"]] == [booking["occupancy_id"]]
    ok(alice.api.cancel(booking["id"]), 200)
    assert ok(alice.api.archive_unit(unit), 200)["status"] == "archived"
    assert ok(alice.api.archive_unit(unit), 200)["version"] == 2
    for answer in (alice.api.quote(unit, *STAY), alice.api.hold(unit, *STAY), alice.api.book(unit, *STAY),
                   alice.api.block(unit, *STAY)):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (409, "unit_not_active"), answer.text
    changed = alice.api.change_unit(unit, '"2"', status="active")
    assert (changed.status_code, changed.json()["code"]) == (409, "unit_archived")
    assert ok(alice.api.reactivate_unit(unit), 200)["status"] == "active"


def test_no_booking_slips_into_a_unit_that_is_being_archived(suite: Suite, alice: Manager) -> None:
    units = alice.new_units(10)

    async def both() -> list[tuple[int, int]]:
        async with alice.api.many() as calls:
            found = await asyncio.gather(*[
                asyncio.gather(calls.archive_unit(unit), calls.book(unit, *STAY)) for unit in units
            ])  # fmt: skip
        return [(away.status_code, booked.status_code) for away, booked in found]

    outcomes = asyncio.run(both())
    print(f"archive against booking: {sorted(set(outcomes))}")
    assert set(outcomes) <= {(200, 409), (409, 201)}
    wrong = suite.d1(
        "SELECT u.id FROM units u JOIN occupancies o ON o.unit_id = u.id AND o.live = 1"
        " WHERE u.tenant_id = ? AND u.status = 'archived'", alice.tenant["id"],
    )  # fmt: skip
    assert wrong == []


def test_the_plan_counts_units_that_are_not_archived(suite: Suite, alice: Manager) -> None:
    tenant = alice.tenant["id"]
    first, second = alice.new_unit(), alice.new_unit()
    suite.d1("UPDATE usage_counters SET used = 100 WHERE tenant_id = ? AND meter = 'units'", tenant)
    assert alice.api.create_unit(alice.property_id).status_code == 402
    ok(alice.api.archive_unit(first), 200)
    third = ok(alice.api.create_unit(alice.property_id))["id"]
    refused = alice.api.reactivate_unit(first)
    assert (refused.status_code, refused.json()["code"]) == (402, "plan_limit_reached")
    ok(alice.api.archive_unit(second), 200)
    ok(alice.api.reactivate_unit(first), 200)
    used = suite.d1("SELECT used FROM usage_counters WHERE tenant_id = ? AND meter = 'units'", tenant)
    assert used == [{"used": 100}] and third


def test_a_property_is_archived_after_its_units(suite: Suite, alice: Manager) -> None:
    put_on_plan(suite, alice.tenant["id"])
    unit, path = alice.new_unit(), f"/v1/properties/{alice.property_id}"
    refused = alice.api.post(f"{path}/archive")
    assert (refused.status_code, refused.json()["code"]) == (409, "property_in_use")
    ok(alice.api.archive_unit(unit), 200)
    assert ok(alice.api.post(f"{path}/archive"), 200)["status"] == "archived"
    for answer in (alice.api.create_unit(alice.property_id), alice.api.reactivate_unit(unit)):
        assert (answer.status_code, answer.json()["code"]) == (409, "property_not_active")
    assert ok(alice.api.post(f"{path}/reactivate"), 200)["status"] == "active"
    ok(alice.api.reactivate_unit(unit), 200)


def test_changes_are_events_and_audited_with_before_and_after(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit("Old")
    ok(alice.api.change_unit(unit, '"1"', name="New", custom_fields={"who": "Rossi"}), 200)
    ok(alice.api.archive_unit(unit), 200)
    ok(alice.api.change_property(alice.property_id, '"1"', tags=["lake"], house_rules="Call Ms Rossi."), 200)
    found = [(one["type"], one["changed"], one["previous"]) for one in ok(alice.api.events(), 200)["data"]]
    house = {"name": "Alice's House", "time_zone": "Europe/Madrid", "currency": "EUR", "reference": None}
    flat = {"property_id": alice.property_id, "name": "Old", "type": "other", "max_guests": 4,
            "nightly_amount": 12_000, "reference": None}  # fmt: skip
    assert found == [
        ("property.created", house, {}),
        ("unit.created", flat, {}),
        ("unit.updated", {"custom_fields": None, "name": "New"}, {"custom_fields": None, "name": "Old"}),
        ("unit.archived", {"status": "archived"}, {"status": "active"}),
        ("property.updated", {"house_rules": None, "tags": ["lake"]}, {"house_rules": None, "tags": []}),
    ]
    audit = suite.d1("SELECT json_extract(audit, '$.changes') AS changes FROM outbox WHERE tenant_id = ? ORDER BY id",
                     alice.tenant["id"])  # fmt: skip
    assert not any("Rossi" in str(row["changes"]) for row in audit)
