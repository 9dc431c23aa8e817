"""A refresh of many units: read together, written together, and never by what was read before somebody was faster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from support.in_memory import InMemory

from calsync.exports import rules, service
from calsync.exports.models import Unit
from propflow.bindings.d1 import Result, Statement, sql
from propflow.errors import Transient
from tests.unit.calsync.core_database import TENANT, Core

UNITS = [f"unit_{number}" for number in range(1, 4)]
FASTER = "UPDATE calendar_exports SET refreshed_at = coalesce(refreshed_at, 0) + 1 WHERE unit_id = 'unit_2'"
CLOSED = sql("INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)"
             " VALUES ('ten_1', 'done', 't', '{}', 0, 0, 0)")  # fmt: skip


class Watched(InMemory):
    """A database that tells what it is asked, and does something before each batch."""

    def __init__(self, core: Core) -> None:
        super().__init__("core", db=core.db)
        core.db.row_factory = None
        self.batches: list[list[Statement]] = []
        self.before: Callable[[int], object] = lambda number: None

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.before(len(self.batches))
        self.batches.append([*statements])
        return await super().batch(statements)


@pytest.fixture
def db() -> Watched:
    core = Core()
    for unit in UNITS[1:]:
        core.add_unit(unit)
    for unit in UNITS:
        core.run(
            "INSERT INTO calendar_exports (tenant_id, id, unit_id, channel, token_hash, key_id, created_at)"
            " VALUES ('ten_1', ?1, ?2, 'any', ?1, 'k1', 0)", f"exp_{unit}", unit,
        )  # fmt: skip
    return Watched(core)


def refresh(db: Watched, units: Sequence[str] = UNITS) -> None:
    asyncio.run(service.refresh(db, "i", [Unit(TENANT, unit) for unit in units], closing=[CLOSED]))


def take(db: Watched, *units: str, nights: int = 1) -> None:
    for unit in units:
        for night in range(1, nights + 1):
            db.db.execute(
                "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, created_at,"
                " updated_at) VALUES ('ten_1', ?, ?, date('2027-01-01', ?), date('2027-01-01', ?), 'owner', 'x', 0, 0)",
                (f"occ_{unit}_{night}", unit, f"+{night} days", f"+{night + 1} days"),
            )


def shown(db: Watched) -> list[int]:
    rows = db.db.execute("SELECT body FROM calendar_exports ORDER BY unit_id").fetchall()
    return [(body or "").count("BEGIN:VEVENT") for (body,) in rows]


def test_who_was_overtaken_once_reads_all_again_and_stores_what_is_there_now(db: Watched) -> None:
    def somebody_is_faster(number: int) -> None:
        if number == 1:
            take(db, "unit_1")
            db.db.execute(FASTER)

    db.before = somebody_is_faster
    refresh(db)
    assert len(db.batches) == 4 and shown(db) == [1, 0, 0] and db.number("outbox") == 1


def test_who_is_always_overtaken_closes_nothing(db: Watched) -> None:
    db.before = lambda number: db.db.execute(FASTER)
    with pytest.raises(Transient):
        refresh(db)
    assert len(db.batches) == 2 * service.RACES + 1 and db.number("outbox") == 0


def test_bodies_that_are_too_long_for_one_batch_are_written_in_several(
    db: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_TEXT", 4 * service.ENTRY)
    take(db, *UNITS, nights=3)
    refresh(db)
    closing = [CLOSED in statements for statements in db.batches]
    assert closing == [False, False, False, True] and shown(db) == [3, 3, 3]


def test_what_shares_nights_with_a_named_unit_is_read_a_bounded_number_at_a_time(
    db: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in UNITS[1:]:
        db.db.execute("INSERT INTO unit_parts VALUES ('ten_1', 'unit_1', ?, '2026-01-01')", (part,))
    take(db, "unit_1")
    refresh(db, UNITS[:1])
    assert len(db.batches) == 3 and shown(db) == [1, 1, 1]
    db.db.execute("DELETE FROM outbox")
    monkeypatch.setattr(service, "MOST_UNITS", 1)
    refresh(db, UNITS[:1])
    assert [CLOSED in statements for statements in db.batches[3:]] == [False] * 4 + [True]


def test_an_export_from_a_clock_that_was_ahead_is_still_replaced(db: Watched) -> None:
    ahead = 9_000_000_000_000
    db.db.execute("UPDATE calendar_exports SET refreshed_at = ? WHERE unit_id = 'unit_2'", (ahead,))
    refresh(db)
    rows = dict(db.db.execute("SELECT unit_id, refreshed_at FROM calendar_exports").fetchall())
    assert rows["unit_2"] == ahead + 1 and rows["unit_1"] < ahead, "and nobody else's instant follows it"


def test_an_entry_is_as_long_as_is_reckoned_at_most() -> None:
    taken = rules.Taken(
        id=f"occ_{'0' * 26}:unit_{'0' * 26}", start="2027-01-01", end="2027-01-02", kind="owner", source="x",
        created_at=0, updated_at=10**12,
    )  # fmt: skip
    one, two = (len(service.writer.write(rules.entries([taken] * count, "any", "0a1b2c3d"))) for count in (1, 2))
    assert two - one <= service.ENTRY
