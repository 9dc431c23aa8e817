"""What a run of a feed tells in the feed of events: what happened, and nothing that did not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from calsync.ical.models import Event
from propflow.clock import HOUR
from tests.unit.calsync.core_database import FEED, UNIT, Core
from tests.unit.calsync.runs import run


@pytest.fixture
def core() -> Core:
    return Core()


def event(uid: str, start: int, end: int) -> Event:
    return Event(uid, f"2026-12-{start:02}", f"2026-12-{end:02}", "Reserved")


def told(core: Core) -> list[tuple[Any, ...]]:
    rows = core.run("SELECT * FROM events ORDER BY position")
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert {(row["unit_id"], row["actor"]) for row in rows} <= {(UNIT, FEED)}
    return [
        (row["type"].removeprefix("occupancy."), row["sequence"], *_days(row["previous"]), *_days(row["changed"]))
        for row in rows
        if row["type"].startswith("occupancy.")
    ]


def _days(text: str) -> list[int]:
    """The first day and the last; where something lies between, those of each range."""
    fields = json.loads(text)
    hull = [fields[name] for name in ("start", "end") if name in fields]
    return [int(day[-2:]) for nights in fields.get("nights", [hull]) for day in nights]


def test_an_import_a_move_and_a_removal_are_told_with_what_was_before(core: Core) -> None:
    run(core, [event("a", 2, 5), event("b", 5, 9)], 1_000)
    run(core, [event("a", 2, 6), event("b", 6, 9)], 2_000)
    for hour in (1, 2):
        run(core, [event("b", 6, 9)], hour * HOUR)
    assert sorted(told(core)) == [
        ("imported", 1, 2, 5), ("imported", 1, 5, 9), ("moved", 2, 2, 5, 2, 6), ("moved", 2, 5, 9, 6, 9),
        ("removed", 3, 2, 6),
    ]  # fmt: skip


def test_what_stays_tells_nothing(core: Core) -> None:
    for now in (1_000, 2_000, 3_000):
        run(core, [event("a", 2, 5)], now)
    assert told(core) == [("imported", 1, 2, 5)]


def test_nights_of_which_all_are_taken_are_a_conflict_and_no_event(core: Core) -> None:
    core.occupy("occ_1", "2026-12-02", "2026-12-08")
    run(core, [event("a", 2, 5)], 1_000)
    assert told(core) == []


def test_what_is_free_of_a_stay_is_told_range_by_range_and_whole_when_it_is(core: Core) -> None:
    core.occupy("occ_1", "2026-12-04", "2026-12-05")
    run(core, [event("a", 2, 8)], 1_000)
    core.run("UPDATE occupancies SET live = 0, updated_at = 2000 WHERE id = 'occ_1'")
    assert told(core) == [("imported", 1, 2, 4, 5, 8), ("moved", 2, 2, 4, 5, 8, 2, 8)]


def test_a_move_that_fits_in_part_is_told_as_what_came_of_it(core: Core) -> None:
    run(core, [event("a", 2, 5)], 1_000)
    core.occupy("occ_1", "2026-12-08", "2026-12-10")
    run(core, [event("a", 2, 9)], 2_000)
    run(core, [event("a", 2, 7)], 3_000)
    assert told(core) == [("imported", 1, 2, 5), ("moved", 2, 2, 5, 2, 8), ("moved", 3, 2, 8, 2, 7)]


def test_what_comes_back_after_its_removal_is_imported_again(core: Core) -> None:
    run(core, [event("a", 2, 5), event("b", 10, 12)], 1_000)
    for hour in (1, 2):
        run(core, [event("b", 10, 12)], hour * HOUR)
    run(core, [event("a", 3, 5), event("b", 10, 12)], 3 * HOUR)
    assert told(core)[2:] == [("removed", 2, 2, 5), ("imported", 3, 3, 5)]


def test_a_conflict_that_vanishes_gives_back_what_it_had(core: Core) -> None:
    core.occupy("occ_1", "2026-12-04", "2026-12-08")
    run(core, [event("a", 2, 5), event("b", 10, 12)], 1_000)
    for hour in (1, 2):
        run(core, [event("b", 10, 12)], hour * HOUR)
    assert sorted(told(core)) == [("imported", 1, 2, 4), ("imported", 1, 10, 12), ("removed", 2, 2, 4)]


def test_a_channel_that_changes_its_mind_ends_the_conflict(core: Core) -> None:
    run(core, [event("a", 2, 5)], 1_000)
    core.occupy("occ_1", "2026-12-08", "2026-12-10")
    run(core, [event("a", 2, 9)], 2_000)
    run(core, [event("a", 2, 5)], 3_000)
    assert told(core) == [("imported", 1, 2, 5), ("moved", 2, 2, 5, 2, 8), ("moved", 3, 2, 8, 2, 5)]
    assert core.number("conflicts WHERE status = 'open'") == core.number("waiting_stays") == 0
