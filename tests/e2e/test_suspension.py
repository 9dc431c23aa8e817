"""A tenant that is suspended: every door is shut, nothing in the background acts, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import time
import tomllib
from typing import Any

import httpx
import pytest
from support.client import Api
from support.files import announce_picture, call, here, picture, send, stored_picture
from support.links import token
from support.live import refusal, ticket, watching
from support.people import PASSWORD, Manager, fresh_guest, ok, sign_up
from support.process import ROOT
from support.rows import Fact, Rows
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.document import Operation, operations
from support.surface.recipes import RECIPES
from support.surface.world import World, new_world
from support.tenancy import add_owner, put_on_plan
from support.waiting import eventually

TOKEN = str(tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"])
WHY = "Writes to strangers."
ACCESS_ENDED = 4403
DAY = 24 * 3600 * 1000
# A person may always go elsewhere; who comes in is a person as well, and meets the refusal at the next call.
OPEN = {"POST /v1/auth/logout", "POST /v1/me/tenant"}
READ_WITH = {"GET", "HEAD"}


@pytest.fixture
def operator(suite: Suite) -> Api:
    return Api(suite.url, TOKEN)


def suspend(operator: Api, tenant_id: str, **more: Any) -> httpx.Response:
    return operator.post(f"/operator/tenants/{tenant_id}/suspend", {"reason": WHY} | more)


def resume(operator: Api, tenant_id: str) -> httpx.Response:
    return operator.post(f"/operator/tenants/{tenant_id}/resume", {"reason": "It was a mistake."})


def code_of(answer: httpx.Response) -> tuple[int, str | None]:
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.status_code, answer.json()["code"] if is_problem else None


def audited(suite: Suite, tenant_id: str, action: str, object_id: str) -> list[dict[str, Any]]:
    sql = "SELECT actor, changes FROM audit_events WHERE tenant_id = ? AND action = ? AND object_id = ? ORDER BY id"
    return suite.d1(sql, tenant_id, action, object_id, binding="DB_AUDIT")


@pytest.fixture(scope="module")
def routes(suite: Suite) -> list[Operation]:
    """Those that are of a tenant: whoever calls them shows a credential."""
    return [one for one in operations(suite.url) if not one.public]


def of_oneself(operation: Operation) -> bool:
    """One's own account, and whether one stays, is a person's; some of this would end the session of the test."""
    return operation.path in ("/v1/me", "/v1/members/leave") or operation.path.startswith("/v1/me/")


def answers(world: World, routes: list[Operation], credential: str) -> dict[str, tuple[int, str | None]]:
    api, found = Api(world.suite.url, credential), {}
    for operation in routes:
        made = RECIPES[operation.name].call(operation, world, world.one)
        answer = api.request(
            made.method, made.url, json=made.body, params=made.query or None, headers=made.headers
        )  # fmt: skip
        found[operation.name] = code_of(answer)
    api.close()
    return found


@pytest.mark.timeout(900)
def test_every_route_is_shut_for_its_people_and_keys(
    suite: Suite, standin: StandIn, operator: Api, routes: list[Operation]
) -> None:
    world = new_world(suite, standin, "Mallory").everything()
    keys = [
        str(ok(world.manager.api.post("/v1/api_keys", {"name": mode, "scopes": ["*"], "mode": mode}))["key"])
        for mode in ("live", "test")
    ]
    shut = [one for one in routes if one.name not in OPEN]
    ok(suspend(operator, world.tenant_id), 200)
    for credential in (str(world.manager.token), *keys):
        told = answers(world, shut, credential)
        assert {name: one for name, one in told.items() if one != (403, "tenant_suspended")} == {}
    assert len(shut) > 100
    ok(suspend(operator, world.tenant_id, reads=True), 200)
    left = [one for one in shut if one.method in READ_WITH or not of_oneself(one)]
    told = answers(world, left, str(world.manager.token))
    changes = [one.name for one in left if one.method not in READ_WITH]
    assert {name: told[name] for name in changes if told[name] != (403, "tenant_suspended")} == {}
    reads = [one.name for one in left if one.method in READ_WITH]
    assert {name: told[name] for name in reads if told[name][1] == "tenant_suspended"} == {}
    assert told["GET /v1/bookings"] == told["GET /v1/audit_events/export"] == (200, None)
    world.manager.api.close()


def test_people_come_in_and_go_elsewhere(suite: Suite, standin: StandIn, alice: Manager, operator: Api) -> None:
    """They are shown the tenant that acts, and the other one refuses them in plain words."""
    bob = sign_up(Api(suite.url), "Bob")
    now = int(time.time() * 1000)
    put_on_plan(suite, alice.tenant["id"])
    suite.d1(
        "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at) VALUES (?1, ?2, 'manager', ?3, ?3)",
        alice.tenant["id"], bob.user["id"], now,
    )  # fmt: skip
    ok(suspend(operator, bob.tenant["id"]), 200)
    refused = bob.api.me()
    assert code_of(refused) == (403, "tenant_suspended") and WHY not in refused.text
    assert ok(bob.api.login(bob.email, PASSWORD), 200)["tenant"] == alice.tenant
    moved = ok(bob.api.switch_tenant(alice.tenant["id"]), 200)
    there = bob.api.with_token(moved["session"]["token"])
    assert ok(there.me(), 200)["tenant"] == alice.tenant
    back = there.with_token(ok(there.switch_tenant(bob.tenant["id"]), 200)["session"]["token"])
    assert code_of(back.me()) == (403, "tenant_suspended")
    assert back.logout().status_code == 204


def test_addresses_that_were_handed_out_are_shut(suite: Suite, alice: Manager, operator: Api) -> None:
    unit, content = alice.new_unit(), picture()
    calendar = here(suite, ok(alice.api.post(f"/v1/units/{unit}/exports", {}))["url"])
    kept = stored_picture(suite, alice.api, content, unit_id=unit)
    announced = announce_picture(alice.api, content, unit_id=unit)
    file = here(suite, kept["url"])
    assert eventually(lambda: call("GET", calendar).status_code == 200, what="the calendar")
    assert call("GET", file).status_code == 200
    ok(suspend(operator, alice.tenant["id"]), 200)
    assert [call("GET", one).status_code for one in (calendar, file)] == [404, 404]
    assert send(suite, announced, content).status_code == 404
    ok(suspend(operator, alice.tenant["id"], reads=True), 200)
    assert [call("GET", one).status_code for one in (calendar, file)] == [404, 200], "others read the calendar"
    assert send(suite, announced, content).status_code == 404
    ok(resume(operator, alice.tenant["id"]), 200)
    assert [call("GET", one).status_code for one in (calendar, file)] == [200, 200]
    assert send(suite, announced, content).status_code == 201


def test_live_connections_end_and_none_begins(suite: Suite, alice: Manager, operator: Api) -> None:
    async def story() -> None:
        protocols = ticket(alice)
        async with watching(alice) as viewer:
            await asyncio.to_thread(lambda: ok(suspend(operator, alice.tenant["id"], reads=True), 200))
            assert await viewer.ended() == ACCESS_ENDED
        assert await refusal(suite.url, protocols) == 401
        assert code_of(alice.api.post("/v1/realtime/tickets", {})) == (403, "tenant_suspended")

    asyncio.run(story())


def test_an_invitation_opens_only_while_the_tenant_acts(
    suite: Suite, standin: StandIn, alice: Manager, operator: Api, api: Api
) -> None:
    put_on_plan(suite, alice.tenant["id"])
    email = fresh_guest()["email"]
    ok(alice.api.invite(email, "manager"))
    link = token(standin, email, "invitation")
    ok(suspend(operator, alice.tenant["id"]), 200)
    shut = api.accept_invitation(link, name="Nina", password=PASSWORD)
    assert shut.json()["code"] == api.accept_invitation("x" * 43, name="Nina", password=PASSWORD).json()["code"]
    ok(resume(operator, alice.tenant["id"]), 200)
    ok(api.accept_invitation(link, name="Nina", password=PASSWORD), 200)


def test_what_was_acknowledged_waits_and_is_done_once_afterwards(suite: Suite, standin: StandIn, operator: Api) -> None:
    """The mail, the invoice and the calendars of a booking that was confirmed just before."""
    rows = Rows(suite)
    add_owner(suite, rows.tenant_id)
    booking = rows.booking()
    fact = rows.fact(booking, waiting=1 | 2 | 4)
    suite.d1("UPDATE outbox SET next_attempt_at = 0 WHERE tenant_id = ? AND id = ?", rows.tenant_id, fact.id)
    ok(suspend(operator, rows.tenant_id), 200)
    for worker, queue in (("notify", "notifications"), ("billing", "billing"), ("calsync", "calsync")):
        done = suite.queue(worker, queue, [fact.body])
        assert done["outcome"] == "ok" and not done["retryMessages"]
    suite.cron("api")  # its time had come, and the sweep finds nothing to send
    attempts = "SELECT attempts, next_attempt_at FROM outbox WHERE tenant_id = ? AND id = ?"
    [waiting] = suite.d1(attempts, rows.tenant_id, fact.id)
    assert waiting["attempts"] == 0 and waiting["next_attempt_at"] > time.time() * 1000 + 3_650 * DAY
    assert (rows.waiting(fact), rows.documents(booking), rows.deliveries(fact), rows.dead_letters()) == (7, [], {}, [])
    assert standin.emails(booking.email or "") == []
    ok(resume(operator, rows.tenant_id), 200)
    settled_by_the_sweep(suite, rows, fact)
    assert len(standin.emails(booking.email or "")) == len(rows.documents(booking)) == 1
    assert rows.dead_letters() == []


def settled_by_the_sweep(suite: Suite, rows: Rows, fact: Fact) -> None:
    def done() -> bool:
        suite.cron("api")
        return rows.waiting(fact) == 0

    eventually(done, timeout=120, what="all that had waited")


def test_operators_suspend_and_resume_as_often_as_they_like(suite: Suite, alice: Manager, operator: Api) -> None:
    tenant = alice.tenant["id"]
    key = ok(alice.api.create_api_key(mode="test"))["key"]
    space = str(suite.d1("SELECT id FROM tenants WHERE live_id = ?", tenant)[0]["id"])
    first = ok(suspend(operator, tenant), 200)
    assert (first["reason"], first["reads"]) == (WHY, False) and first["suspended_at"]
    assert ok(suspend(operator, tenant), 200) == first
    assert code_of(alice.api.with_token(key).get("/v1/units")) == (403, "tenant_suspended")
    changed = ok(suspend(operator, tenant, reads=True), 200)
    assert changed == first | {"reads": True}
    assert alice.api.with_token(key).get("/v1/units").status_code == 200
    ended = {"id": tenant, "suspended_at": None, "reason": None, "reads": False}
    assert [ok(resume(operator, tenant), 200) for _ in range(2)] == [ended, ended]
    assert alice.new_unit()
    for one in (suspend, resume):
        assert code_of(one(operator, "ten_00000000000000000000000000")) == (404, "tenant_not_found")
        assert code_of(one(operator, space)) == (422, "test_space")
        assert code_of(one(alice.api, tenant)) == (401, "not_an_operator")
    assert code_of(operator.post(f"/operator/tenants/{tenant}/suspend", {})) == (422, "invalid_request")

    def entries() -> bool:
        found = [audited(suite, one, "tenant.suspended", tenant) for one in (tenant, "installation")]
        assert [len(one) for one in found] == [2, 2] and found[0][0]["actor"] == "operator", found
        assert WHY in found[0][0]["changes"]
        assert [len(audited(suite, one, "tenant.resumed", tenant)) for one in (tenant, "installation")] == [1, 1]
        return True

    eventually(entries, what="the entries of two changes and one end")
    page = ok(operator.request("GET", "/operator/audit_events", params={"object_id": tenant}), 200)
    assert [one["action"] for one in page["data"]] == ["tenant.resumed", "tenant.suspended", "tenant.suspended"]
    assert page["data"][0]["changes"]["tenants"] == [tenant]
    asked = {"tenant_id": tenant, "action": "account.signed_up"}
    theirs = ok(operator.request("GET", "/operator/audit_events", params=asked), 200)
    assert [one["actor"] for one in theirs["data"]] == [alice.user["id"]]


def test_a_tenant_is_shut_with_its_last_owner_and_opened_with_them(suite: Suite, alice: Manager, operator: Api) -> None:
    tenant, person = alice.tenant["id"], f"/operator/users/{alice.user['id']}"
    program = alice.api.with_token(ok(alice.api.create_api_key(scopes=["units:read"]))["key"])
    other = add_owner(suite, tenant)
    ok(operator.post(f"{person}/disable"), 200)
    assert program.get("/v1/units").status_code == 200, "somebody else answers for it"
    ok(operator.post(f"/operator/users/{other}/disable"), 200)
    assert code_of(program.get("/v1/units")) == (403, "tenant_suspended")
    assert code_of(resume(operator, tenant)) == (409, "no_owner")
    ok(operator.post(f"{person}/enable"), 200)
    assert program.get("/v1/units").status_code == 200
    ok(suspend(operator, tenant), 200)
    for what in ("disable", "enable"):
        ok(operator.post(f"{person}/{what}"), 200)
    assert code_of(program.get("/v1/units")) == (403, "tenant_suspended"), "that was for another reason"
    ok(resume(operator, tenant), 200)
    assert program.get("/v1/units").status_code == 200

    def entries() -> bool:
        assert len(audited(suite, tenant, "user.disabled", alice.user["id"])) == 2
        assert len(audited(suite, "installation", "user.disabled", alice.user["id"])) == 2
        shut = audited(suite, tenant, "tenant.suspended", tenant)
        assert ["No owner" in one["changes"] for one in shut] == [True, False], shut
        return True

    eventually(entries, what="the entries")
