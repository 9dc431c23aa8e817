"""What people say about a channel's entries, conflicts and feeds holds whole, and leaves nothing that cannot be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any, cast

import pytest

from api.channels.conflicts import resolving
from api.channels.entries import words
from api.channels.feeds import changes
from api.operations.integrity import service as integrity
from calsync.ical.models import Event
from propflow.bindings.d1 import Database
from propflow.clock import DAY, MINUTE
from propflow.errors import AppError
from tests.unit.api.use_cases import UseCases
from tests.unit.calsync.core_database import FEED, Core
from tests.unit.calsync.runs import run

NOW = 1_794_300_000_000  # 10 November 2026, as in `runs`


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
def people(core: Core) -> UseCases:
    return UseCases(core, NOW)


def entry(number: int, nights: int = 2) -> Event:
    day = 10 + 3 * number
    start, end = (f"2027-{1 + at // 28:02}-{1 + at % 28:02}" for at in (day, day + nights))
    return Event(f"u{number}", start, end, "Reserved")


def in_conflict(core: Core) -> str:
    """Our block has a night of the channel's first stay. Returns the conflict's id."""
    core.occupy("occ_1", entry(0).start, entry(0).end, kind="owner")
    core.run(
        "INSERT INTO blocks (tenant_id, id, unit_id, occupancy_id, kind, created_at, updated_at)"
        " VALUES ('ten_1', 'bkg_1', 'unit_1', 'occ_1', 'owner', 0, 0)"
    )
    run(core, [entry(0), entry(1)], NOW)
    [conflict] = core.run("SELECT id FROM conflicts WHERE status = 'open'")
    return str(conflict["id"])


def resolve(people: UseCases, conflict_id: str, **body: Any) -> None:
    request = {"resolution": "ignore", "unit_id": None, "reason": None} | body
    people.ask(lambda ctx: resolving.resolve(ctx, conflict_id, request, '"1"'))


def findings(core: Core, people: UseCases) -> list[tuple[str, str]]:
    """What a pass over everything finds."""
    for minute in range(20):
        asyncio.run(integrity.run(cast(Database, people.database), NOW + DAY + minute * MINUTE))
    rows = core.run("SELECT kind, object_id FROM integrity_findings WHERE resolved_at IS NULL ORDER BY 1, 2")
    return [(row["kind"], row["object_id"]) for row in rows if not row["kind"].startswith("units_")]


def ends(core: Core) -> list[tuple[str, str, str]]:
    """The ends of conflicts that were told: id, resolution, who."""
    rows = core.run("SELECT id, changed, actor FROM events WHERE type = 'conflict.resolved' ORDER BY position")
    return [(row["id"], json.loads(row["changed"])["resolution"], row["actor"]) for row in rows]


def vanished(core: Core, count: int) -> None:
    """So many entries vanish together; a first one stays."""
    run(core, [entry(number) for number in range(count + 1)], NOW)
    run(core, [entry(0)], NOW + 1)


@pytest.mark.parametrize("count", [2, 40])
def test_many_that_vanished_are_accepted_in_one_word(core: Core, people: UseCases, count: int) -> None:
    vanished(core, count)
    [before] = core.run("SELECT words FROM feeds")
    outbox, told = len(core.run("SELECT 1 FROM outbox")), len(core.run("SELECT 1 FROM events"))
    answer = people.ask(lambda ctx: words.accept_missing(ctx, FEED))
    assert json.loads(answer.body) == {"removed": count, "left": 0}
    assert core.run("SELECT words FROM feeds") == [{"words": before["words"] + 1}]
    assert core.live() == [(entry(0).start, entry(0).end)]
    assert len(core.run("SELECT 1 FROM outbox")) == outbox + 1
    assert len(core.run("SELECT 1 FROM events")) == told + 2 * count
    states = core.run("SELECT DISTINCT state, word, mass, reason FROM feed_events WHERE uid <> 'u0'")
    assert states == [{"state": "removed", "word": None, "mass": 0, "reason": "accepted"}]
    assert len(people.database.batches[-1]) <= 12
    assert findings(core, people) == []


def test_what_is_too_much_for_one_call_is_left_to_the_next(
    core: Core, people: UseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "TOGETHER", 3)
    vanished(core, 5)
    said = [json.loads(people.ask(lambda ctx: words.accept_missing(ctx, FEED)).body) for _ in range(3)]
    assert said == [{"removed": 3, "left": 2}, {"removed": 2, "left": 0}, {"removed": 0, "left": 0}]


def test_one_that_changes_meanwhile_leaves_all_as_they_were(core: Core, people: UseCases) -> None:
    vanished(core, 3)
    change = "UPDATE feed_events SET updated_at = updated_at + 1 WHERE uid = 'u2'"
    people.database.meanwhile = ("UPDATE feed_events", lambda: core.run(change))
    with pytest.raises(AppError) as refused:
        people.ask(lambda ctx: words.accept_missing(ctx, FEED))
    assert (refused.value.status, refused.value.code) == (409, "changed_meanwhile")
    assert core.run("SELECT uid FROM feed_events WHERE state <> 'imported'") == []


def test_a_vanished_conflict_ends_with_the_word(core: Core, people: UseCases) -> None:
    core.occupy("occ_1", entry(1).start, entry(1).end)
    vanished(core, 2)
    people.ask(lambda ctx: words.accept_missing(ctx, FEED))
    assert [end[1:] for end in ends(core)] == [("ignore", "usr_1")]
    assert core.run("SELECT status, resolved_by FROM conflicts") == [{"status": "resolved", "resolved_by": "usr_1"}]


def test_a_move_taken_back_is_sound(core: Core, people: UseCases) -> None:
    run(core, [entry(0)], NOW)
    run(core, [entry(0, 4)], NOW + 1)
    [decision] = core.run("SELECT run_id, id FROM feed_decisions WHERE change = 'moved'")
    people.ask(lambda ctx: words.revert(ctx, FEED, decision["run_id"], decision["id"]))
    assert core.live() == [(entry(0).start, entry(0).end)]
    assert findings(core, people) == []


@pytest.mark.parametrize("imported", ["keep", "release"])
def test_a_feed_that_is_deleted_leaves_nothing_open(core: Core, people: UseCases, imported: changes.Imported) -> None:
    conflict = in_conflict(core)
    core.run("INSERT INTO feed_alerts (tenant_id, feed_id, kind, active, told_at) VALUES ('ten_1', ?, 'trouble', 1, 0)",
             FEED)  # fmt: skip
    for _ in range(2 if imported == "release" else 1):
        people.ask(lambda ctx: changes.delete(ctx, FEED, imported, None))
    assert ends(core) == [(f"evt_{conflict[4:27]}00z", "gone", "usr_1")]
    assert core.run("SELECT status, resolution FROM conflicts") == [{"status": "resolved", "resolution": "gone"}]
    assert core.run("SELECT active FROM feed_alerts") == [{"active": 0}]
    states = {row["uid"]: row["state"] for row in core.run("SELECT uid, state FROM feed_events")}
    assert states == {"u0": "conflict", "u1": "removed" if imported == "release" else "imported"}
    assert findings(core, people) == []


def refused_with(people: UseCases, conflict_id: str, **body: Any) -> tuple[int, str]:
    with pytest.raises(AppError) as refused:
        resolve(people, conflict_id, **body)
    return refused.value.status, refused.value.code


GUARDED: Iterable[tuple[str, int]] = [
    ("UPDATE feed_events SET updated_at = updated_at + 1 WHERE uid = 'u0'", 409),
    ("UPDATE conflicts SET version = version + 1", 412),
    ("UPDATE conflicts SET status = 'resolved'", 412),
]


@pytest.mark.parametrize(("change", "status"), GUARDED)
def test_only_a_conflict_that_changed_itself_is_stale(core: Core, people: UseCases, change: str, status: int) -> None:
    conflict = in_conflict(core)
    people.database.meanwhile = ("UPDATE conflicts", lambda: core.run(change))
    assert refused_with(people, conflict) == (status, "changed_meanwhile")


def test_a_block_that_is_deleted_meanwhile_cannot_give_way(core: Core, people: UseCases) -> None:
    conflict = in_conflict(core)
    people.database.meanwhile = ("FROM blocks AS b", lambda: core.run("DELETE FROM blocks"))
    assert refused_with(people, conflict, resolution="keep_theirs", reason="Theirs") == (409, "changed_meanwhile")


def test_the_end_of_a_conflict_is_told_once_while_the_clock_stands_still(core: Core, people: UseCases) -> None:
    conflict = in_conflict(core)
    resolve(people, conflict, resolution="keep_ours")
    run(core, [entry(0, 1), entry(1)], NOW)
    assert [end[1:] for end in ends(core)] == [("keep_ours", "usr_1")]
