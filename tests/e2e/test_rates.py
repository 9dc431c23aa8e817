"""Rates and rules of a unit: set, shown, and the same to the last unit wherever a stay is priced."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
from support.client import Api
from support.people import Manager, fresh_guest, ok
from support.suite import Suite
from support.verbs import Json, money
from support.waiting import eventually

TODAY = date.today()  # once, or a midnight would come between two days that are counted from it
CHARGES = [
    {"name": "Cleaning", "kind": "fee", "basis": "per_stay", "amount": 4_001},
    {"name": "City tax", "kind": "tax", "basis": "per_person_night", "amount": 255},
    {"name": "VAT", "kind": "tax", "basis": "percent", "basis_points": 777},
]


def season(start: str, end: str, amount: int | None = None, currency: str = "EUR", **more: Any) -> Json:
    return {"start": start, "end": end} | ({} if amount is None else {"nightly_rate": money(amount, currency)}) | more


def put_rules(manager: Manager, unit: str, **rules: Any) -> httpx.Response:
    return manager.api.request("PUT", f"/v1/units/{unit}/rate_rules", json=rules)


def bulk(manager: Manager, items: list[Json], key: str = "new") -> httpx.Response:
    return manager.api.post("/v1/rates/bulk", {"items": items}, key)


def shown(manager: Manager, unit: str) -> list[tuple[Any, ...]]:
    rates = ok(manager.api.get(f"/v1/units/{unit}/rates"), 200)["rates"]
    return [(one["start"], one["end"], one["nightly_rate"] and one["nightly_rate"]["amount"]) for one in rates]


def codes(answer: httpx.Response) -> list[str]:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "stay_not_allowed"), answer.text
    return [reason["code"] for reason in problem["reasons"]]


def days_from_now(days: int) -> str:
    """Far enough from midnight: nobody's zone is more than a day away."""
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(("currency", "base"), [("EUR", 12_345), ("JPY", 17_777), ("KWD", 43_219)])
def test_quote_search_and_booking_agree_to_the_last_unit(alice: Manager, currency: str, base: int) -> None:
    home = ok(alice.api.create_property("Casa", "Europe/Zurich", currency, charges=CHARGES))["id"]
    unit = ok(alice.api.create_unit(home, nightly_rate=money(base, currency)))["id"]
    ok(alice.api.set_rates(unit, [season("2027-07-03", "2027-07-06", base * 2 + 1, currency)]), 200)
    ok(put_rules(alice, unit, weekdays={"friday": 1_133, "saturday": 1_133},
                 length_of_stay=[{"min_nights": 3, "basis_points": 333}, {"min_nights": 7, "basis_points": 1_011}]),
       200)  # fmt: skip
    # Thursday to Thursday: Th, Fr at the base, Sa, Su, Mo in season, Tu, We at the base
    day = {"check_in": "2027-07-01", "check_out": "2027-07-08"}
    quote = ok(alice.api.quote(unit, *day.values()))
    quote_total = quote["total"]

    def plus(amount: int, basis_points: int) -> int:
        return amount + (2 * amount * basis_points + 10_000) // 20_000

    high = base * 2 + 1
    nights = [base, plus(base, 1_133), plus(high, 1_133), high, high, base, base]
    off = (2 * sum(nights) * 1_011 + 10_000) // 20_000
    left = sum(nights) - off
    expected = left + 4_001 + 2 * 7 * 255 + (2 * left * 777 + 10_000) // 20_000
    assert quote_total == {"amount": expected, "currency": currency}
    assert sum(line["amount"] for line in quote["lines"]) == expected
    assert [(line["name"], line["amount"]) for line in quote["lines"] if line["kind"] != "tax"] == [
        ("1 night", nights[0]), ("1 night", nights[1]), ("1 night", nights[2]), ("2 nights", 2 * high),
        ("2 nights", 2 * base), ("Stay of 7 nights or more", -off), ("Cleaning", 4_001),
    ]  # fmt: skip
    free = ok(alice.api.availability(*day.values(), property_id=home), 200)["data"]
    assert (free[0]["total"], free[0]["lines"]) == (quote_total, quote["lines"])
    booking = ok(alice.api.book(unit, *day.values(), guest=fresh_guest()))
    assert (booking["total"], booking["lines"]) == (quote_total, quote["lines"])


def test_a_list_is_replaced_as_a_whole_and_shown_in_order(alice: Manager) -> None:
    unit = alice.new_unit()
    assert shown(alice, unit) == []
    later, sooner = season("2027-08-01", "2027-09-01", 20_000), season("2027-07-01", "2027-08-01", 15_000, min_stay=3)
    made = ok(alice.api.set_rates(unit, [later, sooner]), 200)
    nothing = {"min_stay": None, "max_stay": None, "closed_to_arrival": False, "closed_to_departure": False}
    assert made == {"unit_id": unit, "rates": [nothing | sooner, nothing | later]}
    assert ok(alice.api.get(f"/v1/units/{unit}/rates"), 200) == made
    ok(alice.api.set_rates(unit, [season("2027-07-15", "2027-08-15", closed_to_arrival=True)]), 200)
    assert shown(alice, unit) == [("2027-07-15", "2027-08-15", None)]
    ok(alice.api.set_rates(unit, []), 200)
    assert shown(alice, unit) == []


@pytest.mark.parametrize(
    ("rates", "code", "param"),
    [
        ([season("2027-07-01", "2027-07-05", 1), season("2027-07-04", "2027-07-06", 1)], "rates_overlap", "rates.1"),
        ([season("2027-07-05", "2027-07-05", 1)], "invalid_range", "rates.0.end"),
        ([season("2027-07-01", "2027-07-05", 1, "JPY")], "wrong_currency", "rates.0.nightly_rate.currency"),
        ([season("2027-07-01", "2027-07-05")], "empty_rate", "rates.0"),
        ([season("2027-07-01", "2027-07-05", min_stay=5, max_stay=4)], "invalid_stay_bounds", "rates.0.max_stay"),
        ([season(f"2027-07-{n % 9 + 10}", "2027-07-20", 1) for n in range(501)], "invalid_request", "rates"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_and_changes_nothing(
    alice: Manager, rates: list[Json], code: str, param: str
) -> None:
    unit = alice.new_unit()
    ok(alice.api.set_rates(unit, [season("2027-01-01", "2027-02-01", 5)]), 200)
    refused = alice.api.set_rates(unit, rates)
    assert (refused.status_code, refused.json()["code"], refused.json()["param"]) == (422, code, param), refused.text
    assert shown(alice, unit) == [("2027-01-01", "2027-02-01", 5)]


def test_overlapping_ranges_are_both_named(alice: Manager) -> None:
    rates = [season("2027-08-01", "2027-08-05", 1), season("2027-09-01", "2027-09-02", 1),
             season("2027-08-04", "2027-08-06", 1)]  # fmt: skip
    assert alice.api.set_rates(alice.new_unit(), rates).json()["overlap"] == [0, 2]


def test_many_ranges_are_laid_over_what_is_there_each_answered_for_itself(suite: Suite, alice: Manager) -> None:
    first, second = alice.new_unit(), alice.new_unit()
    ok(alice.api.set_rates(first, [season("2027-07-01", "2027-08-01", 100)]), 200)
    items = [
        {"unit_id": first} | season("2027-07-10", "2027-07-12", 300),
        {"unit_id": "unit_00000000000000000000000000"} | season("2027-07-10", "2027-07-12", 300),
        {"unit_id": first} | season("2027-07-12", "2027-07-11", 300),
        {"unit_id": second} | season("2027-07-10", "2027-07-12", 400),
        {"unit_id": second} | season("2027-07-12", "2027-07-14", 400),
        {"unit_id": first} | season("2027-07-31", "2027-08-02"),
        {"unit_id": first} | season("2027-07-01", "2027-07-02", 1, "USD"),
    ]
    answers = [ok(bulk(alice, items, key="the same"), 200) for _ in range(2)]
    assert answers[0] == answers[1]
    done = answers[0]["items"]
    assert [(one["index"], one["status"], (one["problem"] or {}).get("code")) for one in done] == [
        (0, 200, None), (1, 404, "unit_not_found"), (2, 422, "invalid_range"), (3, 200, None), (4, 200, None),
        (5, 200, None), (6, 422, "wrong_currency"),
    ]  # fmt: skip
    assert shown(alice, first) == [
        ("2027-07-01", "2027-07-10", 100), ("2027-07-10", "2027-07-12", 300), ("2027-07-12", "2027-07-31", 100),
    ]  # fmt: skip
    assert shown(alice, second) == [("2027-07-10", "2027-07-14", 400)]
    events = suite.d1("SELECT type, object_id FROM events WHERE tenant_id = ? ORDER BY position", alice.tenant["id"])
    assert [one["object_id"] for one in events if one["type"] == "unit.rates_changed"] == [first, first, second]


def test_a_year_of_nights_one_by_one_stays_one_range_and_writes_little(alice: Manager) -> None:
    unit, start = alice.new_unit(), date(2027, 1, 1)
    items = [
        {"unit_id": unit} | season((start + timedelta(n)).isoformat(), (start + timedelta(n + 1)).isoformat(), 7)
        for n in range(200)
    ]
    assert {one["status"] for one in ok(bulk(alice, items), 200)["items"]} == {200}
    assert shown(alice, unit) == [("2027-01-01", "2027-07-20", 7)]


def test_rules_are_replaced_as_a_whole(alice: Manager) -> None:
    unit = alice.new_unit()
    empty = ok(alice.api.get(f"/v1/units/{unit}/rate_rules"), 200)
    assert (empty["preparation_days"], empty["min_stay"], empty["weekdays"]["sunday"]) == (0, None, 0)
    made = ok(put_rules(alice, unit, min_stay=2, last_minute=[{"within_days": 3, "basis_points": 500}]), 200)
    assert made == empty | {"min_stay": 2, "last_minute": [{"within_days": 3, "basis_points": 500}]}
    assert ok(alice.api.get(f"/v1/units/{unit}/rate_rules"), 200) == made
    assert ok(put_rules(alice, unit), 200) == empty
    refused = put_rules(alice, unit, min_stay=3, max_stay=2)
    assert (refused.status_code, refused.json()["param"]) == (422, "max_stay")


RESTRICTIONS = [
    ("min_stay", {"min_stay": 4}, (100, 103)),
    ("max_stay", {"max_stay": 2}, (100, 103)),
    ("advance_notice", {"advance_notice_days": 110}, (100, 103)),
    ("booking_window", {"booking_window_days": 90}, (100, 103)),
    ("prep", {"preparation_days": 2}, (101, 103)),
    ("prep", {"preparation_days": 2}, (91, 94)),
    ("closed_to_arrival", {"closed_to_arrival": True}, (120, 123)),
    ("closed_to_departure", {"closed_to_departure": True}, (118, 121)),
]


@pytest.mark.parametrize(("code", "rule", "stay"), RESTRICTIONS)
def test_every_restriction_is_kept_by_every_way_in(
    suite: Suite, alice: Manager, code: str, rule: Json, stay: tuple[int, int]
) -> None:
    unit = alice.new_unit()
    alice.booking(unit, days_from_now(95), days_from_now(100))
    if code.startswith("closed"):
        ok(alice.api.set_rates(unit, [season(days_from_now(120), days_from_now(122), **rule)]), 200)
    else:
        ok(put_rules(alice, unit, **rule), 200)
    check_in, check_out = (days_from_now(days) for days in stay)
    assert codes(alice.api.quote(unit, check_in, check_out)) == [code]
    assert codes(alice.api.hold(unit, check_in, check_out)) == [code]
    assert codes(alice.api.book(unit, check_in, check_out)) == [code]
    found = ok(alice.api.availability(check_in, check_out, property_id=alice.property_id), 200)["data"]
    assert unit not in [one["unit_id"] for one in found]

    hold = ok(alice.api.hold(unit, check_in, check_out, ignore_restrictions=True))
    ok(alice.api.book(unit, check_in, check_out, hold_id=hold["id"], guest=fresh_guest()))
    text = "SELECT changes ->> 'ignored_restrictions' AS ignored FROM audit_events WHERE object_id = ?"
    told = eventually(lambda: suite.d1(text, hold["id"], binding="DB_AUDIT"), what="the audit, copied after the answer")
    assert told == [{"ignored": f'["{code}"]'}]


def test_no_key_ignores_restrictions(api: Api, alice: Manager) -> None:
    unit = alice.new_unit()
    key = ok(alice.api.create_api_key(scopes=["holds:write", "bookings:write"]))["key"]
    program = api.with_token(key)
    refused = [program.hold(unit, "2027-07-01", "2027-07-03", ignore_restrictions=True),
               program.book(unit, "2027-07-01", "2027-07-03", ignore_restrictions=True)]  # fmt: skip
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(403, "people_only")] * 2
    ok(program.hold(unit, "2027-07-01", "2027-07-03"))
    program.close()


def test_a_quoted_price_survives_other_rates(alice: Manager) -> None:
    unit = alice.new_unit()
    quote = ok(alice.api.quote(unit, "2027-07-01", "2027-07-03"))
    ok(alice.api.set_rates(unit, [season("2027-07-01", "2027-07-03", 99_999)]), 200)
    assert ok(alice.api.quote(unit, "2027-07-01", "2027-07-03"))["total"] == money(199_998)
    booking = ok(alice.api.book(unit, "2027-07-01", "2027-07-03", quote_id=quote["id"]))
    assert booking["total"] == quote["total"] == money(24_000)


def test_of_two_neighbours_at_once_only_one_is_let_in_where_the_unit_must_be_prepared(alice: Manager) -> None:
    unit = alice.new_unit()
    ok(put_rules(alice, unit, preparation_days=1), 200)
    stays = [(f"2027-07-{day:02}", f"2027-07-{day + 2:02}") for day in range(1, 29, 2)]

    async def race() -> list[int]:
        async with alice.api.many() as calls:
            answers = await asyncio.gather(*[calls.hold(unit, *stay) for stay in stays])
        assert {one.json()["code"] for one in answers if one.status_code != 201} == {"stay_not_allowed"}
        return [number for number, one in enumerate(answers) if one.status_code == 201]

    taken = asyncio.run(race())
    assert taken and all(after - before > 1 for before, after in pairwise(taken))
