"""What is read of the ledger around a stay, and that search, quote, calendar and the writing batch go by the same."""

from __future__ import annotations

import json
import sqlite3

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.gaps import DAY0, RULES, SEASONS, STAYS, Stay, apart, day, gap_of, iso, nights_of, numbers
from support.in_memory import InMemory
from support.schema import with_unit

from api.stays.availability import repository as availability
from api.stays.availability.repository import Wanted
from api.stays.calendar import repository as calendar
from api.stays.calendar.repository import TakenRow
from api.stays.calendar.rules import Nights
from api.stays.rates import repository
from api.stays.rates.neighbours import Neighbours, gap_around
from api.stays.rates.repository import OfferRow
from api.stays.rates.rules import reasons_against, terms_of
from api.stays.rates.seasons import Season
from api.stays.rates.views import RateRules, Reason
from propflow.bindings.d1 import Statement

NOW = 1_000
# Two villas that share a room; `d` is a part of nothing.
PARTS = {"villa": ["a", "b"], "wing": ["b", "c"], "a": [], "b": [], "c": [], "d": []}
Write = tuple[str, int, int, int | None]
"""Whose nights, from when, how many, and until when they are held."""
UNITS = st.sampled_from(sorted(PARTS))
WRITES = st.lists(
    st.tuples(UNITS, st.integers(0, 40), st.integers(1, 4), st.sampled_from([None, None, NOW, NOW + 1])),
    min_size=2, max_size=14,
)  # fmt: skip
OCCUPY = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, expires_at, created_at, updated_at)
VALUES ('ten_1', ?, ?, ?, ?, ?, 'r', ?, 0, 0)"""


def house() -> InMemory:
    core = InMemory("core")
    with_unit(core.db).execute("DELETE FROM units")
    for unit in PARTS:
        core.db.execute(
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'prop_1', 'U', 2, 100, 0, 0)", (unit,),
        )  # fmt: skip
    parts = [(unit, part) for unit in PARTS for part in PARTS[unit]]
    core.db.executemany("INSERT INTO unit_parts VALUES ('ten_1', ?, ?, '2026-01-01')", parts)
    return core


HOUSE = house()


def furnish(writes: list[Write], rules: RateRules, seasons: list[Season]) -> None:
    """The house with these nights taken, as far as nobody else has them, and with these rules for each unit."""
    for table in ("occupancies", "rates", "rate_rules"):
        HOUSE.db.execute(f"DELETE FROM {table}")
    for number, (unit, start, count, expires_at) in enumerate(writes):
        occupy(f"o{number}", unit, (start, start + count), expires_at)
    for unit in PARTS:
        for statement in (
            repository.put_rules("ten_1", unit, rules, NOW), *repository.replace_all("ten_1", unit, seasons, "r")
        ):  # fmt: skip
            HOUSE._one(statement)


def occupy(occupancy: str, unit: str, stay: Stay, expires_at: int | None = None) -> bool:
    """Whether the nights could be taken."""
    kind = "booking" if expires_at is None else "hold"
    try:
        HOUSE.db.execute(OCCUPY, (occupancy, unit, iso(stay[0]), iso(stay[1]), kind, expires_at))
    except sqlite3.IntegrityError:
        return False
    return True


def read(statement: Statement) -> list[OfferRow]:
    return msgspec.convert(json.loads(bytes(HOUSE._one(statement).results)), list[OfferRow], strict=False)


def search(stay: Stay) -> list[OfferRow]:
    wanted = Wanted(check_in=iso(stay[0]), check_out=iso(stay[1]), guests=1)
    return read(availability.search("ten_1", None, wanted, now=NOW, after="", limit=50))


def offer(unit: str, stay: Stay, own: str = "") -> OfferRow:
    (row,) = read(repository.offer("ten_1", None, unit, iso(stay[0]), iso(stay[1]), NOW, own=[own]))
    return row


def against(row: OfferRow, stay: Stay, today: int) -> list[Reason]:
    return reasons_against(terms_of(row), day(stay[0]), day(stay[1]), day(today), row.neighbours())


def taken(unit: str, own: str = "", *, firm: bool = False) -> list[Stay]:
    """What else than `own` takes from the unit or a part of it; `firm` is what does not run out."""
    units = json.dumps([unit, *PARTS[unit]])
    rows = HOUSE.db.execute(
        "SELECT start_date, end_date FROM occupancies WHERE live = 1 AND unit_id IN (SELECT value FROM json_each(?))"
        " AND coalesce(main_id, id) <> ? AND (expires_at IS NULL OR expires_at > ?)",
        (units, own, 1e18 if firm else NOW),
    )  # fmt: skip
    return [numbers(*row) for row in rows]


@settings(max_examples=150, deadline=None)
@given(WRITES, STAYS, st.integers(0, 13), st.sampled_from([0, 1]))
def test_what_is_read_around_a_stay_is_what_the_unit_and_its_parts_are_taken_by_for_good(
    writes: list[Write], stay: Stay, own: int, days: int
) -> None:
    rules = RateRules(gap_min_stay=2, min_stay=7, preparation_days=days)
    furnish(writes, rules, [])
    searched = {row.id: row.around for row in search(stay)}
    for unit in PARTS:
        for who in ("", f"o{own}"):
            row = offer(unit, stay, who)
            found = gap_around(row.neighbours(), rules, DAY0, day(stay[0]), day(stay[1]))
            assert found == gap_of(apart(taken(unit, who, firm=True), stay), rules, 0, stay), (unit, who)
            assert who or searched.get(unit, row.around) == row.around


@settings(max_examples=150, deadline=None)
@given(WRITES, STAYS, RULES, SEASONS, st.integers(-5, 40))
def test_a_search_finds_just_the_units_that_are_free_and_that_a_quote_accepts(
    writes: list[Write], stay: Stay, rules: RateRules, seasons: list[Season], today: int
) -> None:
    furnish(writes, rules, seasons)
    free = {unit for unit in PARTS if nights_of([stay]).isdisjoint(nights_of(taken(unit)))}
    accepted = {unit for unit in PARTS if not against(offer(unit, stay), stay, today)}
    assert {row.id for row in search(stay) if not against(row, stay, today)} == free & accepted


@settings(max_examples=100, deadline=None)
@given(WRITES, STAYS, RULES, UNITS)
def test_the_batch_that_takes_the_nights_keeps_apart_whom_a_quote_keeps_apart(
    writes: list[Write], stay: Stay, rules: RateRules, unit: str
) -> None:
    furnish(writes, rules, [])
    near = any(one.code == "prep" for one in against(offer(unit, stay), stay, 0))
    assume(occupy("own", unit, stay))
    statement = repository.keep_apart("ten_1", unit, ["own"], iso(stay[0]), iso(stay[1]), rules.preparation_days, NOW)
    try:
        HOUSE._one(statement)
    except sqlite3.DatabaseError:
        assert near
    else:
        assert not near


@settings(max_examples=150, deadline=None)
@given(WRITES, RULES, st.booleans(), UNITS, st.integers(-5, 25))
def test_the_calendar_opens_just_the_nights_of_stays_that_a_search_finds(
    writes: list[Write], rules: RateRules, dearer: bool, unit: str, today: int
) -> None:
    furnish(writes, rules, [Season(iso(14), iso(17), None, 6)] if dearer else [])
    first, last, longest = 12, 20, 8  # no minimum is more, so no longer stay opens a night that these do not
    rows = json.loads(bytes(HOUSE._one(calendar.taken("ten_1", unit, iso(first), iso(last), NOW)).results))
    terms = terms_of(offer(unit, (0, 60)))
    shown = Nights(terms, msgspec.convert(rows, list[TakenRow]), day(first), day(last), day(today))
    shut, found = nights_of(taken(unit)), set[int]()
    for start in range(first - longest, last):
        for end in range(max(start, first) + 1, start + longest + 1):
            stay, nights = (start, end), nights_of([(start, end)])
            if nights.isdisjoint(shut) and not nights <= found and not against(offer(unit, stay), stay, today):
                found |= nights
    assert {night for night in range(first, last) if not shown.of(day(night))[1]} == found & set(range(first, last))


def test_nothing_is_read_around_a_stay_where_gaps_have_no_minimum_of_their_own() -> None:
    furnish([("d", 1, 2, None)], RateRules(min_stay=5), [])
    row = offer("d", (4, 5))
    assert (row.around, row.neighbours()) == (None, Neighbours())
