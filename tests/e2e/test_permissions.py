"""Roles at work: a member looks and changes nothing; a change of role counts with the next request."""

import pytest
from support.people import Manager, ok
from support.suite import Suite
from support.tenancy import add_owner, become

LOOKS = ["/v1/me", "/v1/properties", "/v1/units", "/v1/bookings", "/v1/feeds", "/v1/conflicts", "/v1/blocks",
         "/v1/leases", "/v1/availability?check_in=2027-01-01&check_out=2027-01-02"]  # fmt: skip


def changes(manager: Manager, unit: str, booking: str) -> list[tuple[str, object]]:
    stay = {"unit_id": unit, "check_in": "2027-02-01", "check_out": "2027-02-03"}
    return [
        ("/v1/properties", {"name": "P", "time_zone": "Europe/Zurich", "currency": "EUR"}),
        ("/v1/units", {"property_id": manager.property_id, "name": "U", "max_guests": 2,
                       "nightly_rate": {"amount": 1, "currency": "EUR"}}),
        ("/v1/quotes", {**stay, "guests": 2}),
        ("/v1/holds", stay),
        ("/v1/bookings", {**stay, "guest": {"name": "G"}}),
        (f"/v1/bookings/{booking}/confirm", {}),
        (f"/v1/bookings/{booking}/cancel", {}),
        ("/v1/blocks", {"unit_id": unit, "start": "2027-02-01", "end": "2027-02-03", "kind": "owner"}),
        ("/v1/leases", {"unit_id": unit, "start": "2027-02-01", "rent": {"amount": 1, "currency": "EUR"},
                        "renter": {"name": "R"}}),
        ("/v1/feeds", {"unit_id": unit, "url": "https://example.com/a.ics"}),
        (f"/v1/units/{unit}/exports", {}),
    ]  # fmt: skip


def test_a_member_looks_and_changes_nothing(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    booking = alice.booking(unit, "2027-03-01", "2027-03-03", status="pending")["id"]
    become(suite, alice, "member")
    for path in LOOKS:
        ok(alice.api.request("GET", path), 200)
    tables = (
        "properties",
        "units",
        "quotes",
        "occupancies",
        "bookings",
        "feeds",
        "calendar_exports",
        "outbox",
        "blocks",
        "leases",
    )
    count = [(f"SELECT COUNT(*) AS n FROM {table} WHERE tenant_id = ?", (alice.tenant["id"],)) for table in tables]
    before = suite.d1_batch(count)
    for path, body in changes(alice, unit, booking):
        refused = alice.api.post(path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted"), path
    assert alice.api.get(f"/v1/units/{unit}/exports").status_code == 403
    assert alice.api.events().json()["permission"] == "events:read"
    assert suite.d1_batch(count) == before


def test_a_role_that_was_taken_away_is_gone_with_the_next_request_even_for_a_replay(
    suite: Suite, alice: Manager
) -> None:
    unit = alice.new_unit()
    ok(alice.api.book(unit, "2027-03-01", "2027-03-03", key="k"))
    become(suite, alice, "member")
    assert alice.api.book(unit, "2027-03-01", "2027-03-03", key="k").status_code == 403


@pytest.mark.parametrize("role", ["admin", "manager"])
def test_staff_does_the_daily_work(suite: Suite, alice: Manager, role: str) -> None:
    become(suite, alice, role)
    alice.booking(alice.new_unit(), "2027-03-01", "2027-03-03")


def test_who_is_no_member_any_more_is_signed_out(suite: Suite, alice: Manager) -> None:
    add_owner(suite, alice.tenant["id"])
    suite.d1("DELETE FROM memberships WHERE user_id = ?", alice.user["id"])
    assert alice.api.me().status_code == 401
