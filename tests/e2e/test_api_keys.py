"""API keys: shown once, stored hashed, no more than their scopes, gone at once."""

import asyncio
import hashlib
import json
import time
from typing import Any

import httpx
import pytest
from support.client import Api
from support.devices import add_membership
from support.people import PASSWORD, Manager, ok
from support.settling import settle
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import become
from support.waiting import eventually

HOUR = 3600 * 1000  # ms


def program(manager: Manager, key: str) -> Api:
    return manager.api.with_token(key)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def audited(suite: Suite, tenant_id: str, action: str) -> list[dict[str, Any]]:
    """The entries of one action in the audit, oldest first."""
    rows = suite.d1(
        "SELECT * FROM audit_events WHERE tenant_id = ? AND action = ? ORDER BY id",
        tenant_id, action, binding="DB_AUDIT",
    )  # fmt: skip
    return [row | {"changes": json.loads(row["changes"])} for row in rows]


def age(suite: Suite, key_id: str, ms: int) -> None:
    suite.d1("UPDATE api_keys SET last_used_at = last_used_at - ? WHERE id = ?", ms, key_id)


def instant(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms / 1000))


def now() -> int:
    return time.time_ns() // 1_000_000


def test_a_key_is_shown_once_and_stored_as_its_hash(suite: Suite, alice: Manager) -> None:
    answer = alice.api.create_api_key("Channel manager", ["bookings:*", "*:read"])
    made = ok(answer)
    key = made["key"]
    assert key.startswith("pf_live_") and made["hint"] == key[-4:] and made["notice"] is None
    assert "bookings:write" in made["scopes"] and "units:write" not in made["scopes"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == f"/v1/api_keys/{made['id']}"
    for shown in (ok(alice.api.get(f"/v1/api_keys/{made['id']}"), 200), ok(alice.api.api_keys(), 200)["data"][0]):
        assert "key" not in shown and shown["id"] == made["id"]
    assert key not in suite.output()
    for table in ("api_keys", "idempotency_keys", "outbox"):
        assert key not in json.dumps(suite.d1(f"SELECT * FROM {table}"))
    row = suite.d1("SELECT key_hash FROM api_keys WHERE id = ?", made["id"])[0]
    assert row["key_hash"] == hashlib.sha256(key.encode()).hexdigest()


def test_a_key_does_what_its_scopes_say_and_nothing_else(alice: Manager) -> None:
    made = ok(alice.api.create_api_key(scopes=["bookings:write", "units:read"]))
    calls = program(alice, made["key"])
    unit = alice.new_unit()
    ok(calls.book(unit, "2027-03-01", "2027-03-03"))
    ok(calls.get("/v1/units"), 200)
    assert code(calls.list_bookings()) == (403, "scope_missing")
    assert code(calls.create_property()) == (403, "scope_missing")
    for answer in (calls.me(), calls.api_keys(), calls.create_api_key(), calls.revoke_api_key(made["id"])):
        assert code(answer) == (403, "people_only")


def test_a_repeated_request_makes_no_second_key_and_shows_none(suite: Suite, alice: Manager) -> None:
    first, again = (alice.api.create_api_key(key="same") for _ in range(2))
    assert again.headers["idempotency-replayed"] == "true" and again.status_code == 201
    shown = again.json()
    assert shown["id"] == first.json()["id"] and shown["key"] is None and "shown once" in shown["notice"]
    assert len(ok(alice.api.api_keys(), 200)["data"]) == 1


async def _twenty(alice: Manager) -> list[httpx.Response]:
    async with alice.api.many() as calls:
        return list(await asyncio.gather(*[calls.create_api_key(key="same") for _ in range(20)]))


def test_of_twenty_at_once_under_one_idempotency_key_one_shows_the_key(alice: Manager) -> None:
    answers = [ok(answer) for answer in asyncio.run(_twenty(alice))]
    assert len({answer["id"] for answer in answers}) == 1
    assert len([answer for answer in answers if answer["key"]]) == 1


def test_rotation_lets_both_work_for_a_while(suite: Suite, alice: Manager) -> None:
    old = ok(alice.api.create_api_key(scopes=["units:read"], networks=["0.0.0.0/0", "::/0"]))
    new = ok(alice.api.rotate_api_key(old["id"]))
    assert new["replaces_id"] == old["id"] and new["key"] != old["key"]
    assert {name: new[name] for name in ("scopes", "mode", "name", "networks")} == {
        name: old[name] for name in ("scopes", "mode", "name", "networks")}  # fmt: skip
    here = {"CF-Connecting-IP": "203.0.113.7"}
    for key in (old["key"], new["key"]):
        assert program(alice, key).request("GET", "/v1/units", headers=here).status_code == 200
    ends = suite.d1("SELECT expires_at FROM api_keys WHERE id = ?", old["id"])[0]["expires_at"]
    assert 23 * HOUR < ends - now() <= 24 * HOUR
    suite.d1("UPDATE api_keys SET expires_at = ? WHERE id = ?", now(), old["id"])
    assert code(program(alice, old["key"]).request("GET", "/v1/units", headers=here)) == (401, "key_invalid")
    assert program(alice, new["key"]).request("GET", "/v1/units", headers=here).status_code == 200
    assert code(alice.api.rotate_api_key(old["id"])) == (409, "api_key_ended")


def test_rotation_without_overlap_ends_the_old_key_at_once(alice: Manager) -> None:
    old = ok(alice.api.create_api_key())
    new = ok(alice.api.rotate_api_key(old["id"], overlap_seconds=0))
    assert code(program(alice, old["key"]).get("/v1/units")) == (401, "key_invalid")
    ok(program(alice, new["key"]).get("/v1/units"), 200)


@pytest.mark.parametrize("overlap", [-1, 604_801, "1", None])
def test_an_overlap_is_at_most_a_week(alice: Manager, overlap: object) -> None:
    old = ok(alice.api.create_api_key())
    assert alice.api.rotate_api_key(old["id"], overlap_seconds=overlap).status_code == 422


async def _rotations(alice: Manager, key_id: str) -> list[httpx.Response]:
    async with alice.api.many() as calls:
        return list(await asyncio.gather(*[calls.rotate_api_key(key_id) for _ in range(10)]))


def test_of_ten_rotations_at_once_one_succeeds(alice: Manager) -> None:
    old = ok(alice.api.create_api_key())
    answers = asyncio.run(_rotations(alice, old["id"]))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"api_key_rotated"}
    assert len(ok(alice.api.api_keys(), 200)["data"]) == 2


def test_a_revoked_key_opens_nothing_from_the_next_request_on(alice: Manager) -> None:
    made = ok(alice.api.create_api_key())
    ok(program(alice, made["key"]).get("/v1/units"), 200)
    for _ in range(2):
        assert alice.api.revoke_api_key(made["id"]).status_code == 204
    assert code(program(alice, made["key"]).get("/v1/units")) == (401, "key_invalid")
    assert ok(alice.api.get(f"/v1/api_keys/{made['id']}"), 200)["revoked_at"]
    assert code(alice.api.rotate_api_key(made["id"])) == (409, "api_key_ended")


def test_a_key_ends_at_its_instant(suite: Suite, alice: Manager) -> None:
    assert code(alice.api.create_api_key(expires_at=instant(now() - 1000))) == (422, "expires_in_the_past")
    made = ok(alice.api.create_api_key(expires_at=instant(now() + HOUR)))
    ok(program(alice, made["key"]).get("/v1/units"), 200)
    suite.d1("UPDATE api_keys SET expires_at = ? WHERE id = ?", now(), made["id"])
    assert code(program(alice, made["key"]).get("/v1/units")) == (401, "key_invalid")


def test_a_key_works_from_its_networks_only(alice: Manager) -> None:
    made = ok(alice.api.create_api_key(networks=["203.0.113.0/24", "2001:db8::/32"]))
    calls = program(alice, made["key"])
    for ip, status in (("203.0.113.9", 200), ("2001:db8:1::5", 200), ("198.51.100.1", 401), ("2001:db9::1", 401)):
        assert calls.request("GET", "/v1/units", headers={"CF-Connecting-IP": ip}).status_code == status, ip


def test_a_mistyped_key_costs_no_statement(alice: Manager) -> None:
    key = ok(alice.api.create_api_key())["key"]
    for typo in (key[:-1], key[:20] + ("A" if key[20] != "A" else "B") + key[21:], key.replace("live", "test")):
        answer = program(alice, typo).get("/v1/units")
        assert code(answer) == (401, "key_malformed")
        assert "statements=0" in answer.headers["propflow-cost"]


@pytest.mark.parametrize("scope", ["bookings:delete", "keys:write", "members:write", "self"])
def test_a_scope_that_no_key_may_hold_is_refused_and_those_that_exist_are_listed(alice: Manager, scope: str) -> None:
    answer = alice.api.create_api_key(scopes=["units:read", scope])
    assert code(answer) == (422, "unknown_scope")
    assert scope in answer.json()["detail"] and "bookings:read" in answer.json()["known"]
    assert ok(alice.api.api_keys(), 200)["data"] == []


@pytest.mark.parametrize("role", ["manager", "member"])
def test_only_owners_and_admins_manage_keys(suite: Suite, alice: Manager, role: str) -> None:
    made = ok(alice.api.create_api_key())
    become(suite, alice, role)
    api = alice.api
    for answer in (api.create_api_key(), api.api_keys(), api.get(f"/v1/api_keys/{made['id']}"),
                   api.rotate_api_key(made["id"]), api.revoke_api_key(made["id"])):  # fmt: skip
        assert code(answer) == (403, "not_permitted")
    ok(program(alice, made["key"]).get("/v1/units"), 200)


def test_the_keys_of_another_tenant_do_not_exist(alice: Manager, bob: Manager) -> None:
    made = ok(bob.api.create_api_key())
    unknown = f"key_{'0' * 26}"
    for key_id in (made["id"], unknown, "key_x", bob.user["id"]):
        for answer in (alice.api.get(f"/v1/api_keys/{key_id}"), alice.api.rotate_api_key(key_id),
                       alice.api.revoke_api_key(key_id)):  # fmt: skip
            assert code(answer) == (404, "api_key_not_found")
    assert made["id"] not in alice.api.api_keys().text
    ok(program(bob, made["key"]).get("/v1/units"), 200)


async def _many(alice: Manager, count: int, modes: tuple[str, ...]) -> list[httpx.Response]:
    async with alice.api.many() as calls:
        wanted = [calls.create_api_key(f"k{n}", ["units:read"], mode=modes[n % len(modes)]) for n in range(count)]
        return list(await asyncio.gather(*wanted))


def test_there_are_at_most_fifty_live_keys_however_many_ask_at_once(alice: Manager) -> None:
    answers = asyncio.run(_many(alice, 60, ("live", "test")))
    made = [answer.json() for answer in answers if answer.status_code == 201]
    refused = {code(answer) for answer in answers if answer.status_code != 201}
    assert (len(made), refused) == (50, {(409, "too_many_api_keys")})
    old = made[0]["id"]
    ok(alice.api.rotate_api_key(old, overlap_seconds=0))
    assert alice.api.revoke_api_key(made[1]["id"]).status_code == 204
    ok(alice.api.create_api_key())
    listed, after = [], None
    while True:
        page = ok(alice.api.api_keys(limit=20, after=after), 200)
        listed += page["data"]
        after = page["next_cursor"]
        if not page["has_more"]:
            break
    assert len({one["id"] for one in listed}) == len(listed) == 52
    print("60 keys asked for at once: 50 made, 10 refused")


def test_use_is_noted_seldom_and_the_audit_tells_of_a_first_use_and_of_another_address(
    suite: Suite, alice: Manager
) -> None:
    made = ok(alice.api.create_api_key())
    calls, tenant = program(alice, made["key"]), alice.tenant["id"]

    def use(ip: str) -> None:
        assert calls.request("GET", "/v1/units", headers={"CF-Connecting-IP": ip}).status_code == 200

    def seen() -> tuple[Any, Any, int]:
        row = ok(alice.api.get(f"/v1/api_keys/{made['id']}"), 200)
        return row["last_used_at"], row["last_ip"], len(audited(suite, tenant, "key.used"))

    assert seen() == (None, None, 0)
    use("203.0.113.7")
    eventually(lambda: seen()[1:] == ("203.0.113.7", 1), what="the first use")
    for _ in range(5):
        suite.d1("UPDATE api_keys SET last_used_at = ? WHERE id = ?", now(), made["id"])  # however slow all this is
        first = seen()
        use("203.0.113.7")
        use("203.0.113.8")  # another address, but just noted
        assert seen() == first
    age(suite, made["id"], 61_000)
    use("203.0.113.8")
    eventually(lambda: seen()[1:] == ("203.0.113.8", 2), what="the move")
    age(suite, made["id"], 301_000)
    aged = seen()
    use("203.0.113.8")
    eventually(lambda: seen()[0] > aged[0], what="the later use")
    assert seen()[2] == 2
    moved = audited(suite, tenant, "key.used")[1]
    assert moved["actor"] == moved["object_id"] == made["id"] and moved["ip"] == "203.0.113.8"
    assert moved["changes"] == {"before": {"ip": "203.0.113.7"}, "after": {"ip": "203.0.113.8"}}


async def _used(calls: Api) -> list[httpx.Response]:
    async with calls.many() as many:
        return list(await asyncio.gather(*[many.get("/v1/units") for _ in range(20)]))


def test_twenty_first_uses_at_once_are_audited_once(suite: Suite, alice: Manager) -> None:
    made, before = ok(alice.api.create_api_key()), len(suite.output())
    answers = asyncio.run(_used(program(alice, made["key"])))
    assert {answer.status_code for answer in answers} == {200}
    eventually(lambda: audited(suite, alice.tenant["id"], "key.used"), what="the first use")
    time.sleep(1)  # the other nineteen had their chance
    assert len(audited(suite, alice.tenant["id"], "key.used")) == 1
    # What queues do meanwhile is for others, and they may find that somebody was faster.
    logged = [line for line in suite.output()[before:].splitlines() if "guard_failed" in line and '"queue"' not in line]
    assert [line for line in logged if '"level":"error"' in line] == []


def test_the_audit_tells_of_each_key_and_holds_none(suite: Suite, alice: Manager) -> None:
    first = ok(alice.api.create_api_key("First", ["units:read"]))
    second = ok(alice.api.rotate_api_key(first["id"]))
    alice.api.revoke_api_key(second["id"])
    tenant = alice.tenant["id"]

    def told(what: str) -> dict[str, Any]:
        """Each entry is copied on its own after its answer, so that a later one may be there earlier."""
        return eventually(lambda: audited(suite, tenant, f"key.{what}"), what=f"the audit of what was {what}")[0]

    created, rotated, revoked = told("created"), told("rotated"), told("revoked")
    assert created["changes"]["before"] is None
    assert created["changes"]["after"]["scopes"] == ["units:read"] and created["actor"] == alice.user["id"]
    assert rotated["changes"]["before"]["id"] == first["id"] and rotated["changes"]["after"]["id"] == second["id"]
    assert revoked["object_id"] == second["id"] and revoked["changes"]["after"]["revoked_at"]
    everything = json.dumps([created, rotated, revoked])
    assert first["key"] not in everything and second["key"] not in everything


def grow_old(suite: Suite, manager: Manager) -> None:
    """Their session began, and was confirmed, more than a quarter of an hour ago."""
    old = "UPDATE sessions SET created_at = created_at - 900001, confirmed_at = confirmed_at - 900001 WHERE user_id = ?"
    suite.d1(old, manager.user["id"])


def test_a_key_that_may_change_anything_needs_the_password_when_one_signed_in_long_ago(
    suite: Suite, alice: Manager
) -> None:
    wide = ok(alice.api.create_api_key("wide"))
    grow_old(suite, alice)
    for scopes in (["*"], ["*:write"], ["units:read", "quotes:write"]):
        asked = alice.api.create_api_key("wide", scopes)
        assert (asked.status_code, asked.json()["code"]) == (422, "password_required")
    wrong = alice.api.create_api_key("wide", password="not the password")
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["param"]) == (422, "wrong_password", "password")
    assert alice.api.post(f"/v1/api_keys/{wide['id']}/rotate", {}).json()["code"] == "password_required"
    assert [one["id"] for one in ok(alice.api.api_keys(), 200)["data"]] == [wide["id"]]
    ok(alice.api.create_api_key("narrow", ["bookings:read"]))
    ok(alice.api.create_api_key("test", mode="test"))
    ok(alice.api.create_api_key("wide", password=PASSWORD))
    ok(alice.api.post(f"/v1/api_keys/{wide['id']}/rotate", {}))  # the password was given a moment ago
    grow_old(suite, alice)
    assert alice.api.create_api_key("wide").json()["code"] == "password_required"


def test_who_has_no_password_signs_in_again_before_making_such_a_key(suite: Suite, alice: Manager) -> None:
    suite.d1("UPDATE users SET password_hash = NULL, google_sub = ?1 WHERE id = ?1", alice.user["id"])
    ok(alice.api.create_api_key("wide"))
    grow_old(suite, alice)
    refused = alice.api.create_api_key("wide")
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_again")


def test_the_owners_are_told_of_a_key_that_may_change_anything(
    suite: Suite, standin: StandIn, alice: Manager, bob: Manager
) -> None:
    add_membership(suite, bob, alice, "admin")
    admin = alice.api.with_token(ok(bob.api.switch_tenant(alice.tenant["id"]), 200)["session"]["token"])
    ok(admin.create_api_key("Channel manager", ["bookings:write"]))
    ok(admin.create_api_key("narrow", ["bookings:read"]))
    ok(admin.create_api_key("test", mode="test"))

    def told() -> list[dict[str, Any]]:
        return [one for one in standin.emails(alice.email) if "API key" in one["subject"]]

    (mail,) = eventually(told)
    settle(suite, alice.tenant["id"])
    assert len(told()) == 1
    assert 'Bob made the API key "Channel manager" for ' in mail["text"] and "pf_live_" not in mail["text"]
    assert not [one for one in standin.emails(bob.email) if "API key" in one["subject"]]


def test_making_many_keys_floods_no_mailbox(suite: Suite, standin: StandIn, alice: Manager) -> None:
    for number in range(8):
        ok(alice.api.create_api_key(f"k{number}"))
    settle(suite, alice.tenant["id"])
    assert len([one for one in standin.emails(alice.email) if "API key" in one["subject"]]) == 5
