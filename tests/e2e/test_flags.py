"""Feature flags: by plan, by tenant and by percentage, from one document that operators write."""

import contextlib
import json
import secrets
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.client import Api
from support.people import Manager, ok
from support.process import ROOT
from support.suite import Suite
from support.tenancy import put_on_plan
from support.waiting import eventually

TOKEN = str(tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"])
ADDRESS = "/operator/feature_flags"


@pytest.fixture
def operator(suite: Suite) -> Iterator[Api]:
    """The operator; the flags are as they were afterwards."""
    operator = Api(suite.url, TOKEN)
    before = ok(operator.get(ADDRESS), 200)
    yield operator
    ok(operator.request("PUT", ADDRESS, json=before), 200)


def write(operator: Api, **flags: Any) -> Any:
    return ok(operator.request("PUT", ADDRESS, json={"flags": flags}), 200)


def seen(manager: Manager) -> dict[str, bool]:
    return dict(ok(manager.api.get("/v1/feature_flags"), 200)["flags"])


def blob_with(suite: Suite, note: str) -> Path:
    """The file in which the local KV keeps the document with this note; that of the document before may just go."""
    for one in (suite.state / "v3/kv/propflow360-config-local/blobs").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if note.encode() in one.read_bytes():
                return one
    raise AssertionError("the document is nowhere")


def test_without_a_document_each_feature_is_on_for_the_plans_that_have_it(suite: Suite, alice: Manager) -> None:
    assert {"basic": True, "advanced": False, "premium": False}.items() <= seen(alice).items()
    put_on_plan(suite, alice.tenant["id"], "business")
    assert {"basic": True, "advanced": True, "premium": True}.items() <= seen(alice).items()


def test_a_flag_is_on_for_whom_it_says(alice: Manager, bob: Manager, operator: Api) -> None:
    write(
        operator, everybody={"percentage": 100}, nobody={}, larger={"percentage": 100, "feature": "premium"},
        alice={"tenants": {alice.tenant["id"]: True}},
        not_bob={"percentage": 100, "tenants": {bob.tenant["id"]: False}},
    )  # fmt: skip
    own, other = seen(alice), seen(bob)
    assert own["everybody"] and other["everybody"]
    assert not own["nobody"] and not own["larger"] and not other["larger"]
    assert own["alice"] and not other["alice"]
    assert own["not_bob"] and not other["not_bob"]
    assert own["basic"], "what the document does not name keeps its default"


def test_every_answer_is_the_same(alice: Manager, operator: Api) -> None:
    write(operator, **{f"flag_{number}": {"percentage": 50} for number in range(20)})
    first = seen(alice)
    assert all(seen(alice) == first for _ in range(5))
    assert 1 <= sum(on for name, on in first.items() if name.startswith("flag_")) <= 19


@pytest.mark.parametrize(
    "document",
    [
        {}, {"flags": []}, {"flags": {"Ä": {}}}, {"flags": {"a": {"percentage": 101}}},
        {"flags": {"a": {"percentage": -1}}},
        {"flags": {"a": {"percentage": "50"}}}, {"flags": {"a": {"on": True}}}, {"flags": {"a": {"tenants": {"t": 1}}}},
        {"flags": {}, "more": 1},
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_and_changes_nothing(operator: Api, document: Any) -> None:
    before = ok(operator.get(ADDRESS), 200)
    refused = operator.request("PUT", ADDRESS, json=document)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), refused.text
    assert ok(operator.get(ADDRESS), 200) == before


@pytest.mark.parametrize("text", [b"\xff\xfe", b"null", b'{"flags": {"basic": {"percentage": "none"}}}'])
def test_what_is_malformed_or_gone_says_nothing(suite: Suite, alice: Manager, operator: Api, text: bytes) -> None:
    """No test can make the local KV stale; an absent or an old document is what staleness comes to."""
    note = secrets.token_hex(8)
    write(operator, malformed={"percentage": 100, "note": note})
    assert seen(alice)["malformed"]
    stored = blob_with(suite, note)
    stored.write_bytes(text.ljust(stored.stat().st_size))
    assert seen(alice) == {"basic": True, "advanced": False, "premium": False}
    write(operator)


def test_a_change_of_flags_is_audited(suite: Suite, operator: Api) -> None:
    write(operator, seldom={"percentage": 12.5, "note": "for the first few"})

    def entries() -> list[dict[str, Any]]:
        sql = """SELECT actor, changes FROM audit_events WHERE tenant_id = 'installation' AND action = 'flags.replaced'
                 ORDER BY id DESC LIMIT 1"""
        found = suite.d1(sql, binding="DB_AUDIT")
        return [one for one in found if "seldom" in json.loads(one["changes"])["after"]["flags"]]

    (entry,) = eventually(entries, what="the audit entry")
    assert entry["actor"] == "operator"
    assert json.loads(entry["changes"])["after"]["flags"]["seldom"]["percentage"] == 12.5


def test_only_operators_write_them(alice: Manager) -> None:
    assert alice.api.request("PUT", ADDRESS, json={"flags": {}}).status_code == 401
    assert alice.api.get(ADDRESS).status_code == 401
