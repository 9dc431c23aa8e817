"""Plans: what they include, how a subscription changes, what its limits and its status refuse."""

import asyncio
import tomllib
from typing import Any

import httpx
import pytest
from support.client import Api
from support.people import Manager, ok
from support.process import ROOT
from support.rows import Rows
from support.standin_client import StandIn
from support.suite import Suite
from support.verbs import money
from support.waiting import eventually

TOKEN = str(tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"])
ARREARS = ("past_due", "unpaid", "paused", "incomplete")
GOOD = ("trialing", "active")
ENDED = ("canceled", "incomplete_expired")


@pytest.fixture
def operator(suite: Suite) -> Api:
    return Api(suite.url, TOKEN)


@pytest.fixture
def small(suite: Suite) -> str:
    """A plan with room for three units and two people."""
    suite.d1(
        "INSERT OR IGNORE INTO plans (id, name, rank, price_amount, currency, max_users, max_units, api_calls_monthly, "
        "messages_monthly, ai_calls_monthly, requests_per_minute, features) "
        "VALUES ('small', 'Small', 9, 100, 'USD', 2, 3, 50, 5, 5, 600, '[\"basic\"]')"
    )
    return "small"


def subscribe(operator: Api, tenant_id: str, plan: str, status: str = "active", **more: Any) -> httpx.Response:
    body = {"plan": plan, "status": status, "reason": "a test"} | more
    return operator.post(f"/operator/tenants/{tenant_id}/subscription", body)


def test_the_catalogue_says_what_each_plan_includes(alice: Manager) -> None:
    page = ok(alice.api.get("/v1/plans"), 200)
    plans = {plan["id"]: plan for plan in page["data"]}
    assert [*plans][:3] == ["free", "pro", "business"] and page["has_more"] is False
    assert plans["pro"]["monthly_price"] == {"amount": 2900, "currency": "USD"}
    assert plans["free"]["limits"] == {
        "users": 1, "units": 100, "api_calls_monthly": 100_000, "messages_monthly": 1_000, "sms_monthly": 0,
        "emails_daily": 50, "sms_daily": 0, "ai_calls_monthly": 10, "requests_per_minute": 600, "properties": 100,
        "feeds": 300, "push_targets": 200, "files": 10_000, "storage_bytes": 1_000_000_000,
    }  # fmt: skip
    assert plans["business"]["limits"]["units"] is None is plans["business"]["limits"]["users"]
    assert (plans["pro"]["limits"]["sms_monthly"], plans["pro"]["limits"]["sms_daily"]) == (500, 50)
    assert plans["business"]["features"] == ["basic", "advanced", "premium"]


def test_history_begins_with_the_free_plan_at_sign_up(alice: Manager) -> None:
    now = ok(alice.api.get("/v1/subscription"), 200)
    assert (now["plan"], now["status"], len(now["history"])) == ("free", "active", 1)
    assert now["history"][0]["ended_at"] is None


def test_a_change_ends_one_stretch_and_begins_another(alice: Manager, operator: Api, suite: Suite) -> None:
    until = "2027-01-01T00:00:00Z"
    changed = ok(subscribe(operator, alice.tenant["id"], "pro", current_period_end=until), 200)
    shown = ok(alice.api.get("/v1/subscription"), 200)
    assert shown == changed
    assert (shown["plan"], shown["current_period_end"]) == ("pro", "2027-01-01T00:00:00.000Z")
    pro, free = shown["history"]
    assert (pro["plan"], pro["ended_at"]) == ("pro", None)
    assert (free["plan"], free["ended_at"]) == ("free", pro["started_at"])
    assert ok(alice.api.me(), 200)["plan"] == "pro"

    def entry() -> list[dict[str, Any]]:
        sql = "SELECT actor, changes FROM audit_events WHERE tenant_id = ? AND action = 'subscription.set'"
        return suite.d1(sql, alice.tenant["id"], binding="DB_AUDIT")

    (audited,) = eventually(entry, what="the audit entry")
    assert audited["actor"] == "operator" and '"before":{"plan":"free","status":"active"}' in audited["changes"]


def test_an_older_event_never_overrides_a_newer_one(alice: Manager, operator: Api) -> None:
    tenant = alice.tenant["id"]
    ok(subscribe(operator, tenant, "business"), 200)
    late = subscribe(operator, tenant, "pro", at="2026-01-01T00:00:00Z")
    assert (late.status_code, late.json()["code"]) == (409, "superseded")
    assert ok(alice.api.get("/v1/subscription"), 200)["plan"] == "business"


def test_operators_name_what_exists(alice: Manager, operator: Api) -> None:
    tenant = alice.tenant["id"]
    for answer, status, code in (
        (subscribe(operator, tenant, "gold"), 422, "plan_not_found"),
        (subscribe(operator, tenant, "pro", "trial"), 422, "invalid_request"),
        (subscribe(operator, "ten_unknown", "pro"), 404, "tenant_not_found"),
        (subscribe(operator, tenant, "pro", at="2999-01-01T00:00:00Z"), 400, "invalid_instant"),
        (subscribe(operator, tenant, "pro", current_period_end="soon"), 400, "invalid_instant"),
        (subscribe(alice.api, tenant, "pro"), 401, "not_an_operator"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert len(ok(alice.api.get("/v1/subscription"), 200)["history"]) == 1


def test_a_test_space_follows_its_live_tenant(alice: Manager, operator: Api, suite: Suite) -> None:
    key = ok(alice.api.create_api_key(mode="test"))["key"]
    space = suite.d1("SELECT id FROM tenants WHERE live_id = ?", alice.tenant["id"])[0]["id"]
    shown = ok(subscribe(operator, alice.tenant["id"], "pro"), 200)
    assert ok(alice.api.with_token(key).get("/v1/subscription"), 200) == shown
    refused = subscribe(operator, space, "business")
    assert (refused.status_code, refused.json()["code"]) == (422, "test_space")


@pytest.mark.parametrize("status", GOOD)
def test_who_tries_or_pays_has_everything(alice: Manager, operator: Api, status: str) -> None:
    ok(subscribe(operator, alice.tenant["id"], "pro", status), 200)
    assert alice.new_unit()


@pytest.mark.parametrize("status", ENDED)
def test_what_has_ended_is_read_until_a_plan_is_taken_again(alice: Manager, operator: Api, status: str) -> None:
    unit = alice.new_unit()
    ok(subscribe(operator, alice.tenant["id"], "business", "active"), 200)
    shown = ok(subscribe(operator, alice.tenant["id"], "business", status), 200)
    assert (shown["plan"], shown["status"], shown["history"][0]["plan"]) == ("free", status, "business")
    assert ok(alice.api.get("/v1/usage"), 200)["limits"]["units"]["limit"] == 100
    assert ok(alice.api.get(f"/v1/units/{unit}"), 200)["id"] == unit
    refused = alice.api.create_unit(alice.property_id)
    assert (refused.status_code, refused.json()["code"]) == (402, "subscription_ended"), refused.text
    assert refused.json()["subscription_status"] == status and refused.json()["upgrade_url"].endswith("/settings/plan")
    ok(subscribe(operator, alice.tenant["id"], "free"), 200)
    assert alice.new_unit()


@pytest.mark.parametrize("status", ARREARS)
def test_who_owes_reads_pays_and_leaves_and_does_nothing_new(alice: Manager, operator: Api, status: str) -> None:
    unit = alice.new_unit()
    booking = alice.booking(unit, "2027-05-01", "2027-05-03")
    ok(subscribe(operator, alice.tenant["id"], "pro", status), 200)
    reads = (
        "/v1/me", "/v1/me/sessions", "/v1/plans", "/v1/subscription", "/v1/usage", "/v1/feature_flags",
        "/v1/properties", "/v1/units", "/v1/bookings", "/v1/feeds", "/v1/conflicts", "/v1/tenant",
        "/v1/members", "/v1/api_keys", "/v1/audit_events", f"/v1/units/{unit}", f"/v1/bookings/{booking['id']}",
    )  # fmt: skip
    assert {path: alice.api.get(path).status_code for path in reads} == dict.fromkeys(reads, 200)
    for refused in (
        alice.api.create_property("Another"),
        alice.api.create_unit(alice.property_id),
        alice.api.book(unit, "2027-06-01", "2027-06-03", guest={"name": "Grace"}),
        alice.api.cancel(booking["id"]),
    ):
        assert (refused.status_code, refused.json()["code"]) == (402, "payment_required"), refused.text
        assert refused.json()["upgrade_url"].endswith("/settings/plan")
        assert refused.json()["subscription_status"] == status
    ok(subscribe(operator, alice.tenant["id"], "pro", "active"), 200)
    ok(alice.api.cancel(booking["id"]), 200)


def test_who_owes_loses_nothing_that_is_under_way(suite: Suite, standin: StandIn, operator: Api) -> None:
    rows = Rows(suite)
    ok(subscribe(operator, rows.tenant_id, "pro", "unpaid"), 200)
    booking = rows.booking()
    fact = rows.fact(booking, waiting=1 | 2)
    suite.queue("notify", "notifications", [fact.body])
    suite.queue("billing", "billing", [fact.body])
    assert rows.waiting(fact) == 0
    assert len(standin.emails(booking.email or "")) == 1
    assert len(rows.documents(booking)) == 1


def test_units_end_at_the_plan_with_a_way_on(alice: Manager, operator: Api, small: str) -> None:
    ok(subscribe(operator, alice.tenant["id"], small), 200)
    alice.new_units(2)
    listed = len(ok(alice.api.get("/v1/units"), 200)["data"])

    async def at_once() -> list[httpx.Response]:
        async with alice.api.many() as calls:
            return list(await asyncio.gather(*[calls.create_unit(alice.property_id, f"U{n}") for n in range(20)]))

    answers = asyncio.run(at_once())
    made = [answer for answer in answers if answer.status_code == 201]
    refused = [answer.json() for answer in answers if answer.status_code == 402]
    print(f"20 units at once with room for one: {len(made)} made, {len(refused)} refused")
    assert (len(made), len(refused)) == (1, 19) and listed == 2
    shown = refused[0]
    assert (shown["code"], shown["meter"], shown["usage"], shown["limit"]) == ("plan_limit_reached", "units", 3, 3)
    assert shown["upgrade_url"].endswith("/settings/plan") and "reset_at" not in shown
    assert refused[0]["detail"].startswith("Your plan includes 3 units and 3 are in use.")
    ok(subscribe(operator, alice.tenant["id"], "business"), 200)
    alice.new_unit()


def test_a_smaller_plan_takes_nothing_away(alice: Manager, operator: Api, small: str) -> None:
    ok(subscribe(operator, alice.tenant["id"], "business"), 200)
    alice.new_units(4)
    ok(subscribe(operator, alice.tenant["id"], small), 200)
    assert len(ok(alice.api.get("/v1/units"), 200)["data"]) == 4
    assert ok(alice.api.get("/v1/usage"), 200)["limits"]["units"] == {"used": 4, "limit": 3, "reset_at": None}
    refused = alice.api.create_unit(alice.property_id)
    assert (refused.status_code, refused.json()["usage"], refused.json()["limit"]) == (402, 4, 3)


def test_a_refused_unit_leaves_its_idempotency_key_free(alice: Manager, operator: Api, small: str) -> None:
    ok(subscribe(operator, alice.tenant["id"], small), 200)
    alice.new_units(3)
    key, body = "the-same-key-for-both", {
        "property_id": alice.property_id, "name": "Loft", "max_guests": 2, "nightly_rate": money(9_000),
    }  # fmt: skip
    assert alice.api.post("/v1/units", body, key=key).status_code == 402
    ok(subscribe(operator, alice.tenant["id"], "business"), 200)
    ok(alice.api.post("/v1/units", body, key=key))
