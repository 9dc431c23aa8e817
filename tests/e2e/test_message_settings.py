"""Where SMS go is chosen by the organisation, which is told what leaves at all."""

import pytest
from support.people import Manager, ok
from support.suite import Suite
from support.tenancy import become, put_on_plan, verify_owners
from support.verbs import Json

PATH = "/v1/message_settings"


def choose(who: Manager, countries: object, etag: str = '"1"') -> Json:
    answer = who.api.request("PUT", PATH, json={"countries": countries}, headers={"If-Match": etag})
    return dict(answer.json()) | {"status": answer.status_code, "etag": answer.headers.get("etag")}


def test_sms_go_to_the_usual_countries_until_others_are_chosen(alice: Manager) -> None:
    before = alice.api.get(PATH)
    assert {"CH", "DE", "GB", "US"} < set(ok(before, 200)["countries"])
    assert "NG" not in before.json()["countries"] and before.headers["etag"] == '"1"'
    chosen = choose(alice, ["NG", "CH", "NG"])
    assert (chosen["status"], chosen["countries"], chosen["etag"]) == (200, ["CH", "NG"], '"2"')
    assert choose(alice, ["CH"])["code"] == "changed_meanwhile"
    assert ok(alice.api.get(PATH), 200)["countries"] == ["CH", "NG"]
    assert choose(alice, [], '"2"')["countries"] == []


@pytest.mark.parametrize("wrong", ["CH", ["ch"], ["CHE"], [""], [1], [None], None, ["CH"] * 251, ["XX"]])
def test_only_countries_are_chosen(alice: Manager, wrong: object) -> None:
    refused = choose(alice, wrong)
    assert refused["status"] == 422 and refused["param"].startswith("countries")
    assert alice.api.get(PATH).headers["etag"] == '"1"'


def test_a_manager_reads_them_and_chooses_none(suite: Suite, alice: Manager) -> None:
    become(suite, alice, "manager")
    ok(alice.api.get(PATH), 200)
    assert choose(alice, ["CH"])["status"] == 403


def test_a_manager_sees_whether_messages_leave_and_why_not(suite: Suite, alice: Manager) -> None:
    def messaging() -> Json:
        return dict(ok(alice.api.get("/v1/tenant"), 200)["messaging"])

    fresh = messaging()
    assert not fresh["email"]["allowed"] and "verified" in fresh["email"]["reason"]
    assert not fresh["sms"]["allowed"] and "paid" in fresh["sms"]["reason"]
    verify_owners(suite, alice.tenant["id"])
    assert messaging()["email"] == {"allowed": True, "reason": None}
    put_on_plan(suite, alice.tenant["id"], "pro")
    assert messaging() == {way: {"allowed": True, "reason": None} for way in ("email", "sms")}
