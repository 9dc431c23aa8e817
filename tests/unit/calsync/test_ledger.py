"""How a decision becomes rows: one batch that never aborts on taken nights and never opens nights by mistake."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import pytest

from api.channels.feeds import changes_repository
from calsync.exports.rules import Taken
from calsync.feeds import repository
from calsync.ical.models import Event
from propflow import parts
from propflow.bindings.d1 import Result, Statement
from propflow.clock import HOUR, MINUTE
from propflow.messages import FeedSyncRequested, UnitCalendarChanged
from tests.unit.calsync.core_database import FEED, TENANT, UNIT, Core
from tests.unit.calsync.runs import last_run, run


@pytest.fixture
def core() -> Core:
    return Core()


def event(uid: str, start: int, end: int) -> Event:
    return Event(uid, f"2026-12-{start:02}", f"2026-12-{end:02}", "Reserved")


def nights(core: Core) -> list[tuple[int, int]]:
    return [(int(start[-2:]), int(end[-2:])) for start, end in core.live()]


def states(core: Core) -> dict[str, str]:
    return {row["uid"]: row["state"] for row in core.run("SELECT uid, state FROM feed_events")}


def conflicts(core: Core) -> dict[str, tuple[str, int]]:
    rows = core.run("SELECT uid, status, start_date FROM conflicts")
    return {row["uid"]: (row["status"], int(row["start_date"][-2:])) for row in rows}


def test_a_calendar_is_imported(core: Core) -> None:
    _, announced = run(core, [event("a", 2, 5), event("b", 5, 9)], 1_000)
    assert announced and nights(core) == [(2, 5), (5, 9)]
    assert core.run("SELECT DISTINCT kind, ref_id, source, updated_at FROM occupancies") == [
        {"kind": "ical", "ref_id": FEED, "source": "ical:www.airbnb.com", "updated_at": 1_000}
    ]
    expected = {
        "status": "succeeded",
        "seen": 2,
        "created": 2,
        "updated": 0,
        "removed": 0,
        "conflicts": 0,
        "ignored": 0,
    }
    assert last_run(core) == expected


def test_under_a_test_clock_the_message_bears_the_real_time(core: Core) -> None:
    _, announced = run(core, [event("a", 2, 5)], now=9_000, real=1_000)
    assert announced and core.run("SELECT DISTINCT updated_at FROM occupancies") == [{"updated_at": 9_000}]
    [row] = core.run("SELECT created_at, next_attempt_at FROM outbox WHERE type = 'unit.calendar_changed'")
    assert row == {"created_at": 1_000, "next_attempt_at": 1_000 + MINUTE}


def test_the_same_calendar_announces_nothing(core: Core) -> None:
    run(core, [event("a", 2, 5)], 1_000)
    rows = core.run("SELECT * FROM occupancies") + core.run("SELECT * FROM feed_events")
    _, announced = run(core, [event("a", 2, 5)], 2_000)
    assert not announced
    assert core.run("SELECT * FROM occupancies") + core.run("SELECT * FROM feed_events") == rows


def test_stays_may_swap_their_nights(core: Core) -> None:
    run(core, [event("a", 2, 5), event("b", 5, 9)], 1_000)
    run(core, [event("a", 6, 9), event("b", 2, 6)], 2_000)
    assert nights(core) == [(2, 6), (6, 9)]
    assert set(states(core).values()) == {"imported"}
    assert last_run(core)["updated"] == 2


def test_taken_nights_make_a_conflict_that_ends_when_they_are_free(core: Core) -> None:
    core.occupy("occ_x", "2026-12-04", "2026-12-08")
    run(core, [event("a", 2, 5), event("b", 8, 9)], 1_000)
    assert nights(core) == [(2, 4), (4, 8), (8, 9)], "what is free of it is shut at once"
    assert states(core) == {"a": "conflict", "b": "imported"}
    assert conflicts(core) == {"a": ("open", 2)}
    assert (last_run(core)["created"], last_run(core)["conflicts"]) == (1, 1)
    _, announced = run(core, [event("a", 2, 5), event("b", 8, 9)], 2_000)
    assert not announced and len(core.run("SELECT * FROM conflicts")) == 1
    core.run("UPDATE occupancies SET live = 0, updated_at = 2500 WHERE id = 'occ_x'")
    assert nights(core) == [(2, 5), (8, 9)], "at once, and not at the next reading"
    assert (states(core)["a"], conflicts(core)) == ("imported", {"a": ("resolved", 2)})
    assert core.number("outbox WHERE type = 'unit.calendar_changed'") == 2, "other channels read of it"
    _, announced = run(core, [event("a", 2, 5), event("b", 8, 9)], 3_000)
    assert not announced


def test_what_lies_in_the_middle_of_a_stay_splits_it(core: Core) -> None:
    core.occupy("occ_x", "2026-12-04", "2026-12-05")
    core.occupy("occ_y", "2026-12-08", "2026-12-09")
    run(core, [event("a", 2, 12)], 1_000)
    assert nights(core) == [(2, 4), (4, 5), (5, 8), (8, 9), (9, 12)]
    core.run("UPDATE occupancies SET live = 0, updated_at = 2000 WHERE id = 'occ_x'")
    assert nights(core) == [(2, 8), (8, 9), (9, 12)]
    later = "start_date = '2026-12-12', end_date = '2026-12-20', updated_at = 3000"
    core.run(f"UPDATE occupancies SET {later} WHERE id = 'occ_y'")
    assert nights(core) == [(2, 12), (12, 20)]
    [whole] = core.run("SELECT id, stay_id FROM occupancies WHERE live = 1 AND kind = 'ical'")
    assert whole["stay_id"] is None and states(core) == {"a": "imported"}


def test_a_stay_that_moves_onto_taken_nights_has_those_that_are_free_and_not_its_old_ones(core: Core) -> None:
    run(core, [event("a", 2, 5)], 1_000)
    core.occupy("occ_x", "2026-12-10", "2026-12-12")
    _, announced = run(core, [event("a", 9, 12)], 2_000)
    assert announced and nights(core) == [(9, 10), (10, 12)]
    assert (states(core), conflicts(core)) == ({"a": "conflict"}, {"a": ("open", 9)})
    run(core, [event("a", 8, 12)], 3_000)
    assert (conflicts(core), nights(core)) == ({"a": ("open", 8)}, [(8, 10), (10, 12)])
    run(core, [event("a", 2, 5)], 4_000)
    assert (states(core), conflicts(core), nights(core)) == (
        {"a": "imported"}, {"a": ("resolved", 8)}, [(2, 5), (10, 12)],
    )  # fmt: skip


@pytest.mark.parametrize("today", ["2026-12-06", "2027-03-01"])
@pytest.mark.parametrize("listed", [True, False])
def test_the_nights_of_a_conflict_are_let_go_when_they_are_over(core: Core, today: str, listed: bool) -> None:
    run(core, [Event("a", "2027-06-01", "2027-06-08"), Event("b", "2027-07-01", "2027-07-02")], 1_000)
    core.occupy("occ_x", "2026-12-04", "2026-12-06")
    moved = [event("a", 3, 5), Event("b", "2027-07-01", "2027-07-02")]
    run(core, moved, 2_000)
    assert core.live() == [("2026-12-03", "2026-12-04"), ("2026-12-04", "2026-12-06"), ("2027-07-01", "2027-07-02")]
    _, announced = run(core, moved if listed else moved[1:], 3_000, today)
    assert announced and core.live() == [("2026-12-04", "2026-12-06"), ("2027-07-01", "2027-07-02")]
    assert (states(core)["a"], conflicts(core)) == ("removed", {"a": ("resolved", 3)})


def test_the_nights_of_a_conflict_are_let_go_when_the_stay_is_gone(core: Core) -> None:
    run(core, [event("a", 2, 5), event("b", 20, 22)], 1_000)
    core.occupy("occ_x", "2026-12-10", "2026-12-12")
    run(core, [event("a", 9, 12), event("b", 20, 22)], 2_000)
    run(core, [event("b", 20, 22)], 3_000)
    assert nights(core) == [(9, 10), (10, 12), (20, 22)]
    run(core, [event("b", 20, 22)], 3_000 + 30 * MINUTE)
    assert (nights(core), conflicts(core)) == ([(10, 12), (20, 22)], {"a": ("resolved", 9)})


def test_conflicts_that_have_ended_are_resolved_even_when_the_feed_fails(core: Core) -> None:
    core.occupy("occ_x", "2026-12-02", "2026-12-12")
    run(core, [event("a", 3, 5), event("b", 6, 8)], 1_000)
    job = FeedSyncRequested(tenant_id=TENANT, outbox_id="obx", feed_id=FEED, run_id="run_0")
    core.batch(repository.resolve_ended(job, "2026-12-05", 2_000))
    assert conflicts(core) == {"a": ("resolved", 3), "b": ("open", 6)}


@pytest.mark.parametrize(
    ("exports", "left", "state"), [(["airbnb"], [(2, 5), (20, 22)], "imported"), (["any"], [(20, 22)], "echo")]
)
def test_a_closure_on_the_nights_of_a_cancelled_stay_is_its_echo_only_where_the_channel_was_told_of_it(
    core: Core, exports: list[str], left: list[tuple[int, int]], state: str
) -> None:
    run(core, [event("a", 2, 5), event("b", 20, 22)], 1_000)
    closed = [Event("x", "2026-12-02", "2026-12-05", "Not available"), event("b", 20, 22)]
    for now in (HOUR, 2 * HOUR, 3 * HOUR):
        rows = core.run("SELECT *, start_date AS start, end_date AS 'end' FROM occupancies WHERE live = 1")
        taken = [Taken(**{name: row[name] for name in Taken.__struct_fields__}) for row in rows]
        run(core, closed, now, ours=taken, exports=exports)
    assert nights(core) == left
    assert states(core) == {"a": "removed", "b": "imported", "x": state}


def test_a_decision_that_is_too_long_for_a_parameter_is_written_in_parts(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_TEXT", 500)  # one fact each
    core.occupy("occ_x", "2026-12-08", "2026-12-10")
    run(core, [event("a", 2, 5), event("b", 5, 9), event("c", 12, 14)], 1_000)
    assert (states(core), nights(core)) == (
        {"a": "imported", "b": "conflict", "c": "imported"}, [(2, 5), (5, 8), (8, 10), (12, 14)],
    )  # fmt: skip
    counts = {"seen": 3, "created": 2, "updated": 0, "removed": 0, "conflicts": 1, "ignored": 0}
    assert last_run(core) == {"status": "succeeded", **counts}
    assert len(core.run("SELECT * FROM feed_decisions")) == 3
    run(core, [event("a", 2, 6), event("new", 6, 9), event("d", 14, 16), event("c", 12, 14)], 2_000)
    assert conflicts(core) == {"new": ("open", 6)}, "it goes on under another UID"
    core.run("UPDATE occupancies SET live = 0 WHERE id = 'occ_x'")
    run(core, [event("a", 2, 5), event("new", 6, 9), event("d", 14, 17), event("c", 12, 14)], 3_000)
    assert (states(core)["new"], conflicts(core)) == ("imported", {"new": ("resolved", 6)})
    assert last_run(core) == {"status": "succeeded", **counts, "seen": 4, "created": 0, "updated": 2, "conflicts": 0}
    told = core.run("SELECT type FROM events WHERE type LIKE 'conflict.%' ORDER BY position")
    assert [row["type"] for row in told] == ["conflict.opened", "conflict.resolved"]


def test_thousands_of_facts_fit(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    batch = core.batch

    def measured(statements: Iterable[Statement]) -> list[Result]:
        asked = list(statements)
        sizes.extend(len(str(one).encode()) for statement in asked for one in statement.params)
        return batch(asked)

    monkeypatch.setattr(core, "batch", measured)
    run(core, [Event(f"{number:0>240}", "2026-12-02", "2026-12-05") for number in range(5_000)], 1_000)
    assert last_run(core)["conflicts"] == 4_999 and max(sizes) < 2_000_000


def test_what_the_old_address_no_longer_listed_is_not_missed_a_second_time_by_the_new_one(core: Core) -> None:
    run(core, [event("a", 2, 5), event("b", 12, 14)], 1_000)
    run(core, [event("b", 12, 14)], 2_000)
    change = UnitCalendarChanged(tenant_id=TENANT, outbox_id="chg_1", unit_id=UNIT)
    core.batch(changes_repository.listed_again(FEED, change, now=2_500, real=2_500))
    assert core.number("outbox WHERE id = 'chg_1'") == 0, "it changes nobody's export"
    run(core, [event("b", 12, 14)], HOUR)
    assert nights(core) == [(2, 5), (12, 14)]
    run(core, [event("b", 12, 14)], 2 * HOUR)
    assert nights(core) == [(12, 14)]


def test_an_empty_calendar_is_believed_after_a_day(core: Core) -> None:
    run(core, [event("a", 2, 5)], 1_000)
    for hours in (1, 12, 25):
        run(core, [], hours * HOUR)
        assert nights(core) == [(2, 5)]
    run(core, [], 25 * HOUR + 29 * MINUTE)
    assert nights(core) == [(2, 5)]
    run(core, [], 25 * HOUR + 30 * MINUTE)
    assert (nights(core), states(core)) == ([], {"a": "removed"})


def test_old_nights_are_another_stays_at_once(core: Core) -> None:
    run(core, [event("a", 2, 6), event("b", 20, 22)], 1_000)
    core.occupy("occ_x", "2026-12-10", "2026-12-12")
    run(core, [event("a", 9, 12), event("b", 3, 5)], 2_000)
    assert nights(core) == [(3, 5), (9, 10), (10, 12)]
    assert states(core) == {"a": "conflict", "b": "imported"}


def test_a_lapsed_hold_is_in_nobodys_way(core: Core) -> None:
    core.occupy("occ_hold", "2026-12-02", "2026-12-03", "hold", 900)
    core.occupy("occ_live", "2026-12-08", "2026-12-09", "hold", 9_000)
    run(core, [event("a", 2, 5), event("b", 8, 10)], 1_000)
    assert nights(core) == [(2, 5), (8, 9), (9, 10)]
    assert states(core) == {"a": "imported", "b": "conflict"}


def test_a_run_that_another_was_faster_than_changes_nothing(core: Core) -> None:
    job = FeedSyncRequested(tenant_id=TENANT, outbox_id="obx", feed_id=FEED, run_id="run_0")
    feed, _ = repository.loaded(core.batch(repository.load(job, 1_000)))
    assert feed is not None
    run(core, [event("a", 2, 5)], 1_000)
    with pytest.raises(sqlite3.IntegrityError, match="guard_failed"):
        core.batch(repository.succeed(job, feed, etag=None, content_hash=None, now=1_000, next_due_at=0))
    with pytest.raises(sqlite3.IntegrityError, match="guard_failed"):
        core.batch(repository.fail(job, feed, "No answer.", now=1_000, next_due_at=0))


def test_a_run_applies_nothing_to_a_feed_that_people_changed_meanwhile(core: Core) -> None:
    job = FeedSyncRequested(tenant_id=TENANT, outbox_id="obx", feed_id=FEED, run_id="run_0")
    feed, _ = repository.loaded(core.batch(repository.load(job, "2026-10-10")))
    assert feed is not None
    core.run("UPDATE feeds SET version = version + 1")
    for end in (
        repository.succeed(job, feed, etag=None, content_hash=None, now=1_000, next_due_at=0),
        repository.fail(job, feed, "No answer.", now=1_000, next_due_at=0),
    ):
        with pytest.raises(sqlite3.IntegrityError, match="guard_failed"):
            core.batch(end)
