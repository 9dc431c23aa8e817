"""Gaps shorter than the minimum stay: sold whole, by every way in, and never in pieces."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from load.paths import cost_of
from support.client import Api
from support.clocks import Space
from support.people import Manager, fresh_guest, ok
from support.verbs import Json


def may(day: int) -> str:
    return (datetime(2028, 4, 30, tzinfo=UTC) + timedelta(days=day)).date().isoformat()


def put_rules(api: Api, unit: str, **rules: Any) -> httpx.Response:
    return api.request("PUT", f"/v1/units/{unit}/rate_rules", json=rules)


def with_gap(manager: Manager, start: int, end: int, **rules: Any) -> str:
    """A unit of which only these nights of May are free until its 20th."""
    unit = manager.new_unit()
    manager.booking(unit, may(1), may(start))
    manager.booking(unit, may(end), may(20))
    ok(put_rules(manager.api, unit, **({"min_stay": 5, "gap_min_stay": 2} | rules)), 200)
    return unit


def limit(answer: httpx.Response) -> int:
    """The minimum stay that a refusal names, and nothing else."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "stay_not_allowed"), answer.text
    assert [reason["code"] for reason in problem["reasons"]] == ["min_stay"]
    return int(problem["reasons"][0]["limit"])


def quoted(api: Api, unit: str, start: int, end: int) -> int | None:
    """None when the stay is allowed, else the minimum that it lacks."""
    answer = api.quote(unit, may(start), may(end))
    return None if answer.status_code == 201 else limit(answer)


def found(manager: Manager, start: int, end: int) -> set[str]:
    page = ok(manager.api.availability(may(start), may(end), property_id=manager.property_id), 200)
    return {one["unit_id"] for one in page["data"]}


def shut(api: Api, unit: str, start: int, end: int) -> list[int]:
    """The nights of May that are free and cannot be booked."""
    nights: list[Json] = ok(api.calendar(unit, may(start), may(end)), 200)["data"]
    return [start + number for number, one in enumerate(nights) if one["state"] == "free" and one["reasons"]]


def test_a_gap_is_sold_whole_and_not_in_pieces_by_every_way_in(alice: Manager) -> None:
    unit = with_gap(alice, 5, 8)
    assert shut(alice.api, unit, 1, 20) == []
    for piece in ((5, 7), (6, 8), (5, 6), (6, 7)):
        stay = [may(day) for day in piece]
        assert limit(alice.api.quote(unit, *stay)) == 3
        assert limit(alice.api.hold(unit, *stay)) == 3
        assert limit(alice.api.book(unit, *stay)) == 3
        assert unit not in found(alice, *piece)
    assert found(alice, 5, 8) == {unit}
    ok(alice.api.quote(unit, may(5), may(8)))
    hold = ok(alice.api.hold(unit, may(5), may(8)))
    quote = ok(alice.api.quote(unit, may(5), may(8)))  # who holds the gap is not in their own way
    ok(alice.api.book(unit, may(5), may(8), hold_id=hold["id"], quote_id=quote["id"], guest=fresh_guest()))
    assert found(alice, 5, 8) == set()


def test_a_gap_that_is_too_short_even_for_gaps_stays_shut(alice: Manager) -> None:
    unit = with_gap(alice, 5, 6)
    assert (quoted(alice.api, unit, 5, 6), shut(alice.api, unit, 1, 20), found(alice, 5, 6)) == (2, [5], set())


def test_without_the_rule_and_where_nothing_follows_the_minimum_stays_what_it_is(alice: Manager) -> None:
    unit = with_gap(alice, 5, 8, gap_min_stay=None)
    assert (quoted(alice.api, unit, 5, 8), shut(alice.api, unit, 1, 20)) == (5, [5, 6, 7])
    ok(put_rules(alice.api, unit, min_stay=5, gap_min_stay=1), 200)
    assert [quoted(alice.api, unit, 5, 8), quoted(alice.api, unit, 20, 24), quoted(alice.api, unit, 20, 25)] == [
        None, 5, None,
    ]  # fmt: skip


def test_the_minimum_is_that_of_the_day_of_arrival_and_closed_days_stay_closed(alice: Manager) -> None:
    unit = with_gap(alice, 5, 8, min_stay=None)
    longer = {"start": may(5), "end": may(6), "min_stay": 4}
    ok(alice.api.set_rates(unit, [longer]), 200)
    assert [quoted(alice.api, unit, 5, 8), quoted(alice.api, unit, 5, 7), quoted(alice.api, unit, 6, 7)] == [
        None, 3, None,
    ]  # fmt: skip
    ok(alice.api.set_rates(unit, [longer | {"closed_to_arrival": True}]), 200)
    refused = alice.api.quote(unit, may(5), may(8)).json()
    assert [one["code"] for one in refused["reasons"]] == ["closed_to_arrival"]


def test_days_of_preparation_are_no_nights_of_a_gap(alice: Manager) -> None:
    unit = with_gap(alice, 5, 10, preparation_days=1)
    assert shut(alice.api, unit, 1, 20) == [5, 9]  # for preparation: the gap has three nights
    assert [quoted(alice.api, unit, 6, 9), quoted(alice.api, unit, 6, 8)] == [None, 3]
    assert (found(alice, 6, 9), found(alice, 6, 8)) == ({unit}, set())
    alice.booking(unit, may(6), may(9))


@pytest.mark.parametrize("held", [(8, 13), (0, 5)])
def test_a_hold_bounds_no_gap_until_it_is_a_booking(alice: Manager, held: tuple[int, int]) -> None:
    unit = alice.new_unit()
    for stay in {(0, 5), (8, 13)} - {held}:
        alice.booking(unit, *map(may, stay))
    hold = ok(alice.api.hold(unit, *map(may, held)))
    ok(put_rules(alice.api, unit, min_stay=5, gap_min_stay=1), 200)
    assert (quoted(alice.api, unit, 5, 8), found(alice, 5, 8), shut(alice.api, unit, 5, 8)) == (5, set(), [5, 6, 7])
    alice.booking(unit, *map(may, held), hold_id=hold["id"])
    assert (quoted(alice.api, unit, 5, 8), found(alice, 5, 8), shut(alice.api, unit, 5, 8)) == (None, {unit}, [])


def test_leases_and_blocks_bound_a_gap(alice: Manager) -> None:
    unit = alice.new_unit()
    ok(put_rules(alice.api, unit, min_stay=5, gap_min_stay=1), 200)
    block = ok(alice.api.block(unit, may(1), may(5)))
    lease = ok(alice.api.create_lease(unit, may(8)))
    assert quoted(alice.api, unit, 5, 8) == 5  # a draft takes no nights
    ok(alice.api.lease(lease["id"], "activate"), 200)
    assert (quoted(alice.api, unit, 5, 8), quoted(alice.api, unit, 6, 8), found(alice, 5, 8)) == (None, 3, {unit})
    assert alice.api.delete_block(block["id"]).status_code == 204
    assert (quoted(alice.api, unit, 5, 8), found(alice, 5, 8)) == (5, set())


def test_a_quote_keeps_the_price_and_a_hold_the_gap_when_a_neighbour_goes(alice: Manager) -> None:
    unit, other = with_gap(alice, 5, 8), alice.new_unit()
    stay = {"unit_id": unit, "check_in": may(5), "check_out": may(8)}
    quote, hold = ok(alice.api.quote(unit, may(5), may(8))), ok(alice.api.hold(unit, may(5), may(8), guests=2))
    after = next(one for one in alice.api.list_bookings(unit_id=unit).json()["data"] if one["check_in"] == may(8))
    ok(alice.api.cancel(after["id"]), 200)
    booked = ok(alice.api.book(**stay, hold_id=hold["id"], guest=fresh_guest()))
    assert booked["total"] == quote["total"]
    ok(alice.api.move(booked["id"], unit_id=other), 200)
    assert limit(alice.api.book(**stay, quote_id=quote["id"])) == 5
    staff = ok(alice.api.book(**stay, quote_id=quote["id"], ignore_restrictions=True))
    assert staff["total"] == quote["total"]


def test_of_a_group_none_bounds_the_gap_of_another(alice: Manager) -> None:
    unit, other = with_gap(alice, 5, 8), with_gap(alice, 6, 8)

    def group(*stays: tuple[str, int, int]) -> httpx.Response:
        return alice.api.post("/v1/booking_groups", {"bookings": [
            {"unit_id": unit, "check_in": may(start), "check_out": may(end), "guests": 2, "guest": fresh_guest()}
            for unit, start, end in stays
        ]})  # fmt: skip

    refused = group((other, 6, 8), (unit, 5, 7), (unit, 7, 8))
    assert (limit(refused), refused.json()["param"]) == (3, "bookings.1")
    assert found(alice, 6, 8) == {other}
    ok(group((other, 6, 8), (unit, 5, 8)))


def test_a_booking_does_not_bound_the_gap_that_it_moves_to(alice: Manager) -> None:
    unit = alice.new_unit()
    alice.booking(unit, may(1), may(5))
    alice.booking(unit, may(13), may(20))
    booking = alice.booking(unit, may(5), may(10))
    ok(put_rules(alice.api, unit, min_stay=5, gap_min_stay=1), 200)

    def move(**where: Any) -> httpx.Response:
        return alice.api.move(booking["id"], **where)

    # Three nights would fill what the booking leaves, but with its own nights the gap has eight.
    assert limit(move(check_in=may(10), check_out=may(13))) == 5
    other = with_gap(alice, 7, 10)
    piece = {"unit_id": other, "check_in": may(7), "check_out": may(9)}
    assert limit(move(**piece)) == 3
    assert ok(move(**piece, dry_run=True), 200)["rules"] == [{"code": "min_stay", "limit": 3}]
    assert ok(move(unit_id=other, check_in=may(7), check_out=may(10), dry_run=True), 200)["rules"] == []
    moved = ok(move(unit_id=other, check_in=may(7), check_out=may(10)), 200)
    assert (moved["unit_id"], moved["check_in"], moved["check_out"]) == (other, may(7), may(10))
    assert limit(move(check_in=may(8), check_out=may(10))) == 3


def test_what_takes_a_room_bounds_the_gap_of_the_villa_and_the_other_way_round(alice: Manager) -> None:
    villa, room, other = alice.new_units(3)
    ok(alice.api.set_parts(villa, [room, other]), 200)
    for unit in (villa, room, other):
        ok(put_rules(alice.api, unit, min_stay=4, gap_min_stay=1), 200)
    alice.booking(room, may(1), may(5))
    alice.booking(other, may(8), may(12))
    assert found(alice, 5, 8) == {villa}
    assert [quoted(alice.api, unit, 5, 8) for unit in (villa, room, other)] == [None, 4, 4]
    assert shut(alice.api, villa, 1, 12) == []
    assert [quoted(alice.api, villa, 5, 7), quoted(alice.api, villa, 12, 15)] == [3, 4]
    whole = alice.booking(villa, may(5), may(8))
    assert limit(alice.api.move(whole["id"], check_in=may(5), check_out=may(7))) == 3
    alice.booking(villa, may(14), may(18))
    assert [quoted(alice.api, unit, 12, 14) for unit in (villa, other, room)] == [None, None, 4]


def test_today_and_the_notice_bound_a_gap_from_the_left(alice: Manager) -> None:
    space = Space(alice)
    ok(space.api.book(space.unit, may(8), may(20), status="confirmed", guest=fresh_guest()))
    ok(put_rules(space.api, space.unit, min_stay=5, gap_min_stay=1), 200)
    space.at(datetime(2028, 5, 2, 21, 59, tzinfo=UTC))  # a minute before the 3rd in Zurich
    assert [quoted(space.api, space.unit, 2, 8), quoted(space.api, space.unit, 4, 8)] == [None, 5]
    space.at(datetime(2028, 5, 3, 22, tzinfo=UTC))
    assert [quoted(space.api, space.unit, start, 8) for start in (3, 4, 5)] == [None, None, 4]
    assert shut(space.api, space.unit, 4, 8) == []
    assert limit(space.api.quote(space.unit, may(4), may(7))) == 4
    ok(put_rules(space.api, space.unit, min_stay=5, gap_min_stay=1, advance_notice_days=2), 200)
    assert [quoted(space.api, space.unit, 6, 8), quoted(space.api, space.unit, 7, 8)] == [None, 2]


def test_of_many_who_want_a_gap_at_once_one_has_it_and_the_others_hear_by_whom(alice: Manager) -> None:
    unit = with_gap(alice, 5, 8)

    async def race() -> list[httpx.Response]:
        async with alice.api.many() as calls:
            return await asyncio.gather(*[calls.book(unit, may(5), may(8)) for _ in range(8)])

    answers = asyncio.run(race())
    codes = Counter(one.json().get("code") for one in answers)
    assert codes == {None: 1, "unit_unavailable": 7}


def test_search_quote_and_calendar_agree_on_every_stay_of_three_weeks(alice: Manager) -> None:
    unit = with_gap(alice, 3, 6, min_stay=4)
    ok(alice.api.block(unit, may(22), may(23)))
    ok(alice.api.block(unit, may(27), may(28)))
    held = set[int]()
    for start in range(18, 34):
        for end in range(start + 1, start + 6):
            free = unit in found(alice, start, end)
            taken = any(day in range(start, end) for day in (18, 19, 22, 27))
            assert free == (not taken and quoted(alice.api, unit, start, end) is None), (start, end)
            held |= set(range(start, end)) if free else set()
    assert shut(alice.api, unit, 18, 34) == [day for day in range(20, 34) if day not in held | {22, 27}] == []
    ok(put_rules(alice.api, unit, min_stay=4, gap_min_stay=3), 200)
    assert shut(alice.api, unit, 18, 34) == [20, 21]


def test_a_minimum_for_gaps_above_the_minimum_is_refused_and_changes_nothing(alice: Manager) -> None:
    unit = alice.new_unit()
    made = ok(put_rules(alice.api, unit, min_stay=3, gap_min_stay=3), 200)
    assert made["gap_min_stay"] == 3
    refused = put_rules(alice.api, unit, min_stay=3, gap_min_stay=4)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["param"]) == (422, "invalid_stay_bounds", "gap_min_stay")
    assert ok(alice.api.get(f"/v1/units/{unit}/rate_rules"), 200) == made


@pytest.mark.parametrize("parts", [0, 2])
def test_a_gap_costs_two_rows_of_the_unit_and_of_each_part_and_only_where_the_rules_ask(
    alice: Manager, parts: int
) -> None:
    unit, *rooms = alice.new_units(1 + parts)
    if rooms:
        ok(alice.api.set_parts(unit, rooms), 200)
    for start, end in ((1, 3), (3, 5), (8, 10), (10, 12)):
        alice.booking(unit, may(start), may(end))

    def costs(**rules: Any) -> list[tuple[int, int]]:
        ok(put_rules(alice.api, unit, **rules), 200)
        asked = [alice.api.quote(unit, may(5), may(8)) for _ in range(2)]
        answers = [asked[1], alice.api.availability(may(5), may(8), property_id=alice.property_id)]
        return [(cost["statements"], cost["rows_read"]) for cost in map(cost_of, answers)]

    plain, asking = costs(min_stay=3), costs(min_stay=3, gap_min_stay=2)
    to_name_the_parts = parts
    assert asking == [(made, read + 2 * (1 + parts) + to_name_the_parts) for made, read in plain]
