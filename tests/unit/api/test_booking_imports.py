"""Bookings of another system, imported into a database in memory, against plain sets of nights."""

from __future__ import annotations

import functools
import json
import sqlite3
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.core.context import Context
from api.edge.answers import Answer
from api.inventory.imports import service
from api.inventory.units import repository as units
from api.occupancies import changes, probes
from api.stays.booking_imports import rows as booking_rows
from api.stays.booking_imports import service as of_bookings
from api.stays.booking_imports.overlaps import Wanted, overlaps
from api.stays.booking_imports.schemas import BOOKINGS
from api.stays.bookings import repository
from api.stays.bookings.repository import KnownRow
from api.stays.sales import Sale, stay_of
from propflow import prices
from propflow.bindings.d1 import Statement
from propflow.errors import Unprocessable
from propflow.models import PriceLine
from tests.unit.api.use_cases import UseCases
from tests.unit.calsync.core_database import Core

DAY0, TODAY = date(2027, 1, 1), 14
NOW = 1_800_014_400_000  # 2027-01-15T12:00:00Z
SHARED = 10  # from this day on the rooms are parts of the villa
UNITS = ("villa", "room_1", "room_2", "flat")
STATES = ("pending", "confirmed", "checked_in", "checked_out", "cancelled", "no_show")
HEAD = "reference,unit_id,status,check_in,check_out,guest.name,total\n"
Night = tuple[str, int]


def iso(number: int) -> str:
    return (DAY0 + timedelta(days=number)).isoformat()


class Stay(msgspec.Struct, frozen=True):
    """A stay from one day to another, counted from DAY0."""

    unit: str
    start: int
    end: int
    status: str = "confirmed"

    def row(self, reference: str) -> str:
        return f"{reference},{self.unit},{self.status},{iso(self.start)},{iso(self.end)},Ada,100\n"

    @property
    def is_possible(self) -> bool:
        """Whether its state can have come about by TODAY."""
        if self.status == "checked_in":
            return self.start <= TODAY <= self.end
        return self.status not in ("checked_out", "no_show") or self.start <= TODAY

    def taken(self) -> set[Night]:
        """The nights that nobody else can have."""
        left = {"cancelled": self.start, "checked_out": TODAY, "no_show": TODAY + 1}.get(self.status, self.end)
        end = min(self.end, left)
        rooms = ("room_1", "room_2") if self.unit == "villa" and end > SHARED else ()
        return {(unit, day) for unit in (self.unit, *rooms) for day in range(self.start, end)}


stays = st.builds(
    lambda unit, start, length, status: Stay(unit, start, start + length, status),
    st.sampled_from(UNITS), st.integers(0, 28), st.integers(1, 8), st.sampled_from(STATES),
)  # fmt: skip


def add_unit(core: Core, ident: str, home: str, reference: str) -> None:
    core.run(
        "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, reference, created_at,"
        " updated_at) VALUES ('ten_1', ?, ?, 'U', 2, 100, ?, 0, 0)", ident, home, reference,
    )  # fmt: skip


@functools.cache
def built() -> tuple[Core, Core]:
    """A house as it is built, and one to live in: to migrate a database takes longer than to copy it."""
    pristine = Core()
    for unit in UNITS:
        add_unit(pristine, unit, "prop_1", f"R-{unit}")
    for room in ("room_1", "room_2"):
        pristine.run("INSERT INTO unit_parts VALUES ('ten_1', 'villa', ?, ?)", room, iso(SHARED))
    return pristine, Core()


class House:
    """A villa of two rooms and a flat, with what is on their calendars. There is one at a time."""

    def __init__(self) -> None:
        pristine, self.core = built()
        pristine.db.backup(self.core.db)
        self.api = UseCases(self.core, NOW)

    def occupy(self, ident: str, stay: Stay, kind: str = "owner", expires_at: int | None = None) -> bool:
        """Whether the database lets somebody else take these nights."""
        try:
            self.core.run(
                "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, expires_at,"
                " created_at, updated_at) VALUES ('ten_1', ?, ?, ?, ?, ?, 'ref_1', ?, 0, 0)",
                ident, stay.unit, iso(stay.start), iso(stay.end), kind, expires_at,
            )  # fmt: skip
        except sqlite3.IntegrityError:
            return False
        return True

    def run(self, csv: str, *, dry_run: bool = False) -> dict[str, Any]:
        """The report of an import."""
        answer = self.api.ask(lambda ctx: service.run(ctx, of_bookings.KIND, csv, BOOKINGS, dry_run=dry_run))
        return dict(json.loads(answer.body))

    def live(self) -> set[Night]:
        rows = self.core.run("SELECT unit_id, start_date, end_date FROM occupancies WHERE live = 1")
        return {
            (row["unit_id"], day)
            for row in rows
            for day in range(*((date.fromisoformat(row[name]) - DAY0).days for name in ("start_date", "end_date")))
        }

    def counts(self) -> list[int]:
        return [self.core.number(table) for table in ("bookings", "occupancies", "events", "outbox")]


def told(report: dict[str, Any]) -> list[str]:
    """Of each line what becomes of it, or the code of what is wrong."""
    return [line["errors"][0]["code"] if line["errors"] else line["action"] for line in report["lines"]]


def expected(house: House, lines: list[Stay]) -> list[str]:
    """The same from sets of nights: first what the state says, then the lines before, then the calendar."""
    found, wanted, calendar = [], set[Night](), house.live()
    for one in lines:
        if not one.is_possible:
            found.append("too_late" if one.status == "checked_in" and one.end < TODAY else "too_early")
        elif one.taken() & wanted:
            found.append("lines_overlap")
        else:
            found.append("unit_unavailable" if one.taken() & calendar else "create")
            wanted |= one.taken()
    return found


def csv_of(lines: list[Stay]) -> str:
    return HEAD + "".join(one.row(f"B-{number}") for number, one in enumerate(lines))


@given(st.lists(stays, max_size=4), st.lists(stays, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_dry_run_tells_what_the_database_would_refuse_and_nothing_else(others: list[Stay], lines: list[Stay]) -> None:
    house = House()
    for number, other in enumerate(others):
        house.occupy(f"occ_{number}", other)
    before, calendar = house.counts(), house.live()
    report = house.run(csv_of(lines), dry_run=True)
    assert told(report) == expected(house, lines)
    assert house.counts() == before
    if report["failed"]:
        with pytest.raises(Unprocessable, match="lines_refused"):
            house.run(csv_of(lines))
        assert house.counts() == before
    good = [one for one, action in zip(lines, told(report), strict=True) if action == "create"]
    if not good:
        return
    assert house.run(csv_of(good))["created"] == len(good)
    live = calendar.union(*(one.taken() for one in good))
    assert house.live() == live
    for one in lines:
        if one.status in ("pending", "confirmed") and one.taken() & live:
            assert not house.occupy("occ_again", one), "what was refused can be had"
    after = house.counts()
    assert told(house.run(csv_of(good))) == ["unchanged"] * len(good)
    assert house.counts() == after


@given(st.lists(stays.filter(lambda one: one.is_possible), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_of_an_import_nobody_is_told_but_each_calendar_once(lines: list[Stay]) -> None:
    house, good = House(), list[Stay]()
    for one in lines:
        if not any(one.taken() & other.taken() for other in good):
            good.append(one)
    house.run(csv_of(good))
    events = house.core.run("SELECT type, unit_id FROM events ORDER BY position")
    assert [(row["type"], row["unit_id"]) for row in events] == [("booking.created", one.unit) for one in good]
    sent = house.core.run("SELECT message ->> 'unit_id' AS unit, waiting FROM outbox WHERE waiting <> 16")
    assert sorted((row["unit"], row["waiting"]) for row in sent) == sorted(
        (unit, 4 | 16) for unit in {one.unit for one in good if one.taken()}
    )
    assert house.core.number("outbox") == len(good)


ranges = st.builds(
    lambda units, start, length: Wanted(tuple(sorted(units)), iso(start), iso(start + length)),
    st.sets(st.sampled_from("abc"), min_size=1), st.integers(0, 20), st.integers(1, 6),
)  # fmt: skip


@given(st.lists(ranges, max_size=12))
def test_a_line_is_at_fault_where_an_earlier_one_has_a_night_of_it(wanted: list[Wanted]) -> None:
    taken: dict[Night, int] = {}
    found = {}
    for place, one in enumerate(wanted):
        days = [(date.fromisoformat(day) - DAY0).days for day in (one.start, one.end)]
        mine = {(unit, day) for unit in one.units for day in range(*days)}
        if owners := {taken[night] for night in mine if night in taken}:
            found[place] = owners
        else:
            taken |= dict.fromkeys(mine, place)
    named = overlaps(wanted)
    assert named.keys() == found.keys() and all(named[place] in owners for place, owners in found.items())


@given(st.integers(0, 10**12), st.integers(1, 400), st.integers(1, 9))
def test_the_price_of_the_file_is_that_of_its_sale_line_by_line(amount: int, length: int, guests: int) -> None:
    fields = {"total": {"amount": amount, "currency": "CHF"}, "check_in": iso(0), "check_out": iso(length),
              "guests": guests}  # fmt: skip
    price = booking_rows.price(fields, length)
    lines = msgspec.json.decode(price.lines, type=list[PriceLine])
    sale = msgspec.json.decode(price.sale or "", type=Sale)
    assert sum(line.amount for line in lines) == price.total.amount == amount
    again = prices.price(stay_of(sale, "CHF"))
    assert (again.total, again.lines) == (price.total, lines)
    assert (sum(run.count for run in sale.runs), sale.guests, sale.charges) == (length, guests, [])


def test_a_line_says_what_is_in_its_way() -> None:
    house = House()
    house.occupy("occ_block", Stay("room_1", 20, 22))
    house.occupy("occ_cart", Stay("flat", 20, 22), "hold", NOW + 1)
    house.occupy("occ_gone", Stay("flat", 24, 26), "hold", NOW)
    lines = [Stay("villa", 21, 24), Stay("flat", 21, 23), Stay("flat", 24, 26), Stay("flat", 25, 27)]
    villa, flat, free, second = house.run(csv_of(lines), dry_run=True)["lines"]
    [error] = villa["errors"]
    assert (error["column"], error["code"]) == ("check_in", "unit_unavailable")
    assert error["detail"] == "The unit is taken from 2027-01-21 to 2027-01-23 (owner occ_block)."
    assert error["conflicts"] == [
        {"occupancy_id": "occ_block", "kind": "owner", "start": "2027-01-21", "end": "2027-01-23", "source": "direct"}
    ]
    assert [one["occupancy_id"] for one in flat["errors"][0]["conflicts"]] == ["occ_cart"]
    assert free["action"] == "create"
    assert second["errors"][0]["detail"] == "Line 4 has some of these nights already."


def line(**cells: str) -> str:
    """A file of one line."""
    said = {"reference": "B-1", "unit_id": "flat", "check_in": iso(20), "check_out": iso(22), "guest.name": "Ada",
            "total": "100"} | cells  # fmt: skip
    return f"{','.join(said)}\n{','.join(said.values())}\n"


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"unit_id": ""}, ("unit_reference", "missing")), ({"unit_id": "unit_9"}, ("unit_id", "unit_not_found")),
        ({"unit_id": "", "unit_reference": "R-9"}, ("unit_reference", "unit_not_found")),
        ({"property_id": "prop_9"}, ("unit_id", "unit_not_found")),
        ({"unit_reference": "R-villa"}, ("unit_id", "unit_not_found")),
        ({"status": "booked"}, ("status", "literal_error")), ({"guests": "0"}, ("guests", "greater_than_equal")),
        ({"check_in": "20.01.27"}, ("check_in", "value_error")),
        ({"check_in": "1/2/2027"}, ("check_in", "ambiguous_date")),
        ({"check_out": iso(20)}, ("check_out", "invalid_stay")),
        ({"guest.name": ""}, ("guest.name", "missing")), ({"guest.email": "ada"}, ("guest.email", "value_error")),
        ({"guest.phone": "079 123 45 67"}, ("guest.phone", "value_error")), ({"total": ""}, ("total", "missing")),
        ({"total": "1.234"}, ("total", "invalid_total")), ({"total": "-5"}, ("total", "invalid_total")),
        ({"currency": "EUR"}, ("currency", "wrong_currency")), ({"source": "Airbnb"}, ("source", "literal_error")),
        ({"cancellation_policy": "lax"}, ("cancellation_policy", "literal_error")),
        ({"reference": ""}, ("reference", "missing")),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_taken_names_the_column(cells: dict[str, str], fault: tuple[str, str]) -> None:
    house = House()
    [found] = house.run(line(**cells), dry_run=True)["lines"]
    assert fault in [(error["column"], error["code"]) for error in found["errors"]]


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"status": "Checked in", "check_in": iso(14)}, {"status": "checked_in"}),
        ({"status": "No-show", "check_in": iso(14)}, {"status": "no_show"}),
        ({"status": "CANCELED"}, {"status": "cancelled"}), ({"total": "1'234.50 CHF"}, {"total_amount": 123_450}),
        ({"check_in": "20.1.2027", "check_out": "22.01.2027"}, {"check_in": "2027-01-20", "check_out": "2027-01-22"}),
        ({"check_in": "1/2/2027", "check_out": "1/22/2027"}, {"check_in": "2027-01-02"}),
        ({"currency": "chf"}, {"currency": "CHF"}), ({"guests": "9"}, {"guests": 9}),
        ({"unit_id": "", "unit_reference": "R-room_1", "property_id": "prop_1"}, {"unit_id": "room_1"}),
        ({"guest.phone": "+41 79 123 45 67"}, {"guest_phone": "+41791234567"}),
        ({"cancellation_policy": "strict"}, {"refund_amount": None}),
        ({"notes": '"Late\r\nTwo cots\rThanks"'}, {"notes": "Late\nTwo cots\nThanks"}),
    ],
)  # fmt: skip
def test_cells_are_read_as_people_write_them(cells: dict[str, str], shown: dict[str, Any]) -> None:
    house = House()
    assert told(house.run(line(**cells))) == ["create"]
    [row] = house.core.run("SELECT * FROM bookings")
    assert {name: row[name] for name in shown} == shown


@pytest.mark.parametrize(("status", "settled"), [(state, state not in ("pending", "cancelled")) for state in STATES])
def test_what_the_other_system_has_invoiced_is_remembered(status: str, settled: bool) -> None:
    house = House()
    house.run(line(status=status, check_in=iso(14), total="80.50"))
    [row] = house.core.run("SELECT invoiced_elsewhere, refund_amount FROM bookings")
    assert row["invoiced_elsewhere"] == ('{"amount":8050,"currency":"CHF"}' if settled else None)
    assert row["refund_amount"] is None


def test_a_line_that_says_something_else_is_told_until_the_booking_lives_here() -> None:
    house = House()
    house.run(line())
    corrected = line(check_out=iso(23), total="150", notes="late")
    [found] = house.run(corrected, dry_run=True)["lines"]
    assert [(error["column"], error["code"]) for error in found["errors"]] == [
        ("check_out", "booking_differs"), ("total", "booking_differs"), ("notes", "booking_differs"),
    ]  # fmt: skip
    with pytest.raises(Unprocessable, match="lines_refused"):
        house.run(corrected)
    assert told(house.run(line(unit_id="villa"), dry_run=True)) == ["booking_differs"]
    house.core.run("UPDATE units SET status = 'archived' WHERE id = 'flat'")
    assert told(house.run(line())) == ["unchanged"], "what is here already needs no unit that is let"
    house.core.run("UPDATE bookings SET status = 'cancelled', version = 2")
    assert told(house.run(line(total="150", notes="late"))) == ["unchanged"]
    assert house.core.run("SELECT status, check_out, total_amount FROM bookings") == [
        {"status": "cancelled", "check_out": iso(22), "total_amount": 10_000}
    ]


LONGER = {"check_in": iso(20), "check_out": iso(24)}
THERE = {"unit_id": "villa", "check_in": iso(2), "check_out": iso(4), "guest.name": "Bob"}  # somebody else
IN_PARTS = json.dumps([{"unit_id": "room_1", "occupancy_id": "occ_2", "start": iso(21)}])


@pytest.mark.parametrize(
    ("first", "here", "then", "differ"),
    [
        ({}, "notes = 'Late'", {}, []), ({}, "notes = 'Late'", {"guests": "3", "total": "150"}, []),
        ({}, "notes = 'Late'", {"check_out": iso(21)}, []), ({}, "notes = 'Late'", LONGER, ["check_out"]),
        ({}, "notes = 'Late'", THERE, ["unit_id", "check_in", "check_out"]),
        ({}, "status = 'cancelled'", {}, []), ({}, "status = 'cancelled'", LONGER, ["check_out"]),
        ({}, "status = 'cancelled'", THERE | {"status": "cancelled"}, []),
        ({}, "unit_id = 'villa', check_in = '2027-03-01', check_out = '2027-03-04'", {}, []),
        ({}, f"check_out = '{iso(25)}'", LONGER, []),
        ({}, f"check_out = '{iso(25)}', status = 'cancelled'", LONGER, ["check_out"]),
        ({}, f"later_parts = '{IN_PARTS}'", {"unit_id": "room_1", "check_in": iso(21)}, []),
        ({}, f"later_parts = '{IN_PARTS}'", {"unit_id": "room_1"}, ["unit_id"]),
        ({"status": "cancelled"}, "notes = 'Late'", {"status": "confirmed"}, []),
        ({"status": "cancelled"}, "notes = 'Late', status = 'cancelled'", {"status": "confirmed"}, ["status"]),
    ],
)  # fmt: skip
def test_a_booking_that_lives_here_answers_for_no_nights_but_its_own(
    first: dict[str, str], here: str, then: dict[str, str], differ: list[str]
) -> None:
    house = House()
    house.run(line(**first))
    if first:
        house.core.run("UPDATE bookings SET status = 'pending'")
    house.core.run(f"UPDATE bookings SET {here}, version = 2")
    [found] = house.run(line(**then), dry_run=True)["lines"]
    assert [(error["column"], error["code"]) for error in found["errors"]] == [
        (column, "booking_differs") for column in differ
    ]  # fmt: skip
    assert found["action"] == ("error" if differ else "unchanged")


def test_a_file_of_which_another_has_brought_a_part_brings_the_rest() -> None:
    house = House()
    first, second, third = Stay("flat", 16, 18), Stay("flat", 18, 20), Stay("flat", 20, 22)
    house.run(HEAD + first.row("B-1") + second.row("B-2"))
    before = house.counts()
    late = Stay("flat", 19, 21).row("B-4")
    report = house.run(HEAD + second.row("B-2") + third.row("B-3") + late, dry_run=True)
    assert told(report) == ["unchanged", "create", "lines_overlap"] and house.counts() == before
    report = house.run(HEAD + second.row("B-2") + late, dry_run=True)
    [conflict] = report["lines"][1]["errors"][0]["conflicts"]
    assert (conflict["kind"], conflict["start"], conflict["end"]) == ("booking", iso(18), iso(20))
    assert told(house.run(HEAD + second.row("B-2") + third.row("B-3"))) == ["unchanged", "create"]
    assert house.core.run("SELECT reference FROM bookings ORDER BY reference") == [
        {"reference": f"B-{number}"} for number in (1, 2, 3)
    ]


def test_of_what_is_in_the_way_as_much_is_told_as_in_a_conflict() -> None:
    house = House()
    for number in range(25):
        house.occupy(f"occ_{number:02}", Stay("flat", number, number + 1))
    [found] = house.run(csv_of([Stay("flat", 0, 30)]), dry_run=True)["lines"]
    assert [one["occupancy_id"] for one in found["errors"][0]["conflicts"]] == [f"occ_{n:02}" for n in range(20)]


def test_guests_who_leave_on_the_day_on_which_others_come_are_in_nobodys_way() -> None:
    house = House()
    house.occupy("occ_before", Stay("flat", 18, 20))
    house.occupy("occ_after", Stay("flat", 22, 24))
    assert told(house.run(line())) == ["create"]


@pytest.mark.parametrize("status", ["inactive", "archived"])
def test_a_unit_that_is_not_let_takes_no_booking_of_any_state(status: str) -> None:
    house = House()
    house.core.run("UPDATE units SET status = ? WHERE id = 'flat'", status)
    for state in ("confirmed", "cancelled"):
        assert told(house.run(line(status=state), dry_run=True)) == ["unit_not_active"]


def test_one_reference_of_two_units_needs_the_property() -> None:
    house = House()
    house.core.run(
        "INSERT INTO properties (tenant_id, id, name, time_zone, currency, reference, created_at, updated_at)"
        " VALUES ('ten_1', 'prop_2', 'House', 'Asia/Tokyo', 'JPY', 'P-2', 0, 0)"
    )
    add_unit(house.core, "tokyo", "prop_2", "R-flat")
    both = {"unit_id": "", "unit_reference": "R-flat"}
    assert told(house.run(line(**both), dry_run=True)) == ["several_units"]
    assert told(house.run(line(**both, property_reference="P-2", total="1.234"))) == ["create"]
    assert house.core.run("SELECT unit_id, total_amount, currency FROM bookings") == [
        {"unit_id": "tokyo", "total_amount": 1_234, "currency": "JPY"}
    ]


def test_the_day_is_that_of_the_property() -> None:
    house = House()
    house.api.now = NOW + 11 * 3_600_000 + 60_000  # one minute past midnight in Zurich
    arrived = line(status="checked_in", check_in=iso(TODAY + 1), check_out=iso(TODAY + 2))
    assert told(house.run(arrived, dry_run=True)) == ["create"]
    house.api.now -= 120_000
    [error] = house.run(arrived, dry_run=True)["lines"][0]["errors"]
    assert (error["column"], error["code"]) == ("status", "too_early")
    assert error["detail"] == (
        "A stay from 2027-01-16 to 2027-01-17 cannot be checked_in on 2027-01-15, which is today at the property."
    )


def test_somebody_who_is_faster_is_told_and_not_overwritten() -> None:
    house = House()
    house.api.database.meanwhile = ("INSERT INTO bookings", lambda: house.occupy("occ_fast", Stay("flat", 21, 23)))
    with pytest.raises(Unprocessable) as refused:
        house.run(line())
    [failed] = refused.value.evidence["lines"]
    assert [one["occupancy_id"] for one in failed["errors"][0]["conflicts"]] == ["occ_fast"]
    assert house.core.number("bookings") == 0


def test_a_refused_file_is_refused_for_good_under_its_key() -> None:
    house = House()
    house.occupy("occ_block", Stay("flat", 20, 22))
    with pytest.raises(Unprocessable, match="lines_refused"):
        house.run(line())
    [kept] = house.core.run("SELECT status, body ->> 'code' AS code FROM idempotency_keys")
    assert kept == {"status": 422, "code": "lines_refused"}
    house.run(line(), dry_run=True)
    assert house.core.number("idempotency_keys") == 1


def test_a_first_attempt_that_is_late_answers_as_its_twin_was_answered() -> None:
    house = House()
    house.occupy("occ_block", Stay("flat", 20, 22))

    async def both(ctx: Context) -> Answer:
        with pytest.raises(Unprocessable, match="lines_refused"):
            await service.run(ctx, of_bookings.KIND, line(), BOOKINGS, dry_run=False)
        house.core.run("DELETE FROM occupancies")
        return await service.run(ctx, of_bookings.KIND, line(), BOOKINGS, dry_run=False)

    answer = house.api.ask(both)
    assert (answer.status, answer.headers["Idempotency-Replayed"]) == (422, "true")
    assert house.core.number("bookings") == 0


def test_the_same_import_that_was_faster_is_in_nobodys_way() -> None:
    house = House()
    house.run(line())
    made = [(table, house.core.run(f"SELECT * FROM {table}")) for table in ("occupancies", "bookings")]

    def again() -> None:
        for table, [row] in made:
            house.core.run(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row.values())

    house.core.run("DELETE FROM bookings")
    house.core.run("DELETE FROM occupancies")
    house.api.database.meanwhile = ("WITH wanted", again)
    assert told(house.run(line())) == ["unchanged"]
    assert house.core.number("bookings") == 1


@pytest.mark.parametrize(
    ("statement", "probed"),
    [
        (probes.in_the_way("ten_1", []), "p USING PRIMARY KEY (tenant_id=? AND combined_id=?)"),
        (
            probes.in_the_way("ten_1", []),
            "o USING INDEX occupancies_live (unit_id=? AND start_date>? AND start_date<?)",
        ),
        (
            repository.referenced("ten_1", None, []),
            "bookings USING INDEX bookings_by_reference (tenant_id=? AND reference=?)",
        ),
        (changes.expire_holds("ten_1", [], 0), "p USING PRIMARY KEY (tenant_id=? AND combined_id=?)"),
        (units.named("ten_1", None, [], []), "u USING PRIMARY KEY (tenant_id=? AND id=?)"),
    ],
)  # fmt: skip
def test_what_a_file_names_is_found_by_probes_of_an_index(statement: Statement, probed: str) -> None:
    steps = House().core.run(f"EXPLAIN QUERY PLAN {statement.sql}", *statement.params)
    assert f"SEARCH {probed}" in [step["detail"] for step in steps]


def test_of_a_booking_that_is_there_no_more_is_read_than_is_compared() -> None:
    house = House()
    house.run(line())
    statement = repository.referenced("ten_1", None, ["B-1"])
    [known] = house.core.run(statement.sql, *statement.params)
    assert set(known) == {field.name for field in msgspec.structs.fields(KnownRow)}
