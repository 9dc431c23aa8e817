"""Answers too long for the row of their Idempotency-Key are replayed to the letter, and bounded for each tenant."""

from typing import Any

import httpx
import pytest
from support.people import Manager, ok
from support.r2 import objects
from support.suite import Suite
from support.waiting import eventually

HEADER = "reference,unit_id,check_in,check_out,guest.name,total"
ROW = "SELECT body, kept_id FROM idempotency_keys WHERE tenant_id = ? AND status = 422"
FULL = "INSERT INTO usage_counters (tenant_id, meter, period, used) VALUES (?1, 'answer_bytes', '', 67108864)"


@pytest.fixture
def text(alice: Manager) -> str:
    """A file of which every line is refused at length."""
    unit = alice.new_unit()
    alice.booking(unit, "2027-05-01", "2027-06-01")
    return "\n".join([HEADER, *(f"R-{number},{unit},2027-05-10,2027-05-11,Guest,100" for number in range(100))])


def refused(alice: Manager, text: str, key: str) -> httpx.Response:
    answer = alice.api.import_csv("bookings", text, key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "lines_refused")
    return answer


def rows(suite: Suite, alice: Manager) -> list[dict[str, Any]]:
    return suite.d1(ROW, alice.tenant["id"])


def test_a_long_answer_lies_in_r2_and_is_replayed_to_the_letter(suite: Suite, alice: Manager, text: str) -> None:
    first = refused(alice, text, "long")
    assert len(first.content) > 16 * 1024
    [row] = rows(suite, alice)
    key = f"tenants/{alice.tenant['id']}/answers/{row['kept_id']}"
    assert row["body"] == "" and objects(suite, key) == {key: first.content}
    again = refused(alice, text, "long")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert objects(suite, f"tenants/{alice.tenant['id']}/answers/") == {key: first.content}


def test_it_goes_when_no_key_can_refer_to_it(suite: Suite, alice: Manager, text: str) -> None:
    refused(alice, text, "long")
    suite.d1("UPDATE kept_answers SET due_at = 0 WHERE tenant_id = ?", alice.tenant["id"])

    def swept() -> bool:
        suite.cron("api")
        left = suite.d1("SELECT id FROM kept_answers WHERE tenant_id = ?", alice.tenant["id"])
        return not left and not objects(suite, f"tenants/{alice.tenant['id']}/answers/")

    eventually(swept, what="the answer to be removed")
    used = suite.d1(
        "SELECT used FROM usage_counters WHERE tenant_id = ? AND meter = 'answer_bytes'", alice.tenant["id"]
    )
    assert [row["used"] for row in used] == [0]
    again = alice.api.import_csv("bookings", text, key="long")
    assert (again.status_code, again.json()["code"], again.json()["first_status"]) == (409, "answer_not_kept", 422)


def test_beyond_its_amount_a_tenant_is_answered_and_the_answer_not_kept(
    suite: Suite, alice: Manager, text: str
) -> None:  # fmt: skip
    suite.d1(FULL, alice.tenant["id"])
    refused(alice, text, "full")
    assert rows(suite, alice) == [{"body": "", "kept_id": "none"}]
    assert objects(suite, f"tenants/{alice.tenant['id']}/answers/") == {}
    again = alice.api.import_csv("bookings", text, key="full")
    assert (again.status_code, again.json()["code"]) == (409, "answer_not_kept")


def test_what_was_done_beyond_the_amount_is_done_once_and_found_where_it_is(suite: Suite, alice: Manager) -> None:
    suite.d1(FULL, alice.tenant["id"])
    body = {"name": "Casa", "time_zone": "Europe/Zurich", "currency": "EUR", "house_rules": "é" * 4_500}
    made = ok(alice.api.post("/v1/properties", body, "p"))
    again = alice.api.post("/v1/properties", body, "p")
    assert (again.status_code, again.json()["code"], again.json()["first_status"]) == (409, "answer_not_kept", 201)
    assert again.json()["location"] == f"/v1/properties/{made['id']}"
    assert len(suite.d1("SELECT id FROM properties WHERE tenant_id = ?", alice.tenant["id"])) == 2


def test_an_import_that_changes_nothing_is_answered_and_kept_in_few_bytes(suite: Suite, alice: Manager) -> None:
    lines = "\n".join(f"U{number},{alice.property_id},Flat,2,80" for number in range(1_500))
    suite.d1("UPDATE tenants SET plan = 'business' WHERE id = ?", alice.tenant["id"])
    csv = f"reference,property_id,name,max_guests,nightly_rate\n{lines}"
    made = ok(alice.api.import_csv("units", csv), 200)
    assert (made["created"], len(made["lines"]), made["left_out"]) == (1_500, 100, 1_400)
    again = alice.api.import_csv("units", csv)
    assert ok(again, 200) == {**made, "created": 0, "unchanged": 1_500, "lines": [], "left_out": 1_500}
    listed = ok(alice.api.import_csv("units", csv, dry_run=True), 200)
    assert listed["lines"][:100] == [{**line, "action": "unchanged"} for line in made["lines"]]
    assert len(listed["lines"]) == 1_500 and all(line["id"] for line in listed["lines"])
