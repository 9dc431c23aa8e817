"""Search: what a free unit must be, complete pages, what it costs, and answers that are kept and never trusted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from load.paths import cost_of
from support.client import Api
from support.people import Manager, ok, sign_up
from support.suite import Suite
from support.surface.world import on_business
from support.verbs import money
from support.waiting import eventually

STAY = ("2028-05-03", "2028-05-06")
MANY = 1_000
QUARTER = 900.0  # seconds; an answer is kept until the next quarter of an hour begins
NOWHERE = "prop_00000000000000000000000000"
UNITS = """
INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)
SELECT ?1, printf('unit_%s%04d', ?3, value), ?2, 'U', 4, 10000, 0, 0 FROM json_each(?4)"""
STAYS = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, created_at, updated_at)
SELECT u.tenant_id, 'occ_' || ?2 || substr(u.id, -12) || j.value, u.id, date(?3, '-' || (2 * j.value) || ' days'),
  date(?3, '-' || (2 * j.value - 1) || ' days'), 'booking', 'history', 0, 0
FROM (SELECT tenant_id, id FROM units WHERE tenant_id = ?1 ORDER BY id LIMIT CAST(?5 AS INTEGER)) AS u,
  json_each(?4) AS j"""


TAKE = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, created_at, updated_at)
VALUES (?1, 'occ_' || ?2, ?2, ?3, ?4, 'booking', 'x', 0, 0)"""


def found(answer: httpx.Response) -> list[str]:
    return [one["unit_id"] for one in ok(answer, 200)["data"]]


def numbers(first: int, count: int) -> str:
    return json.dumps(list(range(first, first + count)))


def test_a_unit_must_have_all_that_is_asked_for(alice: Manager) -> None:
    plain = alice.new_unit()
    villa = alice.new_unit(type="villa", amenities=["wifi", "pool", "hot_tub"])
    room = alice.new_unit(type="room", amenities=["wifi", "pool_table"])
    assert found(alice.api.availability(*STAY)) == [plain, villa, room]
    assert found(alice.api.availability(*STAY, amenities="wifi")) == [villa, room]
    assert found(alice.api.availability(*STAY, amenities="pool,wifi")) == [villa]
    assert found(alice.api.availability(*STAY, amenities="pool_table")) == [room]
    assert found(alice.api.availability(*STAY, amenities="pooltable")) == []
    assert found(alice.api.availability(*STAY, type="villa,room")) == [villa, room]
    assert found(alice.api.availability(*STAY, type="room", amenities="wifi")) == [room]


def test_a_price_is_that_of_the_whole_stay_in_its_currency(alice: Manager) -> None:
    fee = {"name": "Cleaning", "kind": "fee", "basis": "per_stay", "amount": 3_000}
    ok(alice.api.change_property(alice.property_id, '"1"', charges=[fee]), 200)
    cheap, dear = alice.new_unit(rate=9_000), alice.new_unit(rate=9_001)  # 30,000 and 30,003 for three nights
    yen_house = ok(alice.api.create_property("Yen", currency="JPY"))["id"]
    yen = ok(alice.api.create_unit(yen_house, "Y", 4, money(10_000, "JPY")))["id"]
    assert found(alice.api.availability(*STAY, currency="EUR")) == [cheap, dear]
    assert found(alice.api.availability(*STAY, currency="EUR", **{"total[lte]": 30_000})) == [cheap]
    assert found(alice.api.availability(*STAY, currency="EUR", **{"total[gte]": 30_001})) == [dear]
    assert found(alice.api.availability(*STAY, currency="EUR", **{"nightly[lte]": 10_000})) == [cheap]
    assert found(alice.api.availability(*STAY, currency="EUR", **{"nightly[gte]": 10_001})) == [dear]
    assert found(alice.api.availability(*STAY, currency="EUR", **{"nightly[gte]": 10_002})) == []
    assert found(alice.api.availability(*STAY, currency="JPY", **{"total[lte]": 30_000})) == [yen]
    refused = alice.api.availability(*STAY, **{"total[lte]": 1})
    assert (refused.status_code, refused.json()["param"]) == (400, "currency")


def pages(manager: Manager, limit: int, **filters: Any) -> Iterator[list[str]]:
    after = None
    for _ in range(100):
        page = ok(manager.api.availability(*STAY, limit=limit, after=after, **filters), 200)
        yield [one["unit_id"] for one in page["data"]]
        after = page["next_cursor"]
        if not page["has_more"]:
            return
    raise AssertionError("the pages do not end")


def test_pages_by_price_are_full_and_miss_nothing(alice: Manager) -> None:
    units = [alice.new_unit(rate=10_000 if number % 3 else 20_000) for number in range(11)]
    cheap = [unit for number, unit in enumerate(units) if number % 3]
    bound = {"currency": "EUR", "total[lte]": 30_000}
    for limit in (1, 2, 3, 7, 8):
        seen = list(pages(alice, limit, **bound))
        assert [unit for page in seen for unit in page] == cheap
        assert [len(page) for page in seen[:-1]] == [limit] * (len(seen) - 1)
    assert list(pages(alice, 2, currency="EUR", **{"total[lte]": 1})) == [[]]


@pytest.fixture(scope="module")
def large(suite: Suite) -> Iterator[Manager]:
    """A manager of 1,000 units, each with a short history, of which the last 20 are free."""
    manager = sign_up(Api(suite.url), "Large")
    tenant = manager.tenant["id"]
    on_business(suite, tenant)
    suite.d1(UNITS, tenant, manager.property_id, "0" * 22, numbers(0, MANY))
    suite.d1(STAYS, tenant, "a", "2027-12-31", numbers(1, 3), MANY)
    suite.d1(STAYS, tenant, "b", "2028-05-07", numbers(1, 1), MANY - 20)
    yield manager
    manager.api.close()


def rows_of(manager: Manager, **more: Any) -> tuple[int, int]:
    """Rows that the search itself read, and its results. A search of nothing tells what the request reads besides."""
    answer, nothing = manager.api.availability(*STAY, **more), manager.api.availability(*STAY, property_id=NOWHERE)
    assert cost_of(answer)["statements"] == cost_of(nothing)["statements"]
    return cost_of(answer)["rows_read"] - cost_of(nothing)["rows_read"], len(found(answer))


def test_a_search_of_a_thousand_units_reads_two_rows_of_each_whatever_their_history(
    suite: Suite, large: Manager
) -> None:
    asked: list[dict[str, Any]] = [
        {"guests": 3}, {"guests": 3, "currency": "EUR"}, {"guests": 3, "property_id": large.property_id},
        {"guests": 3, "currency": "EUR", "total[lte]": 30_000}, {"guests": 3, "amenities": "wifi"},
    ]  # fmt: skip
    few = [rows_of(large, **more) for more in asked]
    suite.d1(STAYS, large.tenant["id"], "c", "2027-12-20", numbers(1, 27), MANY)
    many = [rows_of(large, limit=51, **more) for more in asked]  # asked as nobody has asked before
    print("\nrows read and results of 1,000 units:", few, "with ten times the history:", many)
    assert few == many
    for rows, results in few:
        assert rows <= 2 * MANY + results + 1  # the row of somebody else at which the tenant's end
    assert [results for _, results in few] == [20, 20, 20, 20, 0]


def test_a_dear_search_is_answered_from_its_snapshot_which_no_commit_trusts(suite: Suite, large: Manager) -> None:
    def search() -> httpx.Response:
        return large.api.availability(*STAY, guests=1, limit=200)

    left = QUARTER - time.time() % QUARTER
    if left < 60:  # nobody is told the answer of the last quarter
        time.sleep(left + 0.1)
    fresh = search()
    eventually(lambda: cost_of(search())["rows_read"] < 20, what="the answer to be kept")
    kept = search()
    print("\nthe same search with and without its snapshot:", cost_of(kept), cost_of(fresh))
    assert kept.text == fresh.text and cost_of(fresh)["rows_read"] > 2 * MANY
    unit = found(kept)[0]
    # Behind everybody's back, without an event: the answer is as far behind as it could ever be.
    suite.d1(TAKE, large.tenant["id"], unit, *STAY)
    assert found(search())[0] == unit
    refused = large.api.book(unit, *STAY, guest={"name": "G"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unit_unavailable")
    large.booking(found(kept)[1], *STAY)
    assert found(search())[:1] == found(kept)[2:3]


def unchanged(manager: Manager, tag: str) -> bool:
    headers = {"If-None-Match": tag}
    answer = manager.api.request(
        "GET", "/v1/availability", params={"check_in": STAY[0], "check_out": STAY[1]}, headers=headers
    )
    return answer.status_code == 304


def tag_of(manager: Manager) -> str:
    return str(manager.api.availability(*STAY, guests=1).headers["etag"])


def test_an_answer_is_sent_once_and_again_after_each_change(alice: Manager) -> None:
    unit, other = alice.new_units(2)
    api, path = alice.api, f"/v1/units/{unit}"
    assert any(unchanged(alice, tag_of(alice)) for _ in range(2))  # a quarter of an hour may begin in between
    hold: dict[str, Any] = {}
    changes = [
        ("a new unit", lambda: alice.new_unit()),
        ("a rate", lambda: ok(api.set_rates(unit, [{"start": "2028-05-01", "end": "2028-06-01", "min_stay": 1}]), 200)),
        ("a rule", lambda: ok(api.request("PUT", f"{path}/rate_rules", json={"min_stay": 2}), 200)),
        ("a charge", lambda: ok(api.change_property(alice.property_id, '"1"', tags=["lake"]), 200)),
        ("a hold", lambda: hold.update(ok(api.hold(unit, *STAY)))),
        ("its end", lambda: api.request("DELETE", f"/v1/holds/{hold['id']}").raise_for_status()),
        ("a booking", lambda: hold.update(alice.booking(unit, *STAY))),
        ("its end", lambda: ok(api.post(f"/v1/bookings/{hold['id']}/cancel"), 200)),
        ("a block", lambda: ok(api.post("/v1/blocks", {"unit_id": unit, "start": STAY[0], "end": STAY[1],
                                                       "kind": "owner"}))),
        ("a lease", lambda: ok(api.lease(ok(api.create_lease(other, "2028-01-01", "2029-01-01"))["id"], "activate"),
                               200)),
        ("parts", lambda: ok(api.post(f"/v1/units/{unit}/parts", {"unit_ids": [alice.new_unit()]}), 200)),
        ("a unit that is put away", lambda: ok(api.archive_unit(alice.new_unit()), 200)),
        ("an import", lambda: ok(api.import_csv("units", f"reference,property_id,name,max_guests,nightly_rate\n"
                                                         f"A,{alice.property_id},U,2,80"), 200)),
    ]  # fmt: skip
    for what, change in changes:
        tag = tag_of(alice)
        change()  # type: ignore[no-untyped-call]
        assert not unchanged(alice, tag), what


def test_the_end_of_a_hold_ends_what_was_said_while_it_was_there(suite: Suite, alice: Manager) -> None:
    unit = alice.new_unit()
    for seconds in (2, 10, 60):  # a short one may have run out before anybody looks
        ok(alice.api.hold(unit, *STAY, ttl_seconds=seconds))
        tag = tag_of(alice)
        seen = found(alice.api.availability(*STAY))
        if not seen:
            break
    assert seen == []
    eventually(lambda: found(alice.api.availability(*STAY)) == [unit], 120, "the hold to run out")
    assert not unchanged(alice, tag)


def test_an_answer_belongs_to_who_may_see_it(alice: Manager, bob: Manager) -> None:
    alice.new_unit()
    bob.new_unit()
    assert not unchanged(bob, tag_of(alice))
