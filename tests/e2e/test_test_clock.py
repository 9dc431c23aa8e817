"""The clock of a test space: everything its data means follows it, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from support.client import Api
from support.clocks import Space, instant, text
from support.people import Manager, ok, sign_up
from support.suite import Suite
from support.verbs import money
from support.waiting import eventually

STAY = ("2031-03-01", "2031-03-03")
YEAR = timedelta(days=366)


@pytest.fixture
def space(alice: Manager) -> Iterator[Space]:
    made = Space(alice)
    yield made
    made.api.close()


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["code"])


def put(space: Space, at: datetime) -> httpx.Response:
    return space.api.request("PUT", "/v1/test_clock", json={"frozen_time": text(at)})


def test_it_stands_still_runs_forward_and_is_taken_away(space: Space) -> None:
    assert ok(space.api.get("/v1/test_clock"), 200)["frozen_time"] is None
    at = space.freeze()
    assert ok(space.api.get("/v1/test_clock"), 200) == {"now": text(at), "frozen_time": text(at)}
    assert code(put(space, at - timedelta(milliseconds=1))) == (422, "clock_runs_forward")
    assert code(put(space, datetime.now(UTC) + 5 * YEAR + timedelta(days=1))) == (422, "clock_too_far")
    assert space.now() == at
    assert [space.at(at), space.at(at + YEAR)][1]["now"] == text(at + YEAR)
    assert [space.api.request("DELETE", "/v1/test_clock").status_code for _ in range(2)] == [204, 204]
    assert abs(space.now() - datetime.now(UTC)) < timedelta(minutes=1)
    tenant = ok(space.api.get("/v1/tenant"), 200)["id"]
    assert [one["type"] for one in space.events(tenant)] == ["test_clock.moved"] * 2 + ["test_clock.removed"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_a_test_space_has_one(alice: Manager, method: str) -> None:
    body = {"frozen_time": "2090-01-01T00:00:00Z"} if method == "PUT" else None
    assert code(alice.api.request(method, "/v1/test_clock", json=body)) == (403, "test_space_only")
    live = alice.api.with_token(ok(alice.api.create_api_key("live"))["key"])
    assert code(live.request(method, "/v1/test_clock", json=body)) == (403, "test_space_only")


def test_of_two_who_move_it_at_once_nobody_moves_it_back(space: Space) -> None:
    at = space.freeze()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda days: put(space, at + timedelta(days=days)), [1, 2, 3, 4]))
    assert {answer.status_code for answer in answers} <= {200, 409, 422}
    moved = [instant(answer.json()["now"]) for answer in answers if answer.status_code == 200]
    assert space.now() == max(moved)


def test_what_the_data_means_follows_it(space: Space) -> None:
    at = datetime(datetime.now(UTC).year + 2, 2, 27, 23, 30, tzinfo=UTC)  # the 28th in Zurich
    space.at(at)
    quote = ok(space.api.quote(space.unit, *STAY))
    assert instant(quote["expires_at"]) == at + timedelta(days=1)
    today, night = at.date() + timedelta(days=1), timedelta(days=1)
    stay = (today.isoformat(), (today + 2 * night).isoformat())
    booking = ok(space.api.book(space.unit, *stay, status="confirmed", guest={"name": "G"}))
    assert booking["created_at"] == text(at)
    assert {one["created_at"] for one in space.events(booking["id"])} == {text(at)}
    ok(space.api.request("PUT", f"/v1/units/{space.unit}/rate_rules", json={"advance_notice_days": 3}), 200)
    refused = space.api.quote(space.unit, (today + 2 * night).isoformat(), (today + 3 * night).isoformat())
    assert code(refused) == (422, "stay_not_allowed") and "advance_notice" in refused.text
    ok(space.api.post(f"/v1/bookings/{booking['id']}/no_show"), 200)
    space.at(at + timedelta(days=1, milliseconds=1))
    late = space.api.book(space.unit, *STAY, quote_id=quote["id"], guests=quote["guests"], guest={"name": "G"})
    assert late.json()["code"] == "quote_expired"


def test_a_lease_ends_by_it(space: Space) -> None:
    at = space.freeze()
    start, end = at.date() + timedelta(days=3), at.date() + timedelta(days=40)
    body = {"unit_id": space.unit, "start": start.isoformat(), "end": end.isoformat(), "renter": {"name": "R"},
            "rent": money(90_000)}  # fmt: skip
    lease = ok(space.api.post("/v1/leases", body))
    ok(space.api.post(f"/v1/leases/{lease['id']}/activate"), 200)
    seen = [ok(space.api.get(f"/v1/leases/{lease['id']}"), 200)["status"]]
    space.at(at + timedelta(days=41))
    assert [*seen, ok(space.api.get(f"/v1/leases/{lease['id']}"), 200)["status"]] == ["active", "ended"]


def test_an_invoice_bears_its_day(suite: Suite, space: Space) -> None:
    space.at(datetime.now(UTC) + YEAR)
    booking = ok(space.api.book(space.unit, *STAY, status="confirmed", guest={"name": "G"}))
    query = "SELECT issued_at FROM invoices WHERE booking_id = ?"
    [row] = eventually(lambda: suite.d1(query, booking["id"]), what="an invoice")
    assert row["issued_at"] == int(space.now().timestamp() * 1000)


def test_who_may_come_in_and_what_is_remembered_keep_the_real_time(suite: Suite, space: Space) -> None:
    space.freeze()
    body = {"unit_id": space.unit, "check_in": STAY[0], "check_out": STAY[1], "guest": {"name": "G"}}
    first = ok(space.api.request("POST", "/v1/bookings", json=body, key="k"))
    space.at(datetime.now(UTC) + 4 * YEAR)
    assert ok(space.api.request("POST", "/v1/bookings", json=body, key="k")) == first, "72 hours have not passed"
    rows = suite.d1(
        "SELECT o.created_at, o.next_attempt_at FROM outbox AS o JOIN api_keys AS k ON k.tenant_id = o.tenant_id"
        " WHERE k.hint = ?", space.key[-4:],
    )  # fmt: skip
    latest = (datetime.now(UTC) + timedelta(hours=7)).timestamp() * 1000
    assert rows and all(row["created_at"] < latest and row["next_attempt_at"] < latest for row in rows)


def test_lists_keep_the_order_of_creation_while_it_stands_still(space: Space) -> None:
    space.freeze()
    units = [space.unit, *(space.new_unit() for _ in range(4))]
    assert [one["id"] for one in ok(space.api.get("/v1/units"), 200)["data"]] == units


def test_moving_it_ends_the_holds_that_ran_out_and_tells_so(space: Space) -> None:
    at = space.freeze()
    short = ok(space.api.hold(space.unit, *STAY, ttl_seconds=60))
    long = ok(space.api.hold(space.unit, "2031-04-01", "2031-04-03", ttl_seconds=1800))
    space.at(at + timedelta(seconds=60))
    told = space.events(short["id"])
    assert [one["type"] for one in told] == ["hold.created", "hold.expired"]
    assert told[1]["created_at"] == text(at + timedelta(seconds=60)) == told[1]["previous"]["expires_at"]
    assert (told[1]["sequence"], told[1]["unit_id"], told[1]["actor"]) == (2, space.unit, "system")
    assert [one["type"] for one in space.events(long["id"])] == ["hold.created"]
    everything = ok(space.api.get("/v1/events", limit=200), 200)["data"]
    assert [one["position"] for one in everything] == list(range(1, len(everything) + 1))


def test_taking_it_away_ends_the_holds_from_the_future_and_tells_so(suite: Suite, space: Space) -> None:
    space.at(datetime.now(UTC) + YEAR)
    villa, room = space.unit, space.new_unit()
    ok(space.api.set_parts(villa, [room]), 200)
    hold = ok(space.api.hold(villa, *STAY))
    assert space.api.request("DELETE", "/v1/test_clock").status_code == 204
    ended = space.events(hold["id"])[-1]
    assert (ended["type"], ended["created_at"]) == ("hold.expired", ended["previous"]["expires_at"])
    assert abs(instant(ended["created_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert suite.d1("SELECT id FROM occupancies WHERE live = 1 AND unit_id IN (?, ?)", villa, room) == []
    assert ok(space.api.hold(room, *STAY))["id"] != hold["id"]


def test_an_alarm_ends_no_hold_before_the_clock_does(suite: Suite, space: Space) -> None:
    space.freeze()
    hold = ok(space.api.hold(space.unit, *STAY, ttl_seconds=1))  # its alarm rings in a second of the real time
    marker = sign_up(Api(suite.url), "Marker")
    later = ok(marker.api.hold(marker.new_unit(), *STAY, ttl_seconds=2))
    eventually(lambda: "hold.expired" in _types(marker, later["id"]), what="an alarm that was set after it")
    assert [event["type"] for event in space.events(hold["id"])] == ["hold.created"]
    assert ok(space.api.book(space.unit, *STAY, hold_id=hold["id"], guest={"name": "G"}))["id"]


def _types(manager: Manager, object_id: str) -> list[str]:
    found = ok(manager.api.get("/v1/events", object_id=object_id), 200)["data"]
    return [str(one["type"]) for one in found]
