"""Asking people in: one mail, one link, one membership; whatever is used, taken back or expired opens nothing."""

import asyncio
import re
import secrets
import time
from typing import Any

import httpx
import pytest
from support.client import Api, AsyncApi
from support.links import token, tokens
from support.people import PASSWORD, Manager, ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import become, put_on_plan
from support.verbs import Json
from support.waiting import eventually

from propflow import ids

DAY = 24 * 3600 * 1000
NEW = {"name": "Nina New", "password": PASSWORD}


@pytest.fixture
def owner(suite: Suite, alice: Manager) -> Manager:
    """Alice, with room for others."""
    put_on_plan(suite, alice.tenant["id"])
    return alice


def address(name: str = "nina") -> str:
    return f"{name}-{secrets.token_hex(6)}@example.net"


def verify(suite: Suite, person: Manager) -> None:
    now = int(time.time() * 1000)
    suite.d1("UPDATE users SET email_verified_at = ? WHERE id = ?", now, person.user["id"])


def later(suite: Suite, invitation_id: str, ms: int) -> None:
    """Time goes by for one invitation."""
    sql = "UPDATE invitations SET expires_at = expires_at - ?2, updated_at = updated_at - ?2 WHERE id = ?1"
    suite.d1(sql, invitation_id, ms)


def status_of(owner: Manager, invitation_id: str) -> str:
    return str(ok(owner.api.get(f"/v1/invitations/{invitation_id}"), 200)["status"])


def refused(answer: httpx.Response, status: int, code: str) -> Json:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return dict(answer.json())


def test_somebody_new_comes_in_by_the_link(suite: Suite, standin: StandIn, api: Api, owner: Manager) -> None:
    email = address()
    made = owner.api.invite(email.upper(), "manager", property_ids=[owner.property_id])
    invitation = ok(made)
    assert made.headers["location"] == f"/v1/invitations/{invitation['id']}"
    assert (invitation["email"], invitation["status"], invitation["times_sent"]) == (email, "pending", 1)
    assert invitation["invited_by"] == owner.user["id"]
    link = token(standin, email, "invitation")
    assert link not in made.text and owner.tenant["name"] in str(standin.emails(email)[0]["text"])
    came = api.accept_invitation(link, **NEW)
    answer = ok(came, 200)
    assert answer["tenant"] == owner.tenant
    assert (answer["user"]["email"], answer["user"]["email_verified"]) == (email, True)
    assert f"__Host-session={answer['session']['token']};" in came.headers["set-cookie"]
    nina = api.with_token(answer["session"]["token"])
    assert ok(nina.me(), 200)["role"] == "manager"
    member = ok(owner.api.member(answer["user"]["id"]), 200)
    assert member["property_ids"] == [owner.property_id]
    done = ok(owner.api.get(f"/v1/invitations/{invitation['id']}"), 200)
    assert (done["status"], done["accepted_by"]) == ("accepted", answer["user"]["id"])
    assert ok(api.login(email, PASSWORD), 200)["tenant"] == owner.tenant
    wanted = "SELECT actor, changes FROM audit_events WHERE tenant_id = ? AND action = 'invitation.accepted'"
    [entry] = eventually(lambda: suite.d1(wanted, owner.tenant["id"], binding="DB_AUDIT"), what="the audit entry")
    assert entry["actor"] == answer["user"]["id"] and owner.property_id in entry["changes"]
    stored = suite.d1("SELECT token_hash FROM invitations WHERE id = ?", invitation["id"])[0]["token_hash"]
    assert re.fullmatch("[0-9a-f]{64}", stored) and link not in suite.output()


def test_a_link_opens_once(suite: Suite, standin: StandIn, api: Api, owner: Manager) -> None:
    email = address()
    ok(owner.api.invite(email))
    link = token(standin, email, "invitation")
    for _ in range(3):  # a scanner of mails asks with GET and HEAD
        assert api.request("GET", "/v1/invitations/accept", params={"token": link}).status_code in (400, 401, 405)
    first = ok(api.accept_invitation(link, **NEW), 200)
    own = api.with_token(first["session"]["token"])
    for again in (api.accept_invitation(link, **NEW), own.accept_invitation(link)):
        refused(again, 422, "link_invalid")
    refused(owner.api.invite(email), 409, "already_member")


@pytest.mark.parametrize("who", ["somebody new", "signed in"])
def test_of_twenty_at_once_exactly_one_comes_in(suite: Suite, standin: StandIn, owner: Manager, who: str) -> None:
    api, rounds, people = owner.api.with_token(None), 3, []
    for _ in range(rounds):
        email, own = address(), None
        if who == "signed in":
            own = ok(api.signup(email, PASSWORD, "Nina", "Nina's Homes"))["session"]["token"]
        ok(owner.api.invite(email))
        link = token(standin, email, "invitation")
        answers = asyncio.run(accept_twenty_times(suite, own, link))
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(200) == 1 and set(statuses) <= {200, 422, 401}, statuses
        found = suite.d1(
            "SELECT m.user_id FROM memberships AS m JOIN users AS u ON u.id = m.user_id"
            " WHERE m.tenant_id = ? AND u.email = ?", owner.tenant["id"], email,
        )  # fmt: skip
        people.append(len(found))
    assert people == [1] * rounds
    used = suite.d1(
        "SELECT used, (SELECT COUNT(*) FROM memberships WHERE tenant_id = ?1) AS n FROM usage_counters"
        " WHERE tenant_id = ?1 AND meter = 'users'", owner.tenant["id"],
    )  # fmt: skip
    assert used[0]["used"] == used[0]["n"]
    print(f"{who}: {rounds} links used 20 times at once, memberships per link {people}")


async def accept_twenty_times(suite: Suite, own: str | None, link: str) -> list[httpx.Response]:
    async with AsyncApi(suite.url, own) as calls:
        return await asyncio.gather(*[calls.accept_invitation(link, **NEW) for _ in range(20)])


def test_who_has_an_account_signs_in_or_sends_its_password(
    suite: Suite, standin: StandIn, owner: Manager, bob: Manager
) -> None:
    verify(suite, bob)
    ok(owner.api.invite(bob.email, "manager"))
    link, nobody = token(standin, bob.email, "invitation"), owner.api.with_token(None)
    texts = set()
    for more in ({}, NEW | {"password": "wrong wrong"}, {"password": "wrong wrong"}, {"name": "N"}):
        problem = refused(nobody.accept_invitation(link, **more), 401, "sign_in_to_accept")
        texts.add(str(problem | {"request_id": ""}))
        refused(owner.api.accept_invitation(link, **more), 401, "sign_in_to_accept")  # signed in as somebody else
    assert len(texts) == 1
    came = ok(nobody.accept_invitation(link, password=PASSWORD), 200)
    assert (came["user"]["id"], came["tenant"]) == (bob.user["id"], owner.tenant)
    assert ok(bob.api.me(), 200)["tenant"] == bob.tenant  # the session that was there stays where it is


def test_who_has_no_password_or_is_disabled_is_answered_alike(
    suite: Suite, standin: StandIn, owner: Manager, bob: Manager
) -> None:
    verify(suite, bob)
    ok(owner.api.invite(bob.email))
    link, nobody = token(standin, bob.email, "invitation"), owner.api.with_token(None)
    suite.d1("UPDATE users SET password_hash = NULL WHERE id = ?", bob.user["id"])
    refused(nobody.accept_invitation(link, **NEW), 401, "sign_in_to_accept")
    suite.d1("UPDATE users SET disabled_at = 1 WHERE id = ?", bob.user["id"])
    refused(nobody.accept_invitation(link, **NEW), 401, "sign_in_to_accept")
    refused(bob.api.accept_invitation(link, **NEW), 401, "sign_in_to_accept")
    suite.d1("UPDATE users SET disabled_at = NULL WHERE id = ?", bob.user["id"])
    ok(bob.api.accept_invitation(link), 200)


@pytest.mark.parametrize("how", ["signed in", "password"])
def test_who_never_verified_the_address_has_shown_it_by_the_link(
    suite: Suite, standin: StandIn, owner: Manager, bob: Manager, how: str
) -> None:
    ok(owner.api.invite(bob.email))
    link = token(standin, bob.email, "invitation")
    by = bob.api if how == "signed in" else bob.api.with_token(None)
    came = ok(by.accept_invitation(link, **({} if how == "signed in" else {"password": PASSWORD})), 200)
    assert (came["user"]["id"], came["user"]["email_verified"]) == (bob.user["id"], True)
    assert {one["tenant"]["id"] for one in ok(bob.api.me(), 200)["memberships"]} == {
        bob.tenant["id"], owner.tenant["id"]
    }  # fmt: skip


def test_whoever_took_the_address_before_without_verifying_it_gets_nothing(
    suite: Suite, standin: StandIn, api: Api, owner: Manager
) -> None:
    email = address("victim")
    squatter = ok(api.signup(email, "the squatter's own", "Eve", "Eve's"))
    ok(owner.api.invite(email))
    came = ok(api.accept_invitation(token(standin, email, "invitation"), **NEW), 200)
    assert came["user"]["id"] != squatter["user"]["id"]
    assert ok(api.login(email, PASSWORD), 200)["user"]["id"] == came["user"]["id"]
    alone = ok(api.login(email, "the squatter's own"), 200)
    assert (alone["user"]["id"], alone["tenant"]) == (squatter["user"]["id"], squatter["tenant"])
    eve = api.with_token(squatter["session"]["token"])
    assert [one["tenant"]["id"] for one in ok(eve.me(), 200)["memberships"]] == [squatter["tenant"]["id"]]


def test_a_new_account_needs_a_name_and_a_password_that_is_not_common(
    standin: StandIn, api: Api, owner: Manager
) -> None:
    email = address()
    ok(owner.api.invite(email))
    link = token(standin, email, "invitation")
    cases: list[tuple[Json, str]] = [
        ({}, "name"), ({"name": "N"}, "password"), ({"password": PASSWORD}, "name"),
        ({"name": "N", "password": "short"}, "password"), ({"name": "N", "password": "password123"}, "password"),
        ({"name": "N", "password": email}, "password"), ({"name": "N", "password": PASSWORD, "role": "owner"}, "role"),
    ]  # fmt: skip
    for more, param in cases:
        answer = api.accept_invitation(link, **more)
        assert (answer.status_code, answer.json()["param"]) == (422, param), answer.text
    ok(api.accept_invitation(link, **NEW), 200)


def test_what_expired_was_revoked_or_sent_again_opens_no_more(
    suite: Suite, standin: StandIn, api: Api, owner: Manager
) -> None:
    verify(suite, owner)  # who is not known reaches a mailbox twice a day
    email = address()
    invitation = ok(owner.api.invite(email))["id"]
    soon = owner.api.resend_invitation(invitation)  # at once: the mail may take its time
    refused(soon, 429, "too_many_mails")
    assert 0 < int(soon.headers["retry-after"]) <= 60
    first = token(standin, email, "invitation")
    later(suite, invitation, 61_000)
    assert ok(owner.api.resend_invitation(invitation), 200)["times_sent"] == 2
    second = token(standin, email, "invitation", 2)
    assert second != first
    refused(api.accept_invitation(first, **NEW), 422, "link_invalid")
    later(suite, invitation, 7 * DAY)
    assert status_of(owner, invitation) == "expired"
    refused(api.accept_invitation(second, **NEW), 422, "link_invalid")
    assert ok(owner.api.resend_invitation(invitation), 200)["status"] == "pending"
    third = token(standin, email, "invitation", 3)
    assert ok(owner.api.revoke_invitation(invitation), 200)["status"] == "revoked"
    assert ok(owner.api.revoke_invitation(invitation), 200)["status"] == "revoked"
    refused(api.accept_invitation(third, **NEW), 422, "link_invalid")
    refused(owner.api.resend_invitation(invitation), 409, "not_pending")
    refused(api.accept_invitation("x" * 43, **NEW), 422, "link_invalid")


def test_one_invitation_is_mailed_eleven_times_at_most(suite: Suite, owner: Manager) -> None:
    invitation = ok(owner.api.invite(address()))["id"]
    sent = 0
    for _ in range(12):
        later(suite, invitation, 61_000)
        sent += owner.api.resend_invitation(invitation).status_code == 200
    assert sent == 10
    refused(owner.api.resend_invitation(invitation), 429, "too_many_mails")


def test_an_address_is_invited_once_at_a_time(suite: Suite, standin: StandIn, owner: Manager) -> None:
    email = address()

    async def race() -> list[httpx.Response]:
        async with AsyncApi(suite.url, owner.token) as calls:
            return await asyncio.gather(*[calls.invite(email) for _ in range(10)])

    answers = asyncio.run(race())
    made = [answer for answer in answers if answer.status_code == 201]
    assert len(made) == 1
    for answer in answers:
        if answer is not made[0]:
            assert refused(answer, 409, "invitation_pending")["invitation_id"] == made[0].json()["id"]
    same = [owner.api.invite(f"same-{email}", key="k") for _ in range(2)]
    assert ok(same[0]) == ok(same[1]) and same[1].headers["idempotency-replayed"] == "true"
    token(standin, email, "invitation")
    later(suite, made[0].json()["id"], 7 * DAY)
    assert ok(owner.api.invite(email))["id"] != made[0].json()["id"]
    token(standin, email, "invitation", 2)


def test_the_same_address_is_not_invited_all_day_long(owner: Manager) -> None:
    email = address()
    for _ in range(5):
        ok(owner.api.revoke_invitation(ok(owner.api.invite(email))["id"]), 200)
    refused(owner.api.invite(email), 429, "too_many_mails")


def test_a_day_has_a_hundred_invitations_however_many_are_made_at_once(suite: Suite, owner: Manager) -> None:
    now = int(time.time() * 1000)
    made = [(ids.new_id("ivt", now), f"{number}-{address()}") for number in range(90)]
    columns = "tenant_id, id, email, role, token_hash, key_id, invited_by, expires_at, created_at, updated_at"
    sql = f"INSERT INTO invitations ({columns}) VALUES (?1, ?2, ?3, 'member', ?2, 'k', 'u', ?4, ?5, ?5)"
    suite.d1_batch([(sql, [owner.tenant["id"], one, email, now + DAY, now]) for one, email in made])

    async def race() -> list[httpx.Response]:
        async with AsyncApi(suite.url, owner.token) as calls:
            return await asyncio.gather(*[calls.invite(f"{number}-{address()}") for number in range(24)])

    answers = asyncio.run(race())
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [429] * 14
    assert {answer.json().get("code") for answer in answers} == {None, "too_many_mails"}
    count = "SELECT count(*) AS n FROM invitations WHERE tenant_id = ?"
    assert suite.d1(count, owner.tenant["id"]) == [{"n": 100}]


def test_nobody_who_has_shown_nothing_invites(suite: Suite, standin: StandIn, owner: Manager) -> None:
    put_on_plan(suite, owner.tenant["id"], "free")
    problem = refused(owner.api.invite(address()), 403, "not_yet_proven")
    assert "An owner must verify their e-mail address" in problem["detail"]
    put_on_plan(suite, owner.tenant["id"], "business")
    email = address()
    invitation = ok(owner.api.invite(email))["id"]
    token(standin, email, "invitation")
    put_on_plan(suite, owner.tenant["id"], "business", "trialing")
    later(suite, invitation, 61_000)
    refused(owner.api.resend_invitation(invitation), 403, "not_yet_proven")
    verify(suite, owner)
    assert ok(owner.api.resend_invitation(invitation), 200)["times_sent"] == 2


def test_nobody_is_invited_as_owner_and_by_an_admin_not_as_admin(suite: Suite, owner: Manager) -> None:
    assert owner.api.invite(address(), "owner").json()["param"] == "role"
    ok(owner.api.invite(address(), "admin"))
    become(suite, owner, "admin")
    refused(owner.api.invite(address(), "admin"), 403, "owners_only")
    ok(owner.api.invite(address(), "manager"))
    become(suite, owner, "manager")
    refused(owner.api.invite(address()), 403, "not_permitted")
    assert ok(owner.api.invitations(), 200)["data"]


def test_a_restriction_names_properties_that_are_there(owner: Manager, bob: Manager) -> None:
    for wrong in (bob.property_id, "prop_" + "0" * 26):
        problem = refused(owner.api.invite(address(), property_ids=[wrong]), 422, "unknown_property")
        assert problem["property_id"] == wrong
    refused(owner.api.invite(address(), "admin", property_ids=[owner.property_id]), 422, "not_restrictable")
    assert owner.api.invite(address(), property_ids=[]).status_code == 422


def test_invitations_are_listed_by_status(suite: Suite, owner: Manager) -> None:
    pending, revoked, expired = (ok(owner.api.invite(address()))["id"] for _ in range(3))
    ok(owner.api.revoke_invitation(revoked), 200)
    later(suite, expired, 7 * DAY)

    def listed(**params: Any) -> list[str]:
        return [one["id"] for one in ok(owner.api.invitations(**params), 200)["data"]]

    assert listed() == [pending, revoked, expired]
    assert (listed(status="pending"), listed(status="expired")) == ([pending], [expired])
    assert listed(status="revoked,expired", limit=1) == [revoked]
    assert listed(status="revoked,expired", after=revoked) == [expired]
    assert owner.api.invitations(status="lost").status_code == 400


def test_another_tenants_invitation_is_not_there(owner: Manager, bob: Manager) -> None:
    known, random = ok(owner.api.invite(address()))["id"], "ivt_" + "0" * 26
    for method, path in (("GET", ""), ("POST", "/resend"), ("POST", "/revoke")):
        answers = [bob.api.request(method, f"/v1/invitations/{one}{path}", json=None) for one in (known, random)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({str(answer.json() | {"request_id": ""}) for answer in answers}) == 1
    assert status_of(owner, known) == "pending"


def test_the_plan_counts_members_and_invitations(suite: Suite, standin: StandIn, api: Api, alice: Manager) -> None:
    verify(suite, alice)
    problem = refused(alice.api.invite(address()), 402, "plan_limit_reached")
    assert (problem["meter"], problem["usage"], problem["limit"]) == ("users", 1, 1)
    assert problem["upgrade_url"].startswith("http")
    put_on_plan(suite, alice.tenant["id"], "pro")
    emails = [address() for _ in range(12)]

    async def race() -> list[int]:
        async with AsyncApi(suite.url, alice.token) as calls:
            return [answer.status_code for answer in await asyncio.gather(*[calls.invite(one) for one in emails])]

    statuses = asyncio.run(race())
    assert sorted(statuses) == [201] * 4 + [402] * 8
    print(f"12 invitations at once with room for 4: {statuses.count(201)} made")
    invited = next(email for email, status in zip(emails, statuses, strict=True) if status == 201)
    link = token(standin, invited, "invitation")
    put_on_plan(suite, alice.tenant["id"], "free")
    assert refused(api.accept_invitation(link, **NEW), 402, "plan_limit_reached")["limit"] == 1
    assert suite.d1("SELECT COUNT(*) AS n FROM memberships WHERE tenant_id = ?", alice.tenant["id"])[0]["n"] == 1
    put_on_plan(suite, alice.tenant["id"], "pro")
    ok(api.accept_invitation(link, **NEW), 200)


def test_a_key_is_nobody_and_a_foreign_page_accepts_nothing(
    suite: Suite, standin: StandIn, api: Api, owner: Manager, bob: Manager
) -> None:
    ok(owner.api.invite(bob.email))
    link = token(standin, bob.email, "invitation")
    cookie = {"Cookie": f"__Host-session={bob.token}", "Origin": "https://evil.example"}
    answer = api.request("POST", "/v1/invitations/accept", json={"token": link}, headers=cookie)
    refused(answer, 403, "foreign_origin")
    own = cookie | {"Origin": str(api.http.base_url).rstrip("/")}
    ok(api.request("POST", "/v1/invitations/accept", json={"token": link}, headers=own), 200)


def test_who_tries_links_is_slowed_down(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> None:
    limited = Suite(standin.url, state=tmp_path_factory.mktemp("limited"), limits="on").start()
    try:
        api = Api(limited.url)
        owner = sign_up(api, "Alice")
        statuses = [api.accept_invitation(secrets.token_urlsafe(32)).status_code for _ in range(60)]
        api.close()
        owner.api.close()
    finally:
        limited.stop()
    assert set(statuses) == {422, 429} and statuses.index(429) <= 30
    print(f"60 guessed links from one address: {statuses.count(422)} looked up, {statuses.count(429)} refused before")


def test_mails_hold_the_link_and_nothing_else_does(suite: Suite, standin: StandIn, owner: Manager) -> None:
    email = address()
    ok(owner.api.invite(email))
    link = token(standin, email, "invitation")
    assert len(tokens(standin, email, "invitation")) == 1
    stored = suite.d1_batch([(f"SELECT * FROM {table}", ()) for table in ("outbox", "invitations", "idempotency_keys")])
    assert link not in str(stored)
