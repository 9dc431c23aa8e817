"""What a plan has room for, besides units and people: properties and the bytes of files."""

from support.people import Manager, ok
from support.suite import Suite
from support.verbs import Json

HOUSE = {"name": "Casa", "time_zone": "Europe/Zurich", "currency": "EUR"}


def limits(alice: Manager) -> Json:
    return dict(ok(alice.api.get("/v1/usage"), 200)["limits"])


def full(suite: Suite, alice: Manager, meter: str, used: int) -> None:
    suite.d1(
        "INSERT INTO usage_counters VALUES (?1, ?2, '', ?3) ON CONFLICT DO UPDATE SET used = excluded.used",
        alice.tenant["id"], meter, used,
    )  # fmt: skip


def test_properties_end_at_the_plan_and_one_that_is_archived_makes_room(suite: Suite, alice: Manager) -> None:
    full(suite, alice, "properties", 99)
    last = ok(alice.api.post("/v1/properties", HOUSE))["id"]
    refused = alice.api.post("/v1/properties", HOUSE)
    assert (refused.status_code, refused.json()["code"]) == (402, "plan_limit_reached")
    assert {name: refused.json()[name] for name in ("meter", "usage", "limit")} == {
        "meter": "properties", "usage": 100, "limit": 100,
    }  # fmt: skip
    ok(alice.api.post(f"/v1/properties/{last}/archive"), 200)
    ok(alice.api.post("/v1/properties", HOUSE))
    back = alice.api.post(f"/v1/properties/{last}/reactivate")
    assert (back.status_code, back.json()["meter"]) == (402, "properties")


def test_a_file_of_more_properties_than_the_plan_has_is_refused_as_a_whole(suite: Suite, alice: Manager) -> None:
    rows = "\n".join(f"R{number},Home,Europe/Zurich,EUR" for number in range(101))
    for dry_run in (True, False):
        refused = alice.api.import_csv("properties", f"reference,name,time_zone,currency\n{rows}", dry_run)
        assert (refused.status_code, refused.json()["meter"], refused.json()["limit"]) == (402, "properties", 100)
    assert limits(alice)["properties"]["used"] == 1


def test_files_end_at_the_bytes_of_the_plan_and_a_deleted_one_makes_room(alice: Manager) -> None:
    body = {"property_id": alice.property_id, "kind": "other", "file_name": "x", "content_type": "text/html"}
    asked = [alice.api.post("/v1/documents", body | {"size": 50 * 1024 * 1024}) for _ in range(20)]
    assert [answer.status_code for answer in asked] == [201] * 19 + [402]
    told = asked[-1].json()
    assert (told["meter"], told["usage"], told["limit"]) == ("storage_bytes", 19 * 50 * 1024 * 1024, 1_000_000_000)
    assert limits(alice)["files"]["used"] == 19
    assert alice.api.request("DELETE", f"/v1/documents/{asked[0].json()['id']}").status_code == 204
    ok(alice.api.post("/v1/documents", body | {"size": 50 * 1024 * 1024}))
    assert limits(alice)["storage_bytes"] == {"used": 19 * 50 * 1024 * 1024, "limit": 1_000_000_000, "reset_at": None}
