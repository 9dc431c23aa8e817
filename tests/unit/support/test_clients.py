"""The clients send what the main path asks for, and a race is recorded as the checker needs it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable

import httpx
from support.history import History
from support.people import fresh_guest
from support.verbs import Json, Verbs, headers_for


class Sent(Verbs[Json]):
    """Shows the request instead of sending it."""

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Json | None = None,
        key: str | None = "new",
        headers: dict[str, str] | None = None,
    ) -> Json:
        return {"line": f"{method} {path}", "json": json, "params": params, "key": key, "headers": headers}


def test_a_booking() -> None:
    sent = Sent().book("unit_1", "2027-01-01", "2027-01-03", 3, {"name": "G"}, key="k", status="confirmed")
    assert (sent["line"], sent["key"]) == ("POST /v1/bookings", "k")
    stay = {"unit_id": "unit_1", "check_in": "2027-01-01", "check_out": "2027-01-03", "guests": 3}
    assert sent["json"] == stay | {"guest": {"name": "G"}, "status": "confirmed"}


def test_filters_of_a_list_and_what_is_none() -> None:
    sent = Sent().list_bookings(**{"check_in[gte]": "2027-01-01", "after": None})
    assert (sent["line"], sent["params"]) == ("GET /v1/bookings", {"check_in[gte]": "2027-01-01"})


def test_headers() -> None:
    first, second = (headers_for("POST", "new", "tok", None)["Idempotency-Key"] for _ in range(2))
    assert first != second
    assert headers_for("POST", "mine", "tok", {"X": "1"}) == {
        "Authorization": "Bearer tok",
        "Idempotency-Key": "mine",
        "X": "1",
    }
    assert headers_for("POST", None, None, None) == headers_for("GET", "new", None, None) == {}


def test_guests_do_not_meet() -> None:
    assert fresh_guest()["email"] != fresh_guest()["email"]


def record(call: Awaitable[httpx.Response], **asked: str) -> History:
    history = History()
    asyncio.run(history.record(call, key="k", **asked))  # type: ignore[arg-type]
    return history


async def answer(status: int, body: Json) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(body), headers={"Content-Type": "application/problem+json"})


STAY = {"unit_id": "unit_1", "start": "2027-01-01", "end": "2027-01-03"}


def test_an_acknowledged_booking_is_recorded() -> None:
    told = {"unit_id": "unit_1", "check_in": "2027-01-01", "check_out": "2027-01-03", "occupancy_id": "occ_1"}
    (op,) = record(answer(201, told), **STAY).ops
    assert (op.outcome, op.occupancy_id, op.answered) == ("ok", "occ_1", ("unit_1", "2027-01-01", "2027-01-03"))
    assert op.complete is not None
    assert op.invoke <= op.complete


def test_a_refusal_keeps_its_evidence() -> None:
    conflict = {"occupancy_id": "occ_1", "start": "2027-01-01", "end": "2027-01-02"}
    (op,) = record(answer(409, {"code": "unit_unavailable", "conflicts": [conflict]}), **STAY).ops
    assert (op.outcome, op.evidence) == ("refused", (conflict,))


def test_a_broken_connection_leaves_the_effect_unknown() -> None:
    async def broken() -> httpx.Response:
        raise httpx.ReadError("reset")

    history = record(broken(), **STAY)
    assert history.tally() == {"info": 1}
    assert history.ops[0].complete is None
