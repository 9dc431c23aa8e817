"""The audit: what must be in it, what must not, and who reads it how."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from support.client import Api
from support.links import token as mailed_token
from support.people import PASSWORD, Manager, fresh_guest, ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.tenancy import become, put_on_plan
from support.waiting import eventually

from propflow import ids

EXPORT = "/v1/audit_events/export"
DAY = 86_400_000
Event = dict[str, Any]


def events(api: Api, **asked: Any) -> list[Event]:
    return list(ok(api.get("/v1/audit_events", **{"limit": 200, **asked}), 200)["data"])


def arrived(api: Api, *actions: str) -> dict[str, Event]:
    """The newest entry of each action, once all are there."""

    def look() -> dict[str, Event]:
        found = {one["action"]: one for one in reversed(events(api))}
        missing = set(actions) - set(found)
        assert not missing, f"not in the audit: {sorted(missing)}; there are {sorted(found)}"
        return found

    return eventually(look, what="the audit")


def write(suite: Suite, tenant_id: str, count: int, first: int, **chosen: str) -> None:
    """Entries straight in the database: one a second from the instant `first` on."""
    rows = [{"id": ids.new_id("obx", first + 1_000 * number), "at": first + 1_000 * number} for number in range(count)]
    suite.d1(
        "INSERT INTO audit_events (tenant_id, id, at, actor, action, object_id, changes, request_id) "
        "SELECT ?1, value ->> 'id', value ->> 'at', ?3, ?4, ?5, '{\"name\":\"=1+1\"}', 'req_x' FROM json_each(?2)",
        tenant_id, json.dumps(rows), chosen.get("actor", "usr_a"), chosen.get("action", "thing.done"),
        chosen.get("object_id", "thing_a"), binding="DB_AUDIT",
    )  # fmt: skip


def test_deeds_and_failures_are_in_it_and_no_secret_is(
    suite: Suite, standin: StandIn, api: Api, alice: Manager
) -> None:
    put_on_plan(suite, alice.tenant["id"])
    secrets = [alice.password, alice.token]
    assert api.login(alice.email, "not the password").status_code == 401
    secrets.append(ok(api.login(alice.email, alice.password), 200)["session"]["token"])
    changed = ok(alice.api.change_password(alice.password, "another correct battery"), 200)
    own = api.with_token(changed["session"]["token"])
    secrets += ["another correct battery", "not the password", changed["session"]["token"]]
    made = ok(own.create_api_key())
    ok(api.with_token(made["key"]).get("/v1/units"), 200)
    assert own.revoke_api_key(made["id"]).status_code == 204
    secrets.append(made["key"])
    invited = ok(own.invite(f"bob-{alice.email}"))
    secrets.append(mailed_token(standin, f"bob-{alice.email}", "invitation"))
    secrets.append(mailed_token(standin, alice.email, "verify_email"))
    ok(own.revoke_invitation(invited["id"]), 200)
    alice = Manager(own, alice.name, alice.email, PASSWORD, alice.user, alice.tenant, alice.token, alice.property_id)
    unit, guest = alice.new_unit(), fresh_guest("Grace Secretguest")
    booking = alice.booking(unit, "2028-01-01", "2028-01-04", guest)
    ok(own.cancel(booking["id"], reason="a private matter"), 200)
    export = ok(own.create_export(unit))
    secrets.append(export["url"].rsplit("/", 1)[1].removesuffix(".ics"))
    assert own.get(EXPORT).status_code == 200
    assert own.logout().status_code == 204
    own = api.with_token(ok(api.login(alice.email, "another correct battery"), 200)["session"]["token"])
    found = arrived(
        own, "account.signed_up", "session.failed", "session.started", "session.ended", "password.changed",
        "key.created", "key.used", "key.revoked", "invitation.created", "invitation.revoked", "property.created",
        "unit.created", "booking.created", "booking.cancelled", "export.created", "audit.exported",
    )  # fmt: skip
    assert {found[one]["actor"] for one in found if one != "key.used"} == {alice.user["id"]}
    assert found["key.used"]["actor"] == found["key.used"]["object_id"] == made["id"]
    assert (found["session.failed"]["object_id"], found["booking.created"]["object_id"]) == (
        alice.user["id"], booking["id"],
    )  # fmt: skip
    for one in found.values():
        assert one["request_id"].startswith("req_"), one
        assert one["ip"], one
    text = json.dumps(suite.d1("SELECT * FROM audit_events", binding="DB_AUDIT"))
    private = [*secrets, guest["name"], guest["email"], guest["phone"], "a private matter", alice.email]
    assert [one for one in private if one in text] == []
    print(f"{len(found)} kinds of deeds in the audit; {len(private)} secrets and names looked for, 0 found")


def test_an_entry_tells_what_was_before_and_after_and_where_it_came_from(alice: Manager) -> None:
    etag = alice.api.tenant().headers["etag"]
    renamed = alice.api.request(
        "PATCH", "/v1/tenant", json={"name": "Quinta"}, headers={"If-Match": etag, "CF-Connecting-IP": "203.0.113.7"}
    )
    ok(renamed, 200)
    entry = arrived(alice.api, "tenant.renamed")["tenant.renamed"]
    assert entry["changes"] == {"before": {"name": alice.tenant["name"]}, "after": {"name": "Quinta"}}
    assert (entry["ip"], entry["request_id"]) == ("203.0.113.7", renamed.headers["request-id"])
    assert entry["object_id"] == alice.tenant["id"]


@pytest.mark.parametrize("role", ["manager", "member"])
def test_only_admins_read_it(suite: Suite, alice: Manager, role: str) -> None:
    become(suite, alice, role)
    for path in ("/v1/audit_events", EXPORT):
        refused = alice.api.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")


def test_strangers_see_nothing_of_it(suite: Suite, alice: Manager, bob: Manager) -> None:
    write(suite, alice.tenant["id"], 3, 1_000 * DAY, object_id="thing_secret")
    assert events(bob.api, object_id="thing_secret") == []
    assert "thing_secret" not in bob.api.get(EXPORT).text
    assert len(events(alice.api, object_id="thing_secret")) == 3


FILTERS: list[tuple[dict[str, Any], Callable[[Event], bool]]] = [
    ({"actor": "usr_b"}, lambda one: one["actor"] == "usr_b"),
    ({"action": "thing.made"}, lambda one: one["action"] == "thing.made"),
    ({"object_id": "thing_b"}, lambda one: one["object_id"] == "thing_b"),
    ({"actor": "usr_a", "action": "thing.made"}, lambda one: one["action"] == "thing.made"),
    ({"actor": "usr_b", "action": "thing.made"}, lambda one: False),
    (
        {"at[gte]": "1972-09-27T00:00:05Z", "at[lt]": "1972-09-27T00:00:08Z"},
        lambda one: "T00:00:05.000Z" <= one["at"][10:] < "T00:00:08.000Z",
    ),
    ({"at[gte]": "1972-09-27T02:00:19+02:00"}, lambda one: one["at"] >= "1972-09-27T00:00:19.000Z"),
    ({"at[lt]": "1972-09-27T00:00:00Z"}, lambda one: False),
]


def test_filters_and_pages(suite: Suite, alice: Manager) -> None:
    tenant, first = alice.tenant["id"], 1_000 * DAY  # 27 September 1972
    write(suite, tenant, 20, first)
    write(suite, tenant, 5, first, actor="usr_b")
    write(suite, tenant, 5, first, action="thing.made")
    write(suite, tenant, 5, first, object_id="thing_b")
    written = ["thing.done", "thing.made"]
    everything = [one for one in events(alice.api) if one["action"] in written]
    assert len(everything) == 35
    assert everything == sorted(everything, key=lambda one: str(one["id"]), reverse=True)
    for asked, wanted in FILTERS:
        found = [one for one in events(alice.api, **asked) if one["action"] in written]
        assert found == [one for one in everything if wanted(one)], asked
    seen: list[Event] = []
    after = None
    while True:
        page = ok(alice.api.get("/v1/audit_events", limit=7, after=after, action="thing.done"), 200)
        seen += page["data"]
        after = page["next_cursor"]
        if not page["has_more"]:
            break
    assert seen == [one for one in everything if one["action"] == "thing.done"]


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"at[gte]": "yesterday"}, "at[gte]"),
        ({"at[lt]": "2026-01-01T00:00:00"}, "at[lt]"),
        ({"after": "bkg_1"}, "after"),
        ({"limit": 201}, "limit"),
        ({"actor": "x" * 41}, "actor"),
        ({"who": "me"}, "who"),
    ],
)
def test_what_cannot_be_asked_is_named(alice: Manager, asked: dict[str, Any], param: str) -> None:
    refused = alice.api.get("/v1/audit_events", **asked)
    assert refused.status_code in (400, 422), refused.text
    assert param in refused.text


def test_a_csv_is_safe_to_open_and_leads_to_the_rest(suite: Suite, alice: Manager) -> None:
    tenant, first = alice.tenant["id"], 1_000 * DAY
    write(suite, tenant, 10_250, first, object_id="=cmd")
    asked = {"at[gte]": "1972-09-27T00:00:00Z", "at[lt]": "1972-09-28T00:00:00Z"}
    answer = alice.api.get(EXPORT, **asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit_events_')
    head, *rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert head == ["id", "at", "actor", "action", "object_id", "ip", "request_id", "changes"]
    assert len(rows) == 10_000
    assert {row[4] for row in rows} == {"'=cmd"}
    link = answer.headers["link"]
    assert link.endswith('>; rel="next"')
    rest = alice.api.request("GET", link[1 : link.index(">")])
    more = list(csv.reader(io.StringIO(rest.text, newline="")))[1:]
    assert (len(more), "link" in rest.headers) == (250, False)
    found = [row[0] for row in rows + more]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 10_250
    told = eventually(lambda: events(alice.api, action="audit.exported")[1:], what="both exports in the audit")
    assert told[0]["changes"] == {
        "format": "csv", "rows": 10_000, "at[gte]": "1972-09-27T00:00:00.000Z", "at[lt]": "1972-09-28T00:00:00.000Z",
    }  # fmt: skip
    size, seconds = len(answer.content) // 1024, answer.elapsed.total_seconds()
    print(f"10,000 entries as CSV: {size} KiB in {seconds:.2f} s; {answer.headers['propflow-cost']}")


def test_jsonl_has_one_entry_per_line(suite: Suite, alice: Manager) -> None:
    write(suite, alice.tenant["id"], 3, 1_000 * DAY)
    answer = alice.api.get(EXPORT, format="jsonl", **{"at[lt]": "1973-01-01T00:00:00Z"})
    assert answer.headers["content-type"] == "application/jsonl"
    assert [json.loads(line)["changes"] for line in answer.text.splitlines()] == [{"name": "=1+1"}] * 3
    assert alice.api.get(EXPORT, format="xlsx").status_code == 422


def test_nobody_changes_or_removes_an_entry(suite: Suite, alice: Manager) -> None:
    tenant = alice.tenant["id"]
    write(suite, tenant, 1, 1_000 * DAY)
    before = suite.d1("SELECT * FROM audit_events WHERE tenant_id = ?1", tenant, binding="DB_AUDIT")
    for change in ("UPDATE audit_events SET actor = 'nobody'", "DELETE FROM audit_events"):
        with pytest.raises(AssertionError, match="audit_is_append_only"):
            suite.d1(f"{change} WHERE tenant_id = ?1", tenant, binding="DB_AUDIT")
    again = "INSERT OR REPLACE INTO audit_events SELECT tenant_id, id, at, 'nobody', action, object_id, changes, "
    suite.d1(f"{again} request_id, ip FROM audit_events WHERE tenant_id = ?1", tenant, binding="DB_AUDIT")
    assert suite.d1("SELECT * FROM audit_events WHERE tenant_id = ?1", tenant, binding="DB_AUDIT") == before


LISTS: list[dict[str, Any]] = [
    {}, {"actor": "usr_b"}, {"action": "thing.rare"}, {"object_id": "thing_b"},
    {"at[gte]": "1972-09-27T00:00:00Z", "at[lt]": "1972-09-27T00:00:10Z"}, {"actor": "usr_b", "object_id": "thing_b"},
]  # fmt: skip


def test_reading_costs_the_same_when_the_history_is_ten_times_as_long(suite: Suite, api: Api) -> None:
    costs = []
    for length in (500, 5_000):
        manager = sign_up(api, "Carla")
        tenant = manager.tenant["id"]
        write(suite, tenant, 5, 1_000 * DAY, actor="usr_b", action="thing.rare", object_id="thing_b")
        write(suite, tenant, length, 1_001 * DAY)
        costs.append([rows_read(manager.api, {"limit": 10, **asked}) for asked in LISTS])
    print(f"rows read per page of 10 with 500 and with 5,000 entries: {costs[0]} and {costs[1]}")
    assert all(abs(long - short) <= 2 for short, long in zip(*costs, strict=True)), costs


def rows_read(api: Api, asked: dict[str, Any]) -> int:
    answer = api.get("/v1/audit_events", **asked)
    assert answer.status_code == 200, answer.text
    parts = dict(part.split("=") for part in answer.headers["propflow-cost"].split(", "))
    return int(parts["rows_read"])


def test_entries_that_could_not_be_copied_at_once_come_with_the_next_sweep(suite: Suite, alice: Manager) -> None:
    suite.d1(
        "CREATE TRIGGER test_away BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'test_away'); END",
        binding="DB_AUDIT",
    )

    def refused() -> bool:
        """Whether the copy, which is made after the answer, was tried."""
        rows = suite.d1(
            "SELECT id FROM outbox WHERE tenant_id = ?1 AND instr(audit, 'unit.created')", alice.tenant["id"]
        )
        lines = [line for line in suite.output().splitlines() if '"audit.copy_failed"' in line]
        return any(row["id"] in line for row in rows for line in lines)

    try:
        unit = alice.new_unit()
        eventually(refused, what="a copy that fails")
    finally:
        suite.d1("DROP TRIGGER test_away", binding="DB_AUDIT")
    assert events(alice.api, object_id=unit) == []
    suite.d1(
        "UPDATE outbox SET created_at = created_at - 60000 WHERE tenant_id = ?1 AND waiting <> 0", alice.tenant["id"]
    )
    suite.cron("api")
    assert [one["action"] for one in events(alice.api, object_id=unit)] == ["unit.created"]
