"""Dead letters: operators see them and let them be done again; nobody else reaches them."""

import json
import secrets
import tomllib

import pytest
from support.client import Api
from support.people import Manager, fresh_guest, ok
from support.process import ROOT
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import prove
from support.waiting import eventually

TOKEN = str(tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"])


@pytest.fixture
def operator(suite: Suite) -> Api:
    return Api(suite.url, TOKEN)


def letters(operator: Api) -> list[dict[str, str]]:
    """All that may be replayed, page by page: other tests leave letters behind."""
    found: list[dict[str, str]] = []
    after: str | None = ""
    while after is not None:
        asked = {"limit": 200, "after": after}
        page = ok(operator.request("GET", "/operator/dead_letters", params=asked), 200)
        found += page["data"]
        after = page["next_cursor"] if page["has_more"] else None
    return found


def test_a_message_that_died_is_replayed_and_has_its_effect_once(
    suite: Suite, standin: StandIn, alice: Manager, operator: Api
) -> None:
    prove(suite, alice.tenant["id"])
    guest = fresh_guest()
    standin.fault("resend", "refuse", to=guest["email"])
    try:
        alice.booking(alice.new_unit(), "2027-03-01", "2027-03-03", guest)
        row = suite.d1(
            "SELECT id, message FROM outbox WHERE tenant_id = ? AND type = 'booking.confirmed'", alice.tenant["id"]
        )[0]
        dead = {"id": f"dead-{secrets.token_hex(8)}", "body": row["message"], "attempts": 4}
        suite.queue("notify", "propflow360-notifications-dlq-local", [dead])
    finally:
        standin.clear_faults()
    letter = next(one for one in letters(operator) if one["outbox_id"] == row["id"])
    assert letter["reason"] and letter["tenant_id"] == alice.tenant["id"]
    ok(operator.post(f"/operator/dead_letters/{letter['id']}/replay"), 202)
    assert letter["id"] not in [one["id"] for one in letters(operator)]
    again = operator.post(f"/operator/dead_letters/{letter['id']}/replay")
    assert (again.status_code, again.json()["code"]) == (409, "replayed_before")

    def sent() -> bool:
        suite.cron("api")
        return len(standin.emails(guest["email"])) == 1 == len(standin.sms(guest["phone"]))

    eventually(sent, timeout=180, what="the email after the replay, and the SMS beside it")
    assert len(standin.emails(guest["email"])) == len(standin.sms(guest["phone"])) == 1


def test_a_malformed_message_cannot_be_replayed(suite: Suite, operator: Api) -> None:
    poison = {"id": f"poison-{secrets.token_hex(8)}", "body": json.dumps({"type": "nonsense"})}
    suite.queue("billing", "billing", [poison])
    refused = operator.post(f"/operator/dead_letters/{poison['id']}/replay")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_replayable")
    assert operator.post("/operator/dead_letters/unknown/replay").status_code == 404


@pytest.mark.parametrize("token", [None, "x", TOKEN + "x", TOKEN[:-1], "é"])
def test_nobody_else_reaches_them(suite: Suite, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
    answer = Api(suite.url).request("GET", "/operator/dead_letters", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401


def test_a_manager_is_no_operator(alice: Manager) -> None:
    assert alice.api.get("/operator/dead_letters").status_code == 401
