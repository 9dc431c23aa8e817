"""What a Google account opens, and what no token of any kind does."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from typing import Any

import httpx
import pytest
from support import links
from support.client import Api
from support.google_forgeries import GOOGLE, JWT, Forgery, doubled
from support.people import PASSWORD, Manager, ok
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

FORGERIES = JWT | GOOGLE
TABLES = ("users", "tenants", "memberships", "sessions", "google_sign_ins", "one_time_tokens")  # no queue adds rows
STATE = "SELECT (SELECT sum(version) FROM users) AS versions, " + ", ".join(
    f"(SELECT count(*) FROM {table}) AS {table}" for table in TABLES
)
OF_REQUEST = "SELECT id FROM outbox WHERE message ->> 'request_id' = ?1"


@pytest.fixture
def person() -> dict[str, Any]:
    """Somebody with a Google account that is new here."""
    return {
        "sub": str(secrets.randbits(64)), "email": f"ada-{secrets.token_hex(6)}@example.net", "name": "Ada",
        "hd": "example.net",
    }  # fmt: skip


def new_nonce(api: Api) -> str:
    return str(ok(api.post("/v1/auth/google/nonce"), 200)["nonce"])


def post(api: Api, token: str, nonce: str, **more: Any) -> httpx.Response:
    return api.post("/v1/auth/google", {"id_token": token, "nonce": nonce} | more)


def post_text(api: Api, body: dict[str, Any]) -> httpx.Response:
    """A body that only JSON's escapes can write."""
    headers = {"Content-Type": "application/json"}
    return api.http.post("/v1/auth/google", content=json.dumps(body), headers=headers)


def sign_in(api: Api, standin: StandIn, person: dict[str, Any], **more: Any) -> httpx.Response:
    nonce = new_nonce(api)
    return post(api, standin.google_token(claims=person | {"nonce": nonce}), nonce, **more)


def user(suite: Suite, user_id: str) -> dict[str, Any]:
    (row,) = suite.d1("SELECT * FROM users WHERE id = ?1", user_id)
    return row


def nothing_was_written(suite: Suite, before: list[dict[str, Any]], *answers: httpx.Response) -> None:
    """Nobody came in, and no message is of these requests; what queues do for others goes on meanwhile."""
    sent = [row for answer in answers for row in suite.d1(OF_REQUEST, answer.headers["request-id"])]
    assert (suite.d1(STATE), sent) == (before, [])


def verify(suite: Suite, manager: Manager) -> None:
    suite.d1("UPDATE users SET email_verified_at = 1 WHERE id = ?1", manager.user["id"])


def test_a_new_person_gets_an_account_with_a_tenant(suite: Suite, api: Api, standin: StandIn, person: Any) -> None:
    answer = sign_in(api, standin, person, tenant_name="Ada's Homes")
    body = ok(answer, 200)
    assert (body["user"]["email"], body["user"]["name"]) == (person["email"], "Ada")
    assert body["tenant"]["name"] == "Ada's Homes"
    row = user(suite, body["user"]["id"])
    assert row["google_sub"] == person["sub"] and row["email_verified_at"] and row["password_hash"] is None
    me = ok(api.with_token(body["session"]["token"]).me(), 200)
    assert me["role"] == "owner"
    assert "__Host-session=" in answer.headers["set-cookie"] and "HttpOnly" in answer.headers["set-cookie"]
    again = ok(sign_in(api, standin, person), 200)
    assert (again["user"]["id"], again["tenant"]["id"]) == (body["user"]["id"], body["tenant"]["id"])
    assert again["session"]["token"] != body["session"]["token"]


def test_a_tenant_without_a_name_is_called_after_its_owner(api: Api, standin: StandIn, person: Any) -> None:
    assert ok(sign_in(api, standin, person), 200)["tenant"]["name"] == "Ada's properties"


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forgery_opens_or_writes_anything(suite: Suite, api: Api, standin: StandIn, name: str) -> None:
    forgery: Forgery = FORGERIES[name]
    nonce = new_nonce(api)
    before = suite.d1(STATE)
    answer = post(api, forgery.token(standin, nonce), nonce)
    assert answer.status_code == forgery.status, f"{name}: {answer.text}"
    if forgery.reason is not None:
        assert (answer.json()["code"], answer.json()["reason"]) == ("google_token_invalid", forgery.reason)
    assert "set-cookie" not in answer.headers and "token" not in answer.json()
    nothing_was_written(suite, before, answer)


@pytest.mark.parametrize("name", ["aud", "iss", "nonce", "email", "email_verified", "sub", "exp"])
def test_a_claim_said_twice_is_no_claim(suite: Suite, api: Api, standin: StandIn, name: str) -> None:
    nonce = new_nonce(api)
    before = suite.d1(STATE)
    answer = post(api, doubled(standin, nonce, name), nonce)
    assert (answer.status_code, answer.json()["reason"]) == (401, "doubled")
    nothing_was_written(suite, before, answer)


def test_the_figure_of_forgeries(suite: Suite, api: Api, standin: StandIn) -> None:
    """All of the two tables once more, counted."""
    nonces = [new_nonce(api) for _ in FORGERIES]
    before = suite.d1(STATE)
    answers = [post(api, one.token(standin, n), n) for one, n in zip(FORGERIES.values(), nonces, strict=True)]
    accepted = sum(answer.is_success for answer in answers)
    crashed = sum(answer.status_code >= 500 for answer in answers)
    print(f"forged id tokens: {accepted} of {len(answers)} accepted, {crashed} server errors")
    print(f"  by status: {dict(sorted(Counter(answer.status_code for answer in answers).items()))}")
    assert (accepted, crashed) == (0, 0)
    nothing_was_written(suite, before, *answers)


WRONG: dict[str, list[Any]] = {
    "id_token": ["", 1, None, ["a.b.c"], {"a": 1}, "x" * 8193],
    "nonce": ["", "short", "n" * 44, "n" * 42 + "=", "n" * 43 + "\n", 1, None],
    "tenant_name": ["", "   ", 1, "x" * 201, "a\u0000b", "a\nb", "\ud800"],
    "return_to": ["/"],
    "surplus": [1],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_is_named(suite: Suite, api: Api, field: str) -> None:
    before = suite.d1(STATE)
    answers = [post_text(api, {"id_token": "a.b.c", "nonce": "n" * 43} | {field: value}) for value in WRONG[field]]
    for value, answer in zip(WRONG[field], answers, strict=True):
        assert (answer.status_code, answer.json()["param"]) == (422, field), repr(value)
    half = post_text(api, {"id_token": "\ud800.b.c", "nonce": "n" * 43})
    assert half.status_code in {401, 422}
    nothing_was_written(suite, before, *answers, half)


def test_an_id_token_is_no_session(api: Api, standin: StandIn, person: Any) -> None:
    assert api.with_token(standin.google_token(claims=person)).me().status_code == 401


def test_a_nonce_is_of_us_and_serves_once(suite: Suite, api: Api, standin: StandIn, person: Any) -> None:
    for unknown in (secrets.token_urlsafe(32), new_nonce(api)):
        token = standin.google_token(claims=person | {"nonce": unknown})
        suite.d1("UPDATE google_sign_ins SET expires_at = 1")
        answer = post(api, token, unknown)
        assert (answer.status_code, answer.json()["reason"]) == (401, "nonce")
    nonce = new_nonce(api)
    token = standin.google_token(claims=person | {"nonce": nonce})
    ok(post(api, token, nonce), 200)
    replayed = post(api, token, nonce)
    assert (replayed.status_code, replayed.json()["reason"]) == (401, "nonce")


def test_of_twenty_replays_at_once_one_is_let_in(suite: Suite, api: Api, standin: StandIn, person: Any) -> None:
    nonce = new_nonce(api)
    body = {"id_token": standin.google_token(claims=person | {"nonce": nonce}), "nonce": nonce}

    async def all_at_once() -> list[int]:
        async with api.many() as calls:
            answers = await asyncio.gather(*[calls.post("/v1/auth/google", body) for _ in range(20)])
        return [answer.status_code for answer in answers]

    statuses = Counter(asyncio.run(all_at_once()))
    print(f"one id token 20 times at once: {dict(statuses)}")
    assert statuses == {200: 1, 401: 19}
    sessions = "SELECT s.id FROM sessions AS s JOIN users AS u ON u.id = s.user_id WHERE u.google_sub = ?1"
    assert len(suite.d1(sessions, person["sub"])) == 1


def test_twenty_first_sign_ins_at_once_make_one_person(suite: Suite, api: Api, standin: StandIn, person: Any) -> None:
    nonces = [new_nonce(api) for _ in range(20)]
    bodies = [{"id_token": standin.google_token(claims=person | {"nonce": n}), "nonce": n} for n in nonces]

    async def all_at_once() -> list[httpx.Response]:
        async with api.many() as calls:
            return list(await asyncio.gather(*[calls.post("/v1/auth/google", body) for body in bodies]))

    answers = asyncio.run(all_at_once())
    print(f"20 first sign-ins at once: {dict(Counter(answer.status_code for answer in answers))}")
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["tenant"]["id"] for answer in answers}) == 1
    assert len(suite.d1("SELECT id FROM users WHERE email = ?1", person["email"])) == 1


def test_an_account_with_the_same_verified_address_is_linked(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any
) -> None:
    verify(suite, alice)
    body = ok(sign_in(api, standin, person | {"email": alice.email.upper()}), 200)
    assert (body["user"]["id"], body["tenant"]["id"]) == (alice.user["id"], alice.tenant["id"])
    assert user(suite, alice.user["id"])["google_sub"] == person["sub"]
    mails = suite.d1("SELECT message FROM outbox WHERE tenant_id = ?1", alice.user["id"])
    assert sum('"google_linked"' in row["message"] for row in mails) == 1
    about = eventually(  # her address may get other mails, before it and after it
        lambda: [one for one in standin.emails(alice.email) if "Google" in one["subject"]], what="the mail on the link"
    )
    assert len(about) == 1 and person["sub"] not in str(about)
    audited = "SELECT object_id FROM audit_events WHERE tenant_id = ?1 AND action = 'google.linked'"
    found = eventually(lambda: suite.d1(audited, alice.tenant["id"], binding="DB_AUDIT"))
    assert [row["object_id"] for row in found] == [alice.user["id"]]
    ok(api.login(alice.email, PASSWORD), 200)


def test_an_unverified_account_is_never_linked(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any
) -> None:
    """Whoever signed up with somebody's address before them gets nothing, and loses the address."""
    before = user(suite, alice.user["id"])
    body = ok(sign_in(api, standin, person | {"email": alice.email}), 200)
    assert body["user"]["id"] != alice.user["id"] and body["tenant"]["id"] != alice.tenant["id"]
    assert user(suite, alice.user["id"]) == before
    assert ok(alice.api.me(), 200)["tenant"]["id"] == alice.tenant["id"]
    own = ok(api.login(alice.email, PASSWORD), 200)
    assert (own["user"]["id"], own["tenant"]["id"]) == (alice.user["id"], alice.tenant["id"]), "what was theirs before"
    again = ok(sign_in(api, standin, person | {"email": alice.email}), 200)
    assert again["user"]["id"] == body["user"]["id"]


def test_an_address_that_google_has_not_verified_links_nothing(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any
) -> None:
    verify(suite, alice)
    answer = sign_in(api, standin, person | {"email": alice.email, "email_verified": False})
    assert (answer.status_code, answer.json()["code"]) == (403, "google_email_unverified")
    assert user(suite, alice.user["id"])["google_sub"] is None


def test_the_same_google_account_is_the_same_person_under_another_address(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any
) -> None:
    verify(suite, alice)
    first = ok(sign_in(api, standin, person), 200)
    for changed in ({"email": "new-" + person["email"]}, {"email": alice.email}, {"email_verified": False}):
        again = ok(sign_in(api, standin, person | changed), 200)
        assert again["user"] == first["user"]
    assert user(suite, alice.user["id"])["google_sub"] is None


def test_another_google_account_with_the_same_address_is_refused(api: Api, standin: StandIn, person: Any) -> None:
    ok(sign_in(api, standin, person), 200)
    answer = sign_in(api, standin, person | {"sub": "another"})
    assert (answer.status_code, answer.json()["code"]) == (409, "google_other_account")


def test_a_disabled_person_is_refused_like_a_wrong_password(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any
) -> None:
    """Whether the account is linked already or would be now."""
    verify(suite, alice)
    linked = ok(sign_in(api, standin, person), 200)["user"]["id"]
    suite.d1("UPDATE users SET disabled_at = 1 WHERE id IN (?1, ?2)", linked, alice.user["id"])
    wrong = api.login(alice.email, "wrong password").json()
    noted = "SELECT count(*) AS number FROM audit_events WHERE action = 'session.failed' AND object_id = ?1"
    for who in (person, person | {"sub": "other", "email": alice.email}):
        answer = sign_in(api, standin, who)
        assert (answer.status_code, answer.json()["code"]) == (401, wrong["code"])
        assert answer.json()["detail"] == wrong["detail"]
    for who, failures in ((linked, 1), (alice.user["id"], 2)):
        eventually(lambda: suite.d1(noted, who, binding="DB_AUDIT")[0]["number"] == failures)  # noqa: B023
    assert user(suite, alice.user["id"])["google_sub"] is None


def test_who_belongs_nowhere_is_told_so(suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any) -> None:
    body = ok(sign_in(api, standin, person), 200)
    tenant, owner = body["tenant"]["id"], body["user"]["id"]
    suite.d1("UPDATE tenants SET plan = 'business' WHERE id = ?1", tenant)
    suite.d1("INSERT INTO memberships VALUES (?1, ?2, 'owner', NULL, 1, 1, 1)", tenant, alice.user["id"])
    suite.d1("DELETE FROM memberships WHERE tenant_id = ?1 AND user_id = ?2", tenant, owner)
    answer = sign_in(api, standin, person)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_membership")


def of_another_host(person: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The same Google account, whose mailbox somebody else than Google keeps."""
    return {name: value for name, value in person.items() if name != "hd"} | more


@pytest.mark.parametrize("hd", [None, "other.example", "example.net.evil.example", "net", ["example.net"], True])
def test_who_had_a_verified_address_once_does_not_open_its_account(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any, hd: Any
) -> None:
    verify(suite, alice)
    before = suite.d1(STATE)
    answer = sign_in(api, standin, of_another_host(person, email=alice.email, **({} if hd is None else {"hd": hd})))
    assert (answer.status_code, answer.json()["code"]) == (409, "link_with_password")
    assert user(suite, alice.user["id"])["google_sub"] is None
    assert suite.d1(STATE)[0] | {"google_sign_ins": 0} == before[0] | {"google_sign_ins": 0}


def test_a_new_person_of_another_host_is_asked_to_verify_the_address(
    suite: Suite, api: Api, standin: StandIn, person: Any
) -> None:
    body = ok(sign_in(api, standin, of_another_host(person)), 200)
    assert body["user"]["email_verified"] is False and body["user"]["google_linked"] is True
    mail = eventually(lambda: [one for one in standin.emails(person["email"]) if "verify_email" in one["text"]])[0]
    token = mail["text"].split("#token=")[1].split()[0]
    own = api.with_token(body["session"]["token"])
    ok(own.post("/v1/auth/verify_email", {"token": token}), 200)
    assert ok(own.me(), 200)["user"]["email_verified"] is True
    again = ok(sign_in(api, standin, of_another_host(person)), 200)
    assert again["user"]["id"] == body["user"]["id"]


def test_who_is_signed_in_links_any_google_account_with_the_password(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any
) -> None:
    verify(suite, alice)
    elsewhere = of_another_host(person, email="ada@elsewhere.example")

    def ask(**more: Any) -> httpx.Response:
        nonce = new_nonce(api)
        token = standin.google_token(claims=elsewhere | {"nonce": nonce})
        return alice.api.post("/v1/me/google", {"id_token": token, "nonce": nonce} | more)

    for given, code in (({}, "password_required"), ({"password": "not the password"}, "wrong_password")):
        refused = ask(**given)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert user(suite, alice.user["id"])["google_sub"] is None
    assert ok(ask(password=PASSWORD), 200)["google_linked"] is True
    assert ok(sign_in(api, standin, elsewhere), 200)["user"]["id"] == alice.user["id"]
    assert ask(password=PASSWORD).json()["code"] == "google_already_linked"
    assert alice.api.post("/v1/me/google/unlink", {}).json()["code"] == "password_required"
    assert ok(alice.api.post("/v1/me/google/unlink", {"password": PASSWORD}), 200)["google_linked"] is False
    assert alice.api.post("/v1/me/google/unlink", {"password": PASSWORD}).json()["code"] == "google_not_linked"
    mails = suite.d1("SELECT message ->> 'mail' AS mail FROM outbox WHERE tenant_id = ?1", alice.user["id"])
    assert {"google_linked", "google_unlinked"} <= {row["mail"] for row in mails}
    audited = "SELECT action FROM audit_events WHERE tenant_id = ?1 AND action LIKE 'google.%' ORDER BY action"
    eventually(
        lambda: (
            [one["action"] for one in suite.d1(audited, alice.tenant["id"], binding="DB_AUDIT")]
            == ["google.linked", "google.unlinked"]
        )
    )


def linked_by_somebody_else(api: Api, standin: StandIn, owner: Manager, person: dict[str, Any]) -> Api:
    """Somebody knows the password, links a Google account of theirs, and has come in by it."""
    theirs = of_another_host(person, email="mallory@elsewhere.example")
    nonce = new_nonce(api)
    token = standin.google_token(claims=theirs | {"nonce": nonce})
    ok(owner.api.post("/v1/me/google", {"id_token": token, "nonce": nonce, "password": PASSWORD}), 200)
    came = ok(sign_in(api, standin, theirs), 200)
    assert came["user"]["id"] == owner.user["id"]
    return api.with_token(came["session"]["token"])


@pytest.mark.parametrize("way", ["reset", "change"])
def test_a_google_account_that_somebody_else_linked_ends_with_the_password(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any, way: str
) -> None:
    verify(suite, alice)
    mallory = linked_by_somebody_else(api, standin, alice, person)
    if way == "reset":
        ok(api.forgot_password(alice.email), 202)
        ok(api.reset_password(links.token(standin, alice.email, "reset_password"), "another good password"), 200)
    else:
        assert ok(alice.api.change_password(PASSWORD, "another good password"), 200)["user"]["google_linked"] is False
    assert mallory.me().status_code == 401
    again = ok(sign_in(api, standin, of_another_host(person, email="mallory@elsewhere.example")), 200)
    assert again["user"]["id"] != alice.user["id"]
    audited = "SELECT id FROM audit_events WHERE tenant_id = ?1 AND action = 'google.unlinked'"
    eventually(lambda: suite.d1(audited, alice.tenant["id"], binding="DB_AUDIT"), what="the audit of the end")


def test_unlinking_ends_the_sessions_that_the_google_account_opened(
    suite: Suite, api: Api, standin: StandIn, alice: Manager, person: Any
) -> None:
    mallory = linked_by_somebody_else(api, standin, alice, person)
    assert ok(alice.api.post("/v1/me/google/unlink", {"password": PASSWORD}), 200)["google_linked"] is False
    assert (mallory.me().status_code, alice.api.me().status_code) == (401, 200)


def test_a_google_account_signs_in_to_one_account(api: Api, standin: StandIn, alice: Manager, person: Any) -> None:
    first = ok(sign_in(api, standin, person), 200)
    nonce = new_nonce(api)
    token = standin.google_token(claims=person | {"nonce": nonce})
    answer = alice.api.post("/v1/me/google", {"id_token": token, "nonce": nonce, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "google_linked_elsewhere")
    only_google = api.with_token(first["session"]["token"]).post("/v1/me/google/unlink", {})
    assert (only_google.status_code, only_google.json()["code"]) == (409, "no_other_way_in")
