"""Changes of unit in the middle of a stay, beside units that are not let and rules that were set later."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.edge.answers import Answer
from api.stays.bookings import judging, moves, previews, states
from api.stays.calendar import repository as calendar
from api.stays.calendar.repository import HappeningRow
from propflow.clock import DAY
from propflow.errors import AppError
from tests.unit.api.use_cases import UseCases
from tests.unit.calsync.core_database import Core

NOW = 1_794_300_000_000  # 10 November 2026
A, B, C = "unit_1", "unit_2", "unit_3"
GUEST = "bkg_guest"
Nights = tuple[int, int]


@pytest.fixture
def core() -> Core:
    made = Core()
    for unit in (B, C):
        made.add_unit(unit)
    return made


@pytest.fixture
def people(core: Core) -> UseCases:
    return UseCases(core, NOW)


def date_of(day: int) -> str:
    return f"2026-11-{day:02}"


def book(core: Core, start: int, end: int, unit: str = A, ident: str = GUEST, status: str = "confirmed") -> None:
    core.book(ident, unit, date_of(start), date_of(end), status)


def other(core: Core, start: int, end: int, unit: str = A) -> None:
    """Somebody else's booking."""
    book(core, start, end, unit, f"bkg_{unit}_{start}")


def rule(core: Core, unit: str, **rules: int) -> None:
    core.run(
        "INSERT OR REPLACE INTO rate_rules (tenant_id, unit_id, rules, updated_at) VALUES ('ten_1', ?, ?, 0)",
        unit, json.dumps(rules),
    )  # fmt: skip


def status_of(core: Core, unit: str, status: str) -> None:
    core.run("UPDATE units SET status = ? WHERE id = ?", status, unit)


def combine(core: Core, villa: str, room: str) -> None:
    core.run(
        "INSERT INTO unit_parts (tenant_id, combined_id, part_id, since) VALUES ('ten_1', ?, ?, '2026-01-01')",
        villa, room,
    )  # fmt: skip


def wish(**place: Any) -> dict[str, Any]:
    dates = {name: date_of(day) if isinstance(day, int) else day for name, day in place.items()}
    return {"reprice": "none", "ignore_restrictions": False} | dates


def move(people: UseCases, **place: Any) -> Answer:
    """Days are numbers; `first` is the day from which on the guest is in the unit."""
    if "first" in place:
        place["from"] = place.pop("first")
    return people.ask(lambda ctx: moves.move(ctx, GUEST, wish(**place), None))


def preview(people: UseCases, **place: Any) -> dict[str, Any]:
    if "first" in place:
        place["from"] = place.pop("first")
    answer = people.ask(lambda ctx: previews.of_move(ctx, GUEST, wish(**place), None))
    shown: dict[str, Any] = json.loads(answer.body)
    return shown


def refusal(people: UseCases, **place: Any) -> tuple[int, str, list[str]]:
    with pytest.raises(AppError) as refused:
        move(people, **place)
    reasons = refused.value.evidence.get("reasons", [])
    return refused.value.status, refused.value.code, [one.code for one in reasons]


def reinstated(people: UseCases) -> None:
    people.ask(lambda ctx: states.change(ctx, GUEST, "cancel", "Ill"))
    people.ask(lambda ctx: states.reinstate(ctx, GUEST))


def told(core: Core) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """The events of the guest's booking: each with its unit, what is now and what was before."""
    rows = core.run("SELECT type, unit_id, changed, previous FROM events WHERE object_id = ? ORDER BY position", GUEST)
    return [(row["type"], row["unit_id"], json.loads(row["changed"]), json.loads(row["previous"])) for row in rows]


def span(start: int, end: int) -> dict[str, str]:
    return {"start": date_of(start), "end": date_of(end)}


def taken(core: Core, ident: str = GUEST) -> list[tuple[str, int, int]]:
    rows = core.run(
        "SELECT unit_id, start_date, end_date FROM occupancies WHERE ref_id = ? AND live = 1 AND main_id IS NULL"
        " ORDER BY start_date", ident,
    )  # fmt: skip
    return [(row["unit_id"], int(row["start_date"][-2:]), int(row["end_date"][-2:])) for row in rows]


# Units that are not let


@pytest.mark.parametrize("status", ["inactive", "archived"])
def test_a_guest_moves_out_of_a_unit_that_is_not_let(core: Core, people: UseCases, status: str) -> None:
    book(core, 8, 15, status="checked_in")
    status_of(core, A, status)
    assert preview(people, unit_id=B, first=10)["free"]
    move(people, unit_id=B, first=10)
    assert taken(core) == [(A, 8, 10), (B, 10, 15)]


def test_a_guest_stays_longer_after_a_unit_that_is_let_no_more(core: Core, people: UseCases) -> None:
    book(core, 8, 15, status="checked_in")
    move(people, unit_id=B, first=10)
    status_of(core, A, "archived")
    move(people, check_out=16)
    move(people, check_out=14)
    assert taken(core) == [(A, 8, 10), (B, 10, 14)]


def test_a_unit_that_is_not_let_gives_no_night_more(core: Core, people: UseCases) -> None:
    book(core, 12, 16)
    move(people, unit_id=B, first=14)
    status_of(core, A, "inactive")
    before = taken(core)
    for place in ({"check_in": 11}, {"unit_id": A}, {"unit_id": A, "first": 15}):
        assert refusal(people, **place)[:2] == (409, "unit_not_active")
    assert taken(core) == before
    move(people, check_in=13)
    assert taken(core) == [(A, 13, 14), (B, 14, 16)]


def test_the_villas_rooms_go_with_a_part_that_becomes_shorter(core: Core, people: UseCases) -> None:
    combine(core, A, B)
    book(core, 8, 15, status="checked_in")
    status_of(core, A, "inactive")
    move(people, unit_id=B, first=10)
    rows = core.run("SELECT start_date, end_date FROM occupancies WHERE unit_id = ? AND live = 1 ORDER BY 1", B)
    assert [tuple(row.values()) for row in rows] == [(date_of(8), date_of(10)), (date_of(10), date_of(15))]


# Preparation: nobody is next to themselves


@pytest.mark.parametrize(("start", "end"), [(A, B), (B, A)])
def test_a_guest_moves_between_a_villa_and_its_room_where_both_must_be_prepared(
    core: Core, people: UseCases, start: str, end: str
) -> None:
    combine(core, A, B)
    for unit in (A, B):
        rule(core, unit, preparation_days=2)
    book(core, 12, 16, start)
    assert preview(people, unit_id=end, first=14)["rules"] == []
    move(people, unit_id=end, first=14)
    reinstated(people)
    assert taken(core) == [(start, 12, 14), (end, 14, 16)]


def test_a_guest_comes_back_to_a_unit_where_nobody_else_was(core: Core, people: UseCases) -> None:
    rule(core, A, preparation_days=3)
    book(core, 12, 18)
    move(people, unit_id=B, first=14)
    move(people, unit_id=A, first=15)
    reinstated(people)
    assert taken(core) == [(A, 12, 14), (B, 14, 15), (A, 15, 18)]


def test_a_neighbour_is_seen_behind_a_part_of_ones_own(core: Core, people: UseCases) -> None:
    rule(core, B, preparation_days=2)
    book(core, 12, 17)
    move(people, unit_id=B, first=14)
    other(core, 9, 11, B)
    assert [one["code"] for one in preview(people, unit_id=B)["rules"]] == ["prep"]
    assert refusal(people, unit_id=B) == (422, "stay_not_allowed", ["prep"])
    assert taken(core) == [(A, 12, 14), (B, 14, 17)]


def test_a_part_of_ones_own_bounds_no_gap(core: Core, people: UseCases) -> None:
    rule(core, A, min_stay=9, gap_min_stay=2)
    other(core, 10, 12)
    other(core, 18, 20)
    book(core, 12, 18)
    move(people, unit_id=B, first=14)
    move(people, unit_id=A, first=16)
    shorter = preview(people, unit_id=A, check_out=15)
    assert [(one["code"], one["limit"]) for one in shorter["rules"]] == [("min_stay", 6)]


def test_who_always_comes_too_close_at_the_last_moment_is_told_so(
    core: Core, people: UseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(core, B, preparation_days=2)
    book(core, 12, 17)
    other(core, 10, 13, B)
    monkeypatch.setattr(judging, "against", lambda *_, **__: [])  # the neighbour is never there yet when we read
    assert refusal(people, unit_id=B, first=14) == (422, "stay_not_allowed", ["prep"])
    assert taken(core) == [(A, 12, 17)]


def test_who_leaves_a_unit_sooner_is_not_judged_there_anew(core: Core, people: UseCases) -> None:
    other(core, 6, 8)
    book(core, 8, 15, status="checked_in")
    rule(core, A, preparation_days=1)
    for place in ({"check_out": 14}, {"unit_id": B, "first": 12}, {"check_out": 13}):
        assert preview(people, **place)["rules"] == []
        move(people, **place)
    assert taken(core) == [(A, 8, 12), (B, 12, 13)]
    assert refusal(people, unit_id=A) == (422, "stay_not_allowed", ["prep"])


def test_a_guest_who_is_there_is_told_beforehand_that_the_unit_must_be_prepared_for_the_next(
    core: Core, people: UseCases
) -> None:
    rule(core, A, preparation_days=1, min_stay=20)
    book(core, 8, 12, status="checked_in")
    other(core, 14, 16)
    assert preview(people, check_out=13)["rules"] == []
    assert [one["code"] for one in preview(people, check_out=14)["rules"]] == ["prep"]
    assert refusal(people, check_out=14) == (422, "stay_not_allowed", ["prep"])
    move(people, check_out=14, ignore_restrictions=True)
    assert taken(core) == [(A, 8, 14)]


# Rules about stays


def test_other_dates_of_a_stay_in_parts_are_judged_by_its_first_and_its_last_unit(core: Core, people: UseCases) -> None:
    rule(core, A, min_stay=3, max_stay=6, advance_notice_days=3)
    rule(core, B, min_stay=9, max_stay=2, booking_window_days=8)
    book(core, 14, 18)

    def against(**place: Any) -> list[str]:
        return [one["code"] for one in preview(people, **place)["rules"]]

    assert against(unit_id=B, first=16) == [], "the dates are what they were"
    move(people, unit_id=B, first=16)
    assert against(check_out=19) == []
    assert against(check_out=20) == ["booking_window"]
    assert against(unit_id=C, first=18, check_out=21) == ["max_stay"], "the last unit has no rules"
    assert against(check_in=15, check_out=17) == ["min_stay"]
    assert against(check_in=12) == ["advance_notice"]
    assert refusal(people, check_out=20) == (422, "stay_not_allowed", ["booking_window"])
    move(people, check_out=20, ignore_restrictions=True)
    assert taken(core) == [(A, 14, 16), (B, 16, 20)]


def test_a_guest_who_is_there_stays_longer_in_another_unit_whatever_it_asks_of_stays(
    core: Core, people: UseCases
) -> None:
    rule(core, B, min_stay=9, booking_window_days=2)
    book(core, 8, 12, status="checked_in")
    move(people, unit_id=B, first=12, check_out=20)
    assert taken(core) == [(A, 8, 12), (B, 12, 20)]


# What is told


@pytest.mark.parametrize(("left", "kept"), [(9, {}), (12, span(10, 12)), (15, None), (16, None)])
def test_who_comes_back_is_told_of_in_the_units_where_nights_were_given_back(
    core: Core, people: UseCases, left: int, kept: dict[str, str] | None
) -> None:
    book(core, 8, 15, status="checked_in")
    move(people, unit_id=B, first=10)
    people.now = NOW + (left - 10) * DAY
    people.ask(lambda ctx: states.change(ctx, GUEST, "check_out"))
    before = len(told(core))
    people.ask(lambda ctx: states.undo_check_out(ctx, GUEST))
    units = [one for one in told(core)[before:] if one[0] == "booking.nights_changed"]
    assert units == ([] if kept is None else [("booking.nights_changed", B, span(10, 15), kept)])
    assert taken(core) == [(A, 8, 10), (B, 10, 15)]


def test_other_dates_are_no_other_unit(core: Core, people: UseCases) -> None:
    book(core, 12, 16)
    move(people, unit_id=B, first=14)
    before = len(told(core))
    move(people, check_out=17)
    (dated, *_) = happened = told(core)[before:]
    assert [one[:2] for one in happened] == [("booking.date_changed", A), ("booking.nights_changed", B)]
    assert {"check_out", "parts"} == set(dated[2]) == set(dated[3])
    move(people, check_out=14)
    assert "booking.relocated" in [one[0] for one in told(core)[before + 2 :]], "the second unit is left"


def test_the_first_unit_is_told_which_nights_it_lost(core: Core, people: UseCases) -> None:
    book(core, 12, 16)
    move(people, unit_id=B, first=14)
    changed = [one[1:] for one in told(core) if one[0] == "booking.nights_changed"]
    assert changed == [(A, span(12, 14), span(12, 16)), (B, span(14, 16), {})]
    rows = people.database.core.batch([calendar.happenings("ten_1", A, date_of(15))])[0].rows(HappeningRow)
    assert [one.type for one in rows] == ["booking.nights_changed"]
