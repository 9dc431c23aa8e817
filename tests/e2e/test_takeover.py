"""Whoever opens an account by the mailbox alone begins without what was made before somebody verified the address."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from support import links
from support.client import Api
from support.people import PASSWORD, Manager, ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import put_on_plan
from support.waiting import eventually

NEW = "another good password"


@pytest.fixture
def mallory(suite: Suite, api: Api) -> Manager:
    """Signed up with an address that is not theirs."""
    stranger = sign_up(api, "Mallory")
    put_on_plan(suite, stranger.tenant["id"])
    return stranger


def joined(standin: StandIn, inviter: Manager, api: Api, role: str = "admin") -> Api:
    """Somebody who has accepted an invitation, in the inviter's organisation."""
    email = f"accomplice-{secrets.token_hex(6)}@example.net"
    ok(inviter.api.invite(email, role))
    token = links.token(standin, email, "invitation")
    accepted = ok(api.accept_invitation(token, name="Accomplice", password=PASSWORD), 200)
    return api.with_token(accepted["session"]["token"])


def taken_over(standin: StandIn, stranger: Manager, api: Api) -> Api:
    """The mailbox's owner chooses a password and logs in."""
    ok(api.forgot_password(stranger.email), 202)
    ok(api.reset_password(links.token(standin, stranger.email, "reset_password"), NEW), 200)
    return api.with_token(ok(api.login(stranger.email, NEW), 200)["session"]["token"])


def ways_in(suite: Suite, standin: StandIn, stranger: Manager) -> dict[str, Any]:
    """One of each that a stranger may leave behind."""
    unit = stranger.new_unit()
    webhook = {"unit_id": unit, "kind": "webhook", "url": f"{standin.url}/webhooks/{secrets.token_hex(4)}"}
    keys = [ok(stranger.api.create_api_key("spare", mode=mode))["key"] for mode in ("live", "test")]
    test = stranger.api.with_token(keys[1])
    house = ok(test.create_property("Test house"))["id"]
    flat = ok(test.create_unit(house, "Flat", 2, {"amount": 100, "currency": "EUR"}))["id"]
    return {
        "keys": keys,
        "feed": ok(stranger.api.post("/v1/feeds", {"unit_id": unit, "url": standin.put_airbnb(secrets.token_hex(4))})),
        "target": ok(stranger.api.post("/v1/push_targets", webhook)),
        "exports": [ok(stranger.api.post(f"/v1/units/{unit}/exports", {}))["url"],
                    ok(test.post(f"/v1/units/{flat}/exports", {}))["url"]],
    }  # fmt: skip


def works(suite: Suite, api: Api, made: dict[str, Any]) -> list[int]:
    """How each key and each calendar address answers."""
    keys = [api.with_token(key).get("/v1/units").status_code for key in made["keys"]]
    return keys + [api.http.get(url).status_code for url in made["exports"]]


def test_nothing_of_a_stranger_remains(suite: Suite, standin: StandIn, api: Api, mallory: Manager) -> None:
    accomplice = joined(standin, mallory, api)
    late = f"late-{secrets.token_hex(6)}@example.net"
    ok(mallory.api.invite(late, "admin"))
    suite.d1("UPDATE users SET google_sub = ?1 WHERE id = ?2", secrets.token_hex(8), mallory.user["id"])
    made = ways_in(suite, standin, mallory)
    assert set(works(suite, api, made)) == {200}

    owner = taken_over(standin, mallory, api)

    assert set(works(suite, api, made)) == {401, 404}
    assert accomplice.get("/v1/properties").status_code == 401
    came = api.accept_invitation(links.token(standin, late, "invitation"), name="L", password=PASSWORD)
    assert (came.status_code, came.json()["code"]) == (422, "link_invalid")
    for path in ("feeds", "push_targets"):
        assert ok(owner.get(f"/v1/{path}"), 200)["data"] == []
    me = ok(owner.me(), 200)
    assert me["tenant"]["id"] == mallory.tenant["id"] and me["user"] | {"google_linked": False} == me["user"]
    assert [one["user_id"] for one in ok(owner.get("/v1/members"), 200)["data"]] == [mallory.user["id"]]
    assert len(ok(owner.get("/v1/units"), 200)["data"]) == 1, "what is no way in stays"

    audited = "SELECT changes FROM audit_events WHERE tenant_id = ?1 AND action = 'account.taken_over'"
    (entry,) = eventually(lambda: suite.d1(audited, mallory.tenant["id"], binding="DB_AUDIT"))
    assert made["feed"]["id"] in entry["changes"] and made["target"]["id"] in entry["changes"]
    (mail,) = eventually(lambda: [one for one in standin.emails(mallory.email) if "has ended" in one["subject"]])
    assert (
        "It has been removed: 1 membership of somebody else, 1 invitation, 2 API keys, 2 addresses of exported "
        "calendars, 1 feed, 1 push target, 1 link to a Google account." in mail["text"]
    )


def test_an_organisation_with_another_owner_is_theirs(
    suite: Suite, standin: StandIn, api: Api, mallory: Manager
) -> None:
    """Nothing ends in it, and who takes the account over does not work where a stranger looks on."""
    partner = joined(standin, mallory, api)
    partner_id = ok(partner.me(), 200)["user"]["id"]
    made = ways_in(suite, standin, mallory)
    change = "UPDATE memberships SET role = 'owner' WHERE tenant_id = ?1 AND user_id = ?2"
    suite.d1(change, mallory.tenant["id"], partner_id)

    owner = taken_over(standin, mallory, api)

    assert ok(partner.get("/v1/properties"), 200)["data"] and ok(partner.get("/v1/feeds"), 200)["data"]
    assert works(suite, api, made) == [401, 401, 200, 200], "the keys go with their maker"
    known = suite.d1("SELECT known_to_former FROM calendar_exports WHERE tenant_id = ?1", mallory.tenant["id"])
    assert [one["known_to_former"] for one in known] == [1], "somebody who left knows the address"
    me = ok(owner.me(), 200)
    assert me["role"] == "owner" and [one["tenant"]["id"] for one in me["memberships"]] != [mallory.tenant["id"]]
    ok(owner.create_property("A house of the true owner"))
    assert len(ok(partner.get("/v1/properties"), 200)["data"]) == 1


@pytest.mark.parametrize("by", ["session", "password"])
def test_who_verifies_the_own_account_keeps_everything(
    suite: Suite, standin: StandIn, api: Api, mallory: Manager, by: str
) -> None:
    colleague = joined(standin, mallory, api)
    made = ways_in(suite, standin, mallory)
    token = links.token(standin, mallory.email, "verify_email")
    shown = mallory.api.verify_email(token) if by == "session" else api.verify_email(token, PASSWORD)
    assert ok(shown, 200) == {"verified": True}
    assert set(works(suite, api, made)) == {200}
    assert colleague.me().status_code == mallory.api.me().status_code == 200
    assert len(ok(mallory.api.get("/v1/feeds"), 200)["data"]) == 1


def test_a_verified_person_who_forgot_the_password_keeps_everything_but_sessions(
    suite: Suite, standin: StandIn, api: Api, mallory: Manager
) -> None:
    colleague = joined(standin, mallory, api)
    made = ways_in(suite, standin, mallory)
    ok(mallory.api.verify_email(links.token(standin, mallory.email, "verify_email")), 200)
    owner = taken_over(standin, mallory, api)
    assert set(works(suite, api, made)) == {200}
    assert (colleague.me().status_code, mallory.api.me().status_code) == (200, 401)
    assert len(ok(owner.get("/v1/feeds"), 200)["data"]) == 1
