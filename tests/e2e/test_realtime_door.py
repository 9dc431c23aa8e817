"""The door of live connections: a ticket opens one room, once, for one minute, to pages of the application alone."""

import asyncio
import secrets
from collections import Counter
from contextlib import AsyncExitStack

import httpx
from support.joining import join
from support.live import PROTOCOL, refusal, ticket, watching
from support.people import Manager, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import put_on_plan

UPGRADE = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


def knock(suite: Suite, method: str = "GET", **headers: str) -> tuple[int, str, httpx.Headers]:
    answer = httpx.request(method, f"{suite.url}/v1/realtime", headers=headers, timeout=60)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["request-id"] == answer.json()["request_id"]
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.status_code, answer.json()["code"], answer.headers


def test_each_refusal_is_a_problem_document(suite: Suite, alice: Manager) -> None:
    own = {"Origin": suite.url}
    assert knock(suite, **own)[:2] == (426, "upgrade_required")
    status, code, headers = knock(suite, "POST", **own)
    assert (status, code, headers["allow"]) == (405, "method_not_allowed", "GET")
    assert knock(suite, **own, **UPGRADE)[:2] == (401, "ticket_missing")
    session = {"Authorization": f"Bearer {alice.token}", "Cookie": f"__Host-session={alice.token}"}
    assert knock(suite, **own, **UPGRADE, **session)[:2] == (401, "ticket_missing"), "a session is no ticket"
    offered = {"Sec-WebSocket-Protocol": f"{PROTOCOL}, ticket.{secrets.token_urlsafe(32)}"}
    assert knock(suite, **own, **UPGRADE, **offered)[:2] == (401, "ticket_invalid")
    good = {"Sec-WebSocket-Protocol": ", ".join(ticket(alice))}
    for origin in ({}, {"Origin": "null"}, {"Origin": "https://evil.example"}, {"Origin": f"{suite.url}.evil.example"}):
        assert knock(suite, **UPGRADE, **good, **origin)[:2] == (403, "foreign_origin")
    query = {"ticket": ticket(alice)[1]}
    in_address = httpx.get(f"{suite.url}/v1/realtime", params=query, headers=own | UPGRADE, timeout=60)
    assert in_address.json()["code"] == "ticket_missing"


def test_of_twenty_who_use_a_ticket_at_once_one_comes_in(suite: Suite, alice: Manager) -> None:
    async def story() -> Counter[int]:
        protocols = ticket(alice)
        first = Counter(await asyncio.gather(*[refusal(suite.url, protocols) for _ in range(20)]))
        assert await refusal(suite.url, protocols) == 401, "and nobody later"
        return first

    assert asyncio.run(story()) == {101: 1, 401: 19}


def test_a_ticket_that_is_changed_opens_nothing(suite: Suite, alice: Manager, bob: Manager) -> None:
    async def story() -> None:
        (protocol, mine), (_, other) = ticket(alice), ticket(bob)
        head, _, signature = mine.rpartition(".")
        for forged in (mine[:-1], f"{other.rpartition('.')[0]}.{signature}", f"{head}.", head, "ticket.", mine + "A"):
            assert await refusal(suite.url, [protocol, forged]) == 401, forged
        assert await refusal(suite.url, [mine]) == 401, "without the protocol"

    asyncio.run(story())


def test_a_ticket_opens_nothing_once_its_session_has_ended(suite: Suite, alice: Manager) -> None:
    protocols = ticket(alice)
    assert alice.api.logout().status_code == 204
    assert asyncio.run(refusal(suite.url, protocols)) == 401


def test_who_may_ask_for_a_ticket(suite: Suite, alice: Manager) -> None:
    nobody = alice.api.with_token(None).post("/v1/realtime/tickets")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in")
    key = ok(alice.api.create_api_key(scopes=["units:read"]))["key"]
    program = alice.api.with_token(key).post("/v1/realtime/tickets")
    assert (program.status_code, program.json()["code"]) == (403, "people_only")
    twice = [alice.api.post("/v1/realtime/tickets", key="same").json()["ticket"] for _ in range(2)]
    assert twice[0] != twice[1], "no answer with a ticket is stored"
    stored = "SELECT count(*) AS n FROM idempotency_keys WHERE tenant_id = ? AND body LIKE '%ticket%'"
    assert suite.d1(stored, alice.tenant["id"]) == [{"n": 0}]


def test_who_is_restricted_enters_the_rooms_of_their_properties_and_hears_of_no_other(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    put_on_plan(suite, alice.tenant["id"])
    hidden = str(ok(alice.api.create_property("Hidden House"))["id"])
    seen_unit = alice.new_unit()
    shown, alice.property_id = alice.property_id, hidden
    hidden_unit = alice.new_unit()
    carol = join(alice, standin, "manager", [shown])
    for body, expected in (({}, (403, "property_required")), ({"property_id": hidden}, (404, "property_not_found"))):
        answer = carol.api.post("/v1/realtime/tickets", body)
        assert (answer.status_code, answer.json()["code"]) == expected

    async def story() -> None:
        async with watching(carol, shown) as viewer, watching(alice) as owner:
            await viewer.say("viewing", unit_id=hidden_unit)
            assert (await viewer.next())["code"] == "unit_not_found"
            alice.booking(hidden_unit, "2027-05-01", "2027-05-03")
            await owner.until("calendar.changed", unit_id=hidden_unit)
            alice.booking(seen_unit, "2027-05-01", "2027-05-03")
            assert (await viewer.next())["unit_id"] == seen_unit
            member = alice.api.member(carol.user["id"])
            ok(alice.api.change_member(carol.user["id"], member.headers["etag"], property_ids=[hidden]), 200)
            alice.booking(seen_unit, "2027-06-01", "2027-06-03")
            assert (await viewer.next())["code"] in ("access_ended",), "no change is told to who may not see it"
            assert await viewer.ended() == 4403

    asyncio.run(story())


def test_a_person_has_eight_connections_in_a_room(suite: Suite, alice: Manager) -> None:
    async def story() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(8):
                await stack.enter_async_context(watching(alice))
            assert await refusal(suite.url, ticket(alice)) == 429

    asyncio.run(story())


def test_a_tenant_has_two_hundred_connections(suite: Suite, alice: Manager) -> None:
    suite.d1("INSERT INTO watched_rooms VALUES (?, 'prop_elsewhere', 199, 4102444800000)", alice.tenant["id"])

    async def story() -> None:
        async with watching(alice):
            assert await refusal(suite.url, ticket(alice)) == 429

    asyncio.run(story())
