"""A channel's stay that somebody moved to another unit follows its channel there, and its first unit is free of it."""

from __future__ import annotations

import json

import pytest

from api.channels.entries import repository
from api.channels.entries.repository import EntryRow
from api.channels.entries.rules import moved
from api.occupancies import stays
from api.occupancies.repository import OccupancyRow
from calsync.ical.models import Event
from propflow.clock import HOUR
from tests.unit.calsync.core_database import FEED, TENANT, Core
from tests.unit.calsync.runs import run

NOW = 1_794_300_000_000
OTHER = "unit_2"


@pytest.fixture
def core() -> Core:
    made = Core()
    made.add_unit(OTHER)
    return made


def event(uid: str, start: int, end: int) -> Event:
    return Event(uid, f"2026-12-{start:02}", f"2026-12-{end:02}", "Reserved")


def nights(core: Core, unit_id: str) -> list[tuple[int, int, str]]:
    rows = core.run(
        "SELECT start_date, end_date, source FROM occupancies WHERE unit_id = ? AND live = 1 ORDER BY start_date",
        unit_id,
    )
    return [(int(row["start_date"][-2:]), int(row["end_date"][-2:]), row["source"]) for row in rows]


def move(core: Core, uid: str, unit_id: str | None) -> None:
    """What the api writes when a person moves an entry."""
    [read] = core.batch([repository.by_uid(TENANT, None, FEED, uid)])
    row = read.rows(EntryRow)[0]
    after = moved(row, unit_id, NOW)
    place = OccupancyRow(
        id=row.occupancy_id, unit_id=unit_id or "unit_1", start_date=row.start_date, end_date=row.end_date, kind="ical",
        ref_id=FEED, source=stays.source_of("www.airbnb.com", moved=unit_id is not None),
    )  # fmt: skip
    core.batch([
        stays.hold_back(TENANT), *repository.move(TENANT, FEED, row, after, NOW), *stays.put(TENANT, place, NOW),
        stays.let_go(TENANT), stays.settle(TENANT, ["unit_1", "unit_2"], NOW),
    ])  # fmt: skip


AIRBNB, AWAY = "ical:www.airbnb.com", "moved:ical:www.airbnb.com"


def test_it_follows_its_channel_in_its_new_unit(core: Core) -> None:
    run(core, [event("a", 2, 5), event("b", 6, 8)], NOW)
    move(core, "a", OTHER)
    assert (nights(core, "unit_1"), nights(core, OTHER)) == ([(6, 8, AIRBNB)], [(2, 5, AWAY)])
    decision, announced = run(core, [event("a", 2, 5), event("b", 6, 8)], NOW + HOUR)
    assert decision.nothing and not announced
    decision, announced = run(core, [event("a", 2, 7), event("b", 5, 8)], NOW + 2 * HOUR)
    assert (nights(core, "unit_1"), nights(core, OTHER)) == ([(5, 8, AIRBNB)], [(2, 7, AWAY)])
    assert announced and set(decision.moved.values()) == {OTHER}
    told = core.run(
        "SELECT message FROM outbox WHERE type = 'unit.calendar_changed' AND created_at = ?", NOW + 2 * HOUR
    )
    assert sorted(json.loads(row["message"])["unit_id"] for row in told) == ["unit_1", OTHER]
    events = core.run("SELECT type, unit_id FROM events WHERE created_at = ? ORDER BY unit_id", NOW + 2 * HOUR)
    assert events == [{"type": "occupancy.moved", "unit_id": one} for one in ("unit_1", OTHER)]


def test_it_is_in_conflict_where_it_lives(core: Core) -> None:
    run(core, [event("a", 2, 5)], NOW)
    move(core, "a", OTHER)
    core.run(
        "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, created_at,"
        " updated_at)"
        " VALUES ('ten_1', 'occ_x', 'unit_2', '2026-12-06', '2026-12-08', 1, 'booking', 'bkg', 'direct', 0, 0)"
    )
    run(core, [event("a", 2, 10)], NOW + HOUR)
    assert nights(core, OTHER) == [(2, 6, AWAY), (6, 8, "direct"), (8, 10, AWAY)]
    assert core.run("SELECT unit_id, status FROM conflicts") == [{"unit_id": OTHER, "status": "open"}]
    core.run("UPDATE occupancies SET live = 0, updated_at = ? WHERE id = 'occ_x'", NOW + 2 * HOUR)
    assert nights(core, OTHER) == [(2, 10, AWAY)]


def test_what_vanishes_opens_the_nights_where_it_lived(core: Core) -> None:
    run(core, [event("a", 2, 5), event("b", 6, 8)], NOW)
    move(core, "a", OTHER)
    for at in (1, 2):
        _, announced = run(core, [event("b", 6, 8)], NOW + at * HOUR)
    assert (nights(core, "unit_1"), nights(core, OTHER)) == ([(6, 8, AIRBNB)], [])
    told = core.run(
        "SELECT message FROM outbox WHERE type = 'unit.calendar_changed' AND created_at = ?", NOW + 2 * HOUR
    )
    assert [json.loads(row["message"])["unit_id"] for row in told] == [OTHER]
    assert not announced, "nothing changed in the first unit"


def test_under_a_new_uid_it_stays_where_it_lives_and_home_again_it_is_what_it_was(core: Core) -> None:
    run(core, [event("a", 2, 5)], NOW)
    move(core, "a", OTHER)
    run(core, [event("new", 2, 5)], NOW + HOUR)
    assert nights(core, OTHER) == [(2, 5, AWAY)]
    assert core.run("SELECT uid, moved_to FROM feed_events WHERE state = 'imported'") == [
        {"uid": "new", "moved_to": OTHER}
    ]
    move(core, "new", None)
    run(core, [event("new", 3, 6)], NOW + 2 * HOUR)
    assert (nights(core, "unit_1"), nights(core, OTHER)) == ([(3, 6, AIRBNB)], [])


def test_stays_of_two_units_are_in_nobody_s_way(core: Core) -> None:
    run(core, [event("a", 2, 5)], NOW)
    move(core, "a", OTHER)
    run(core, [event("a", 2, 5), event("b", 3, 6)], NOW + HOUR)
    assert (nights(core, "unit_1"), nights(core, OTHER)) == ([(3, 6, AIRBNB)], [(2, 5, AWAY)])
    assert core.run("SELECT * FROM conflicts") == []
    run(core, [event("a", 3, 7), event("b", 3, 7)], NOW + 2 * HOUR)
    assert (nights(core, "unit_1"), nights(core, OTHER)) == ([(3, 7, AIRBNB)], [(3, 7, AWAY)])
