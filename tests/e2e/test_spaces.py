"""The test space of a tenant: opened by the first test key, strange to the live data, silent to the world."""

import asyncio
import secrets
from typing import Any

import httpx
import pytest
from support.client import Api
from support.people import Manager, fresh_guest, ok
from support.settling import settle
from support.standin_client import StandIn
from support.strangers import calls
from support.suite import Suite
from support.tenancy import prove, put_on_plan
from support.verbs import money
from support.waiting import eventually

TABLES = ("properties", "units", "quotes", "occupancies", "bookings", "feeds", "calendar_exports", "invoices")
STAY = ("2027-03-01", "2027-03-03")


class Space:
    """A key's view: one property and one unit with names that the other space has, too."""

    def __init__(self, manager: Manager, mode: str) -> None:
        self.key = ok(manager.api.create_api_key(mode, mode=mode))
        self.api: Api = manager.api.with_token(self.key["key"])
        self.home = ok(self.api.create_property("Casa Azul"))["id"]
        self.unit = ok(self.api.create_unit(self.home, "Apartment 1", 4, money(12_000)))["id"]

    def things(self, standin: StandIn) -> dict[str, str]:
        """One of each kind."""
        url = standin.put_airbnb(f"space-{self.unit}", stays=[("2027-06-10", "2027-06-14", "HMABCDEFGH")])
        return {
            "prop": self.home,
            "unit": self.unit,
            "quo": ok(self.api.quote(self.unit, *STAY))["id"],
            "bkg": ok(self.api.book(self.unit, *STAY, status="pending"))["id"],
            "hold": ok(self.api.hold(self.unit, "2027-04-01", "2027-04-03"))["id"],
            "feed": ok(self.api.create_feed(self.unit, url))["id"],
        }


@pytest.fixture
def live(alice: Manager) -> Space:
    return Space(alice, "live")


@pytest.fixture
def trial(alice: Manager) -> Space:
    return Space(alice, "test")


def space_id(suite: Suite, live_id: str) -> str:
    (row,) = suite.d1("SELECT id FROM tenants WHERE live_id = ?", live_id)
    return str(row["id"])


LISTS = ["/v1/properties", "/v1/units", "/v1/bookings", "/v1/feeds", "/v1/conflicts",
         "/v1/availability?check_in=2027-01-01&check_out=2027-01-02"]  # fmt: skip


def rows_of(suite: Suite, tenant_id: str) -> list[Any]:
    return suite.d1_batch(
        [(f"SELECT * FROM {table} WHERE tenant_id = ? ORDER BY 1, 2, 3", (tenant_id,)) for table in TABLES]
    )


async def _first_keys(alice: Manager) -> list[httpx.Response]:
    async with alice.api.many() as many:
        return list(await asyncio.gather(*[many.create_api_key(f"k{n}", mode="test") for n in range(20)]))


def test_twenty_first_test_keys_at_once_open_one_space(suite: Suite, alice: Manager) -> None:
    put_on_plan(suite, alice.tenant["id"], "pro")
    made = [ok(answer) for answer in asyncio.run(_first_keys(alice))]
    spaces = suite.d1("SELECT * FROM tenants WHERE live_id = ?", alice.tenant["id"])
    assert len(made) == 20 and len(spaces) == 1
    assert (spaces[0]["mode"], spaces[0]["plan"], spaces[0]["name"]) == ("test", "pro", alice.tenant["name"])
    assert suite.d1("SELECT COUNT(*) AS n FROM memberships WHERE tenant_id = ?", spaces[0]["id"])[0]["n"] == 0
    assert all(one["key"].startswith("pf_test_") and one["mode"] == "test" for one in made)
    assert len(ok(alice.api.api_keys(), 200)["data"]) == 20


def test_a_live_key_opens_no_test_space(suite: Suite, alice: Manager) -> None:
    ok(alice.api.create_api_key())
    assert suite.d1("SELECT id FROM tenants WHERE live_id = ?", alice.tenant["id"]) == []


def test_both_spaces_may_use_the_same_names_and_nights(live: Space, trial: Space) -> None:
    for space in (live, trial):
        ok(space.api.book(space.unit, *STAY, key="the same"))
    assert live.unit != trial.unit
    assert len(ok(live.api.list_bookings(), 200)["data"]) == len(ok(trial.api.list_bookings(), 200)["data"]) == 1


def test_neither_space_sees_or_changes_anything_of_the_other(
    suite: Suite, standin: StandIn, alice: Manager, live: Space, trial: Space
) -> None:
    tenants = alice.tenant["id"], space_id(suite, alice.tenant["id"])
    things = live.things(standin), trial.things(standin)
    settle(suite, *tenants)
    before = [rows_of(suite, tenant) for tenant in tenants]
    tried = 0
    for me, theirs in ((trial, things[0]), (live, things[1])):
        for method, path, body in calls(theirs, me.unit, me.home):
            answer = me.api.request(method, path, json=body)
            assert answer.status_code == 404, (method, path, answer.text)
            tried += 1
        for path in LISTS:
            answer = me.api.request("GET", path)
            assert answer.status_code == 200 and not any(known in answer.text for known in theirs.values()), path
            tried += 1
    for method, path, body in calls(things[1], live.unit, live.home):  # a person of the tenant is in the live space
        assert alice.api.request(method, path, json=body).status_code == 404
        tried += 1
    assert [rows_of(suite, tenant) for tenant in tenants] == before
    print(f"live and test space: {tried} calls with the other's ids, 0 answered")


def test_nothing_of_a_test_space_reaches_anybody(
    suite: Suite, standin: StandIn, alice: Manager, live: Space, trial: Space
) -> None:
    prove(suite, alice.tenant["id"])
    guests = fresh_guest("Live Guest"), fresh_guest("Test Guest")
    made = [
        ok(space.api.book(space.unit, *STAY, guest=guest, status="confirmed"))["id"]
        for space, guest in zip((live, trial), guests, strict=True)
    ]
    eventually(lambda: len(standin.emails(guests[0]["email"])) == 1, what="the live guest's confirmation")
    for space, booking in zip((live, trial), made, strict=True):
        ok(space.api.cancel(booking), 200)
    eventually(lambda: len(standin.emails(guests[0]["email"])) == 2, what="the live guest's cancellation")
    settle(suite, *[str(row["tenant_id"]) for row in suite.d1(
        "SELECT tenant_id FROM api_keys WHERE id IN (?, ?)", live.key["id"], trial.key["id"])])  # fmt: skip
    assert standin.emails(guests[1]["email"]) == standin.sms(guests[1]["phone"]) == []
    deliveries = suite.d1(
        "SELECT d.status FROM deliveries AS d JOIN api_keys AS k ON k.tenant_id = d.tenant_id WHERE k.id = ?",
        trial.key["id"],
    )
    assert {row["status"] for row in deliveries} <= {"skipped"}
    print(f"test space: {len(deliveries)} messages written down as skipped, 0 sent")


def test_keys_of_both_spaces_are_managed_by_the_people_of_the_tenant(
    alice: Manager, bob: Manager, live: Space, trial: Space
) -> None:
    listed = {one["id"]: one["mode"] for one in ok(alice.api.api_keys(), 200)["data"]}
    assert listed == {live.key["id"]: "live", trial.key["id"]: "test"}
    rotated = ok(alice.api.rotate_api_key(trial.key["id"], overlap_seconds=0))
    assert rotated["mode"] == "test" and rotated["key"].startswith("pf_test_")
    assert trial.api.get("/v1/units").status_code == 401
    again = alice.api.with_token(rotated["key"])
    assert [unit["id"] for unit in ok(again.get("/v1/units"), 200)["data"]] == [trial.unit]
    assert bob.api.revoke_api_key(rotated["id"]).status_code == 404
    assert alice.api.revoke_api_key(rotated["id"]).status_code == 204
    assert again.get("/v1/units").status_code == 401


def test_a_test_space_follows_the_plan_of_its_tenant(suite: Suite, alice: Manager, trial: Space) -> None:
    put_on_plan(suite, alice.tenant["id"], "pro", "past_due")
    refused = trial.api.create_property(f"Another {secrets.token_hex(2)}")
    assert (refused.status_code, refused.json()["code"]) == (402, "payment_required")
    ok(trial.api.get("/v1/units"), 200)
    row = suite.d1("SELECT plan, subscription_status FROM tenants WHERE live_id = ?", alice.tenant["id"])[0]
    assert row == {"plan": "pro", "subscription_status": "past_due"}
