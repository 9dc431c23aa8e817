"""What somebody tried and was refused stands in the audit of the tenant that it was aimed at."""

import tomllib
from typing import Any

from support import links
from support.client import Api
from support.people import PASSWORD, Manager, ok
from support.process import ROOT
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import put_on_plan
from support.waiting import eventually

FOREIGN = {"CF-Connecting-IP": "198.51.100.1"}
TOKEN = str(tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"])


def the_entry(suite: Suite, tenant_id: str, action: str) -> dict[str, Any]:
    """The one entry of this action, once it is there."""
    text = "SELECT * FROM audit_events WHERE tenant_id = ? AND action = ?"
    found = eventually(lambda: suite.d1(text, tenant_id, action, binding="DB_AUDIT"), what=action)
    assert len(found) == 1 and "wrong guess" not in str(found)
    return dict(found[0])


def test_a_wrong_password_of_who_is_signed_in(suite: Suite, standin: StandIn, alice: Manager, bob: Manager) -> None:
    put_on_plan(suite, alice.tenant["id"])
    ok(alice.api.invite(bob.email, "manager"))
    ok(bob.api.accept_invitation(links.token(standin, bob.email, "invitation")), 200)
    assert alice.api.change_password("a wrong guess", "another good password").status_code == 422
    assert alice.api.transfer(bob.user["id"], password="a wrong guess").status_code in (403, 422)
    for action in ("password.refused", "presence.refused"):
        assert the_entry(suite, alice.tenant["id"], action)["actor"] == alice.user["id"]


def test_a_wrong_password_for_an_invitation(suite: Suite, standin: StandIn, alice: Manager, bob: Manager) -> None:
    ok(alice.api.verify_email(links.token(standin, alice.email, "verify_email")), 200)
    put_on_plan(suite, bob.tenant["id"])
    ok(bob.api.invite(alice.email, "manager"))
    token = links.token(standin, alice.email, "invitation")
    refused = alice.api.with_token(None).accept_invitation(token, password="a wrong guess")
    assert refused.status_code == 401
    assert the_entry(suite, alice.tenant["id"], "session.failed")["actor"] == alice.user["id"]
    ok(alice.api.login(alice.email, PASSWORD), 200)


def test_a_key_from_a_network_that_it_is_not_for(suite: Suite, alice: Manager) -> None:
    made = ok(alice.api.create_api_key(networks=["203.0.113.0/24"]))
    refused = alice.api.with_token(made["key"]).request("GET", "/v1/units", headers=FOREIGN)
    assert (refused.status_code, refused.json()["code"]) == (401, "address_not_allowed")
    entry = the_entry(suite, alice.tenant["id"], "key.refused")
    assert (entry["object_id"], entry["ip"]) == (made["id"], FOREIGN["CF-Connecting-IP"])


def test_a_wrong_operators_token(suite: Suite) -> None:
    # By the address: the installation is everybody's, and what others tried may still be on its way there.
    text = (
        "SELECT id, ip, changes FROM audit_events"
        " WHERE tenant_id = 'installation' AND action = 'operator.refused' AND ip = ?"
    )
    ip = FOREIGN["CF-Connecting-IP"]
    assert suite.d1(text, ip, binding="DB_AUDIT") == []
    for token, status in ((TOKEN, 200), (TOKEN + "x", 401)):
        assert Api(suite.url, token).request("GET", "/operator/dead_letters", headers=FOREIGN).status_code == status
    added = eventually(lambda: suite.d1(text, ip, binding="DB_AUDIT"), what="operator.refused")
    assert [one["ip"] for one in added] == [ip] and TOKEN not in str(added)
