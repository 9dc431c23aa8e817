"""Links in mails: each opens once, for one purpose and one person, and nobody learns from them who is known."""

import asyncio
import json
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from support import links
from support.client import Api
from support.people import PASSWORD, Manager, ok, sign_up
from support.settling import settle
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

NEW = "another good password"
HOUR = 3600 * 1000
DAY = 24 * HOUR


def forget(standin: StandIn, someone: Manager, number: int = 1) -> str:
    """Ask for a reset and find its token in the mailbox."""
    ok(someone.api.with_token(None).forgot_password(someone.email), 202)
    return links.token(standin, someone.email, "reset_password", number)


def is_invalid(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json().get("code")) == (422, "link_invalid")


def verified_at(suite: Suite, user_id: str) -> int | None:
    found = suite.d1("SELECT email_verified_at FROM users WHERE id = ?", user_id)[0]["email_verified_at"]
    return None if found is None else int(found)


def actions(suite: Suite, partition: str) -> list[str]:
    rows = suite.d1(
        "SELECT action FROM audit_events WHERE tenant_id = ? ORDER BY at, id", partition, binding="DB_AUDIT"
    )
    return [str(row["action"]) for row in rows]


def test_a_forgotten_password_is_replaced_through_the_mailbox(suite: Suite, standin: StandIn, alice: Manager) -> None:
    token = forget(standin, alice)
    answer = alice.api.with_token(None).reset_password(token, NEW)
    assert ok(answer, 200) == {"reset": True} and "set-cookie" not in answer.headers, "no session comes of it"
    assert alice.api.me().status_code == 401, "all sessions have ended"
    assert alice.api.login(alice.email, PASSWORD).status_code == 401
    again = ok(alice.api.login(alice.email, NEW), 200)
    assert again["user"]["email_verified"], "the mailbox was shown to be hers"
    assert is_invalid(alice.api.reset_password(token, "a third password"))
    eventually(lambda: "password.reset" in actions(suite, alice.tenant["id"]), what="the audit of the reset")

    def told() -> bool:
        return "Your password was changed" in [one["subject"] for one in standin.emails(alice.email)]

    eventually(told, what="the mail that says so")


def test_an_address_is_verified_by_a_post_and_by_nothing_else(suite: Suite, standin: StandIn, alice: Manager) -> None:
    token = links.token(standin, alice.email, "verify_email")
    nobody = alice.api.with_token(None)
    for method in ("GET", "HEAD", "PUT", "OPTIONS"):
        for path in ("/v1/auth/verify_email", "/v1/auth/reset_password"):
            assert nobody.request(method, path).status_code == 405
        assert nobody.request(method, f"/verify_email?token={token}").status_code in (200, 405)
    assert verified_at(suite, alice.user["id"]) is None
    for stranger in (nobody.verify_email(token), nobody.verify_email(token, "not her password")):
        assert (stranger.status_code, stranger.json()["code"]) == (401, "sign_in_to_verify")
    assert verified_at(suite, alice.user["id"]) is None
    assert ok(nobody.verify_email(token, PASSWORD), 200) == {"verified": True}
    assert verified_at(suite, alice.user["id"]) is not None
    assert ok(alice.api.me(), 200)["user"]["email_verified"]
    assert is_invalid(nobody.verify_email(token, PASSWORD))
    asked = alice.api.ask_verification()
    assert (asked.status_code, asked.json()["code"]) == (409, "already_verified")


@pytest.mark.parametrize("page", ["reset_password", "verify_email"])
def test_of_twenty_at_once_one_succeeds(suite: Suite, standin: StandIn, alice: Manager, page: str) -> None:
    token = forget(standin, alice) if page == "reset_password" else links.token(standin, alice.email, page)

    async def twenty() -> list[httpx.Response]:
        async with alice.api.with_token(None).many() as calls:
            if page == "verify_email":
                return list(await asyncio.gather(*(calls.verify_email(token, PASSWORD) for _ in range(20))))
            return list(await asyncio.gather(*(calls.reset_password(token, f"{NEW} {n}") for n in range(20))))

    answers = asyncio.run(twenty())
    counted = Counter(answer.status_code for answer in answers)
    print(f"\n{page}: 20 uses of one link at once: {counted[200]} success")
    assert counted == {200: 1, 422: 19}
    if page == "reset_password":
        won = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
        ok(alice.api.login(alice.email, f"{NEW} {won}"), 200)


def test_a_link_ends_with_its_time(suite: Suite, standin: StandIn, alice: Manager) -> None:
    token = forget(standin, alice)
    for purpose, life in (("reset_password", HOUR), ("verify_email", 7 * DAY)):
        row = suite.d1("SELECT * FROM one_time_tokens WHERE user_id = ? AND purpose = ?", alice.user["id"], purpose)[0]
        assert row["expires_at"] - row["created_at"] == life
    suite.d1("UPDATE one_time_tokens SET expires_at = expires_at - ? WHERE user_id = ?", HOUR, alice.user["id"])
    assert is_invalid(alice.api.reset_password(token, NEW))
    ok(alice.api.login(alice.email, PASSWORD), 200)


def test_a_change_of_the_password_ends_links_that_were_mailed_before(standin: StandIn, alice: Manager) -> None:
    token = forget(standin, alice)
    ok(alice.api.change_password(PASSWORD, NEW), 200)
    assert is_invalid(alice.api.reset_password(token, "a third password"))


def test_one_reset_ends_the_other_links(standin: StandIn, alice: Manager) -> None:
    first, second = forget(standin, alice), forget(standin, alice, 2)
    assert first != second
    ok(alice.api.reset_password(second, NEW), 200)
    assert is_invalid(alice.api.reset_password(first, "a third password"))


def test_no_token_serves_another_purpose(standin: StandIn, alice: Manager) -> None:
    reset, verify = forget(standin, alice), links.token(standin, alice.email, "verify_email")
    for token in (verify, alice.token, reset + "=", reset[:-1], "", "x" * 200, "' OR 1=1 --"):
        assert alice.api.reset_password(token, NEW).status_code == 422
    for token in (reset, alice.token):
        assert is_invalid(alice.api.verify_email(token))
    for token in (reset, verify):
        assert alice.api.with_token(token).me().status_code == 401
    ok(alice.api.verify_email(verify), 200)
    ok(alice.api.reset_password(reset, NEW), 200)


def test_the_database_and_the_outbox_hold_no_token(suite: Suite, standin: StandIn, alice: Manager) -> None:
    token = forget(standin, alice)
    rows = [
        suite.d1(f"SELECT * FROM {table}", binding=binding)
        for table, binding in (("one_time_tokens", "DB_CORE"), ("outbox", "DB_CORE"), ("audit_events", "DB_AUDIT"))
    ]
    assert token not in str(rows)
    assert token not in suite.output()


def test_not_more_than_three_mails_an_hour_go_to_one_address(suite: Suite, standin: StandIn, alice: Manager) -> None:
    for number in (1, 2, 3):
        forget(standin, alice, number)
    answers = [alice.api.forgot_password(alice.email.upper()) for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"requested":true}')}
    count = suite.d1(
        "SELECT count(*) AS n FROM one_time_tokens WHERE user_id = ? AND purpose = 'reset_password'", alice.user["id"]
    )
    mails = suite.d1(
        "SELECT count(*) AS n FROM outbox WHERE message LIKE '%reset_password%' AND tenant_id = ?", alice.user["id"]
    )
    assert count == mails == [{"n": 3}]
    asked = [alice.api.ask_verification() for _ in range(4)]
    assert [one.status_code for one in asked] == [202, 202, 429, 429], "the first went out at sign-up"
    assert asked[2].headers["retry-after"] == "3600"


@pytest.mark.parametrize("verified", [False, True])
def test_signing_up_again_and_again_floods_no_mailbox(suite: Suite, standin: StandIn, api: Api, verified: bool) -> None:
    email = f"flooded-{secrets.token_hex(6)}@example.net"
    ok(api.signup(email, PASSWORD, "Owner", "Owner Homes"))
    if verified:
        ok(api.verify_email(links.token(standin, email, "verify_email"), PASSWORD), 200)
    for _ in range(5):
        ok(api.signup(email, PASSWORD, "Again", "Again Homes"))
    eventually(lambda: standin.emails(email)[2:], what="three mails")
    suite.cron("api")
    assert len(standin.emails(email)) == 3


@pytest.mark.parametrize("verified", [False, True])
def test_signing_up_many_times_at_once_floods_no_mailbox(
    suite: Suite, standin: StandIn, api: Api, verified: bool
) -> None:
    email = f"flooded-{secrets.token_hex(6)}@example.net"
    if verified:
        ok(api.signup(email, PASSWORD, "Owner", "Owner Homes"))
        ok(api.verify_email(links.token(standin, email, "verify_email"), PASSWORD), 200)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: api.signup(email, PASSWORD, "Again", "Again Homes"), range(16)))
    people = {ok(answer)["user"]["id"] for answer in answers}
    known = suite.d1("SELECT id FROM users WHERE email = ?", email)
    settle(suite, *people, *[one["id"] for one in known], *[ok(answer)["tenant"]["id"] for answer in answers])
    assert len(standin.emails(email)) == 3
    partitions = sorted({*people, *[one["id"] for one in known]})
    requested = [action for one in partitions for action in actions(suite, one) if action == "mail.requested"]
    assert len(requested) == 3, "no audit of a mail that was taken back"
    letters = "SELECT reason FROM dead_letters WHERE tenant_id IN (SELECT value FROM json_each(?1))"
    assert suite.d1(letters, json.dumps(partitions)) == []


def test_asking_for_an_unknown_address_leaves_nothing_behind(suite: Suite, api: Api) -> None:
    email = f"nobody-{secrets.token_hex(6)}@example.net"
    nobodys = (  # what tenants and people are owed goes on being written meanwhile
        "SELECT (SELECT count(*) FROM outbox WHERE tenant_id NOT IN"
        " (SELECT id FROM tenants UNION ALL SELECT id FROM users)) AS o,"
        " (SELECT count(*) FROM one_time_tokens WHERE email = ?1) AS t"
    )
    before = suite.d1(nobodys, email)
    ok(api.forgot_password(email), 202)
    assert suite.d1(nobodys, email) == before
    assert before[0]["t"] == 0


def test_a_known_address_signs_up_like_any_other_and_its_owner_is_told(
    suite: Suite, standin: StandIn, api: Api, alice: Manager
) -> None:
    ok(alice.api.verify_email(links.token(standin, alice.email, "verify_email")), 200)
    answer = api.signup(alice.email, "the password of a stranger", "Mallory", "Mallory's Homes")
    mallory = ok(answer, 201)
    assert mallory["user"]["id"] != alice.user["id"] and mallory["tenant"]["id"] != alice.tenant["id"]
    told = eventually(lambda: standin.emails(alice.email)[1:], what="the mail to the owner")
    assert "#token=" not in told[0]["text"], "the stranger gets no link to verify with"
    own = ok(api.login(alice.email, "the password of a stranger"), 200)
    assert (own["user"]["id"], own["tenant"]) == (mallory["user"]["id"], mallory["tenant"]), "into their own, as ever"
    assert ok(api.login(alice.email, PASSWORD), 200)["user"]["id"] == alice.user["id"]
    stranger = api.with_token(mallory["session"]["token"])
    ok(stranger.ask_verification(), 202)
    assert verified_at(suite, mallory["user"]["id"]) is None


def test_strangers_who_sign_up_later_push_nobody_aside(
    suite: Suite, standin: StandIn, api: Api, alice: Manager
) -> None:
    for number in range(4):
        ok(api.signup(alice.email, f"the password of stranger {number}", "Mallory", "Mallory's Homes"))
    assert ok(api.login(alice.email, PASSWORD), 200)["user"]["id"] == alice.user["id"]
    assert api.login(alice.email, "the password of stranger 3").status_code == 401
    before = len(links.tokens(standin, alice.email, "verify_email"))
    asked = alice.api.ask_verification()
    assert ok(asked, 202) and "propflow-cost" not in asked.headers
    eventually(lambda: links.tokens(standin, alice.email, "verify_email")[before:], what="her own link")
    ok(api.reset_password(forget(standin, alice), NEW), 200)
    back = ok(api.login(alice.email, NEW), 200)
    assert (back["user"]["id"], back["user"]["email_verified"]) == (alice.user["id"], True)


def test_one_address_is_verified_by_one_person(suite: Suite, standin: StandIn, api: Api) -> None:
    email = f"shared-{secrets.token_hex(6)}@example.net"
    for name in ("First", "Second"):
        ok(api.signup(email, PASSWORD, name, f"{name} Homes"))
        links.token(standin, email, "verify_email", ("First", "Second").index(name) + 1)
    first, second = links.tokens(standin, email, "verify_email")
    ok(api.verify_email(second, PASSWORD), 200)
    refused = api.verify_email(first, PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (409, "email_verified_elsewhere")
    assert ok(api.login(email, PASSWORD), 200)["user"]["name"] == "Second"


def test_whoever_signed_up_with_a_strangers_address_keeps_no_way_in(suite: Suite, standin: StandIn, api: Api) -> None:
    """The stranger never verified it; when its owner resets the password, sessions and API keys of before end."""
    mallory = sign_up(api, "Mallory")
    keys = [
        ok(mallory.api.post("/v1/api_keys", {"name": "spare", "scopes": ["bookings:read"], "mode": mode}))["key"]
        for mode in ("live", "test")
    ]
    assert [api.with_token(key).list_bookings().status_code for key in keys] == [200, 200]
    ok(api.reset_password(forget(standin, mallory), NEW), 200)
    assert [api.with_token(key).list_bookings().status_code for key in keys] == [401, 401]
    assert mallory.api.me().status_code == 401


def test_an_account_that_a_stranger_made_is_not_confirmed_by_the_mailbox_alone(
    suite: Suite, standin: StandIn, api: Api, alice: Manager
) -> None:
    """Alice owns the address and clicks; Mallory knows the password. Neither of them has both."""
    email = f"victim-{secrets.token_hex(6)}@example.net"
    mallory = ok(api.signup(email, PASSWORD, "Mallory", "Mallory's Homes"))
    token = links.token(standin, email, "verify_email")
    assert alice.api.verify_email(token).status_code == 401
    assert api.verify_email(token).status_code == 401
    assert verified_at(suite, mallory["user"]["id"]) is None


def test_an_address_is_not_verified_when_the_password_changes_meanwhile(
    suite: Suite, standin: StandIn, alice: Manager
) -> None:
    """The trigger is somebody who changes it between the comparison and the batch."""
    token = links.token(standin, alice.email, "verify_email")
    suite.d1(
        "CREATE TRIGGER meanwhile AFTER UPDATE OF used_at ON one_time_tokens BEGIN"
        " UPDATE users SET password_hash = 'another' WHERE id = NEW.user_id; END"
    )
    try:
        assert is_invalid(alice.api.verify_email(token, PASSWORD))
    finally:
        suite.d1("DROP TRIGGER meanwhile")
    assert verified_at(suite, alice.user["id"]) is None
    ok(alice.api.verify_email(token, PASSWORD), 200)


def test_who_is_disabled_gets_no_link_and_cannot_use_one(suite: Suite, standin: StandIn, alice: Manager) -> None:
    token = forget(standin, alice)
    suite.d1("UPDATE users SET disabled_at = 1 WHERE id = ?", alice.user["id"])
    assert is_invalid(alice.api.reset_password(token, NEW))
    ok(alice.api.forgot_password(alice.email), 202)
    count = suite.d1(
        "SELECT count(*) AS n FROM outbox WHERE message LIKE '%reset_password%' AND tenant_id = ?", alice.user["id"]
    )
    assert count == [{"n": 1}]


def test_the_pages_behind_links_show_themselves_and_do_nothing(api: Api) -> None:
    for path in ("/verify_email", "/reset_password", "/invitation"):
        answer = api.get(path)
        assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'sha256-" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_expired_links_are_removed(suite: Suite, standin: StandIn, alice: Manager) -> None:
    suite.d1("UPDATE one_time_tokens SET expires_at = 1 WHERE user_id = ?", alice.user["id"])
    suite.cron("api")
    assert suite.d1("SELECT id FROM one_time_tokens WHERE user_id = ?", alice.user["id"]) == []
