"""The same key: one effect and equal answers, however often and however fast it is sent."""

import asyncio
from typing import Any

from support.client import AsyncApi
from support.people import Manager, ok
from support.suite import Suite

STAY: dict[str, Any] = {"check_in": "2027-03-01", "check_out": "2027-03-03"}


def test_twenty_at_once_make_one_booking_and_equal_answers(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()

    async def race() -> list[Any]:
        async with AsyncApi(suite.url, token=alice.token) as client:
            return await asyncio.gather(*[client.book(unit, **STAY, key="once") for _ in range(20)])

    answers = asyncio.run(race())
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    assert len({(answer.headers["location"], answer.headers["etag"]) for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 19
    assert len(suite.d1("SELECT id FROM bookings WHERE unit_id = ?", unit)) == 1


def test_twenty_at_once_from_one_hold_make_one_booking_and_equal_answers(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    hold = ok(alice.api.hold(unit, **STAY))["id"]

    async def race() -> list[Any]:
        async with AsyncApi(suite.url, token=alice.token) as client:
            return await asyncio.gather(*[client.book(unit, **STAY, hold_id=hold, key="once") for _ in range(20)])

    answers = asyncio.run(race())
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    late = alice.api.book(unit, **STAY, hold_id=hold, key="another")
    assert (late.status_code, late.json()["code"]) == (409, "hold_expired")


def test_an_expired_key_used_by_two_at_once_has_one_effect(suite: Suite, alice: Manager) -> None:
    body = {"name": "Twice?", "time_zone": "Europe/Zurich", "currency": "EUR"}
    ok(alice.api.post("/v1/properties", body, "old"))
    old = "UPDATE idempotency_keys SET created_at = created_at - 72 * 3600 * 1000 WHERE tenant_id = ?"
    suite.d1(old, alice.tenant["id"])

    async def race() -> list[Any]:
        async with AsyncApi(suite.url, token=alice.token) as client:
            return await asyncio.gather(*[client.post("/v1/properties", body, "old") for _ in range(8)])

    assert len({ok(answer)["id"] for answer in asyncio.run(race())}) == 1
    named = "SELECT id FROM properties WHERE tenant_id = ? AND name = 'Twice?'"
    assert len(suite.d1(named, alice.tenant["id"])) == 2


def test_a_verb_that_found_nothing_to_do_is_remembered_too(alice: Manager) -> None:
    booking = alice.booking(alice.new_unit(), "2027-03-01", "2027-03-03")["id"]
    first = ok(alice.api.confirm(booking, key="c"), 200)
    ok(alice.api.cancel(booking), 200)
    again = alice.api.confirm(booking, key="c")
    assert ok(again, 200) == first
    assert again.headers["idempotency-replayed"] == "true"


def test_another_body_under_the_same_key_is_refused(alice: Manager) -> None:
    unit = alice.new_unit()
    ok(alice.api.book(unit, **STAY, key="k"))
    refused = alice.api.book(unit, **STAY, guests=3, key="k")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_another_query_under_the_same_key_is_refused_and_does_nothing(alice: Manager) -> None:
    unit = alice.new_unit()
    body = {"unit_id": unit, "kind": "maintenance", "start": "2027-05-03", "end": "2027-05-04"}
    ok(alice.api.post("/v1/blocks", {**body, "repeat": {"weekdays": ["monday"], "until": "2027-06-30"}}))
    listed = ok(alice.api.get("/v1/blocks", unit_id=unit), 200)["data"]
    one, all_of_them = (f"/v1/blocks/{listed[0]['id']}?series={which}" for which in ("false", "true"))
    assert alice.api.request("DELETE", one, key="d").status_code == 204
    refused = alice.api.request("DELETE", all_of_them, key="d")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert len(ok(alice.api.get("/v1/blocks", unit_id=unit), 200)["data"]) == len(listed) - 1
    assert alice.api.request("DELETE", one, key="d").headers["idempotency-replayed"] == "true"


def test_another_if_match_under_the_same_key_is_refused(alice: Manager) -> None:
    unit = alice.new_unit()
    ok(alice.api.change_unit(unit, '"1"', key="p", name="Once"), 200)
    refused = alice.api.change_unit(unit, '"2"', key="p", name="Once")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert alice.api.change_unit(unit, '"1"', key="p", name="Once").headers["idempotency-replayed"] == "true"


def test_a_refusal_is_replayed_too(alice: Manager) -> None:
    unit = alice.new_unit()
    first = alice.booking(unit, "2027-03-01", "2027-03-03")
    refused = alice.api.book(unit, **STAY, key="late")
    assert refused.status_code == 409
    ok(alice.api.cancel(first["id"]), 200)
    again = alice.api.book(unit, **STAY, key="late")
    assert (again.status_code, again.text) == (409, refused.text)
    ok(alice.api.book(unit, **STAY, key="new"))


def test_where_a_unit_is_taken_a_key_is_required(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    for refused in (alice.api.book(unit, **STAY, key=None), alice.api.hold(unit, **STAY, key=None)):
        assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_required")
    assert suite.d1("SELECT id FROM occupancies WHERE unit_id = ?", unit) == []


def test_a_key_of_256_characters_is_refused(alice: Manager) -> None:
    refused = alice.api.book(alice.new_unit(), **STAY, key="x" * 256)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_idempotency_key")


def test_two_tenants_use_the_same_key_without_meeting(alice: Manager, bob: Manager) -> None:
    mine, theirs = (
        ok(alice.api.book(alice.new_unit(), **STAY, key="same")),
        bob.api.book(bob.new_unit(), **STAY, key="same"),
    )
    assert ok(theirs)["id"] != mine["id"]


def test_a_new_session_of_the_same_person_gets_the_replay(alice: Manager) -> None:
    unit = alice.new_unit()
    first = ok(alice.api.book(unit, **STAY, key="k"))
    token = ok(alice.api.login(alice.email, alice.password), 200)["session"]["token"]
    assert ok(alice.api.with_token(token).book(unit, **STAY, key="k")) == first


def test_a_key_may_be_used_anew_after_72_hours(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    first = ok(alice.api.book(unit, **STAY, key="k"))
    old = "UPDATE idempotency_keys SET created_at = created_at - 72 * 3600 * 1000 WHERE tenant_id = ?"
    suite.d1(old, alice.tenant["id"])
    ok(alice.api.cancel(first["id"]), 200)
    assert ok(alice.api.book(unit, **STAY, key="k"))["id"] != first["id"]


def test_an_export_gives_the_same_address_and_stores_it_nowhere(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    urls = {ok(alice.api.create_export(unit, key="k"))["url"] for _ in range(3)}
    assert len(urls) == 1
    token = urls.pop().rpartition("/")[2].removesuffix(".ics")
    assert token not in str(suite.d1("SELECT * FROM idempotency_keys WHERE tenant_id = ?", alice.tenant["id"]))
    assert token not in str(suite.d1("SELECT * FROM calendar_exports WHERE unit_id = ?", unit))
