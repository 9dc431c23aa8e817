"""Stays of channels in the ledger: whoever takes and opens nights, of a villa or of its rooms, no night that a stay
wants is open, none is taken twice, and what a stay has is told.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.occupancies import stays
from propflow.bindings.d1 import Statement
from tests.unit.calsync.core_database import FEED, TENANT, Core

PARTS = {"villa": ["a", "b"], "wing": ["b", "c"]}
UNITS = ["a", "b", "c", "villa", "wing"]
FIRST = date(2027, 3, 1)
RANGES = st.tuples(st.integers(0, 12), st.integers(1, 6))
OTHERS = "SELECT id, start_date, end_date FROM occupancies WHERE live = 1 AND main_id IS NULL AND kind <> 'ical'"
TAKE = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, expires_at, created_at, updated_at)
VALUES ('ten_1', ?1, ?2, ?3, ?4, ?5, 'hold_' || substr(?1, 5), ?6, ?7, ?7)"""


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def each(start: str, end: str) -> list[str]:
    first = date.fromisoformat(start)
    return [(first + timedelta(days=more)).isoformat() for more in range((date.fromisoformat(end) - first).days)]


def house() -> Core:
    core = Core()
    for unit in UNITS:
        core.run(
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'prop_1', 'Flat', 2, 100, 0, 0)",
            unit,
        )
    for unit, parts in PARTS.items():
        for part in parts:
            core.run("INSERT INTO unit_parts VALUES ('ten_1', ?, ?, '2026-01-01')", unit, part)
    return core


class Ledger(RuleBasedStateMachine):
    """Two villas that share a room; bookings and holds of ours, and stays that ask for whatever is free."""

    def __init__(self) -> None:
        super().__init__()
        self.core, self.now, self.ids = house(), 1_000, itertools.count()

    @rule(unit=st.sampled_from(UNITS), at=RANGES, hold=st.booleans())
    def we_take_nights(self, unit: str, at: tuple[int, int], hold: bool) -> None:
        kind, ends = ("hold", self.now + 5) if hold else ("booking", None)
        self._try(TAKE, f"occ_o{next(self.ids)}", unit, *self._nights(at), kind, ends, self.now)

    @rule(which=st.integers(0, 9))
    def we_give_nights_back(self, which: int) -> None:
        if rows := self.core.run(OTHERS):
            found = rows[which % len(rows)]["id"]
            self._try("UPDATE occupancies SET live = 0, updated_at = ?2 WHERE id = ?1", found, self.now)

    @rule(which=st.integers(0, 9), unit=st.sampled_from(UNITS), at=RANGES)
    def we_move(self, which: int, unit: str, at: tuple[int, int]) -> None:
        if rows := self.core.run(OTHERS):
            moved = "unit_id = ?2, start_date = ?3, end_date = ?4, updated_at = ?5"
            found = rows[which % len(rows)]["id"]
            self._try(f"UPDATE occupancies SET {moved} WHERE id = ?1", found, unit, *self._nights(at), self.now)

    @rule(which=st.integers(0, 9))
    def we_forget(self, which: int) -> None:
        if rows := self.core.run(OTHERS):
            self._try("DELETE FROM occupancies WHERE id = ?1", rows[which % len(rows)]["id"])

    @rule()
    def holds_run_out(self) -> None:
        self.now += 5
        self._try("UPDATE occupancies SET live = 0, updated_at = ?1 WHERE kind = 'hold' AND live AND expires_at <= ?1",
                  self.now)  # fmt: skip

    @rule(which=st.integers(0, 9), other=st.integers(0, 9))
    def two_change_places(self, which: int, other: int) -> None:
        rows = self.core.run("SELECT * FROM occupancies WHERE live = 1 AND main_id IS NULL AND kind = 'booking'")
        one, two = (rows[number % len(rows)] for number in (which, other)) if rows else ({}, {})
        if not rows or one["unit_id"] == two["unit_id"]:
            return
        pair = [(one["id"], two["unit_id"]), (two["id"], one["unit_id"])]
        lifted = [("UPDATE occupancies SET live = 0, updated_at = ?2 WHERE id = ?1", (id, self.now)) for id, _ in pair]
        come = "UPDATE occupancies SET live = 1, unit_id = ?2, updated_at = ?3 WHERE id = ?1"
        self._batch([
            *_of(stays.hold_back(TENANT)), *lifted, *((come, (id, unit, self.now)) for id, unit in pair),
            *_of(stays.let_go(TENANT), stays.settle(TENANT, sorted(unit for _, unit in pair), self.now)),
        ])  # fmt: skip

    @rule(unit=st.sampled_from(UNITS), at=RANGES)
    def a_channel_sells(self, unit: str, at: tuple[int, int]) -> None:
        stay, (start, end) = f"occ_s{next(self.ids)}", self._nights(at)
        wish = (
            "INSERT INTO waiting_stays (tenant_id, id, unit_id, feed_id, uid, source, start_date, end_date, settled_at)"
            " VALUES ('ten_1', ?1, ?2, ?3, ?1, 'ical:x', ?4, ?5, ?6)"
        )
        asked = "UPDATE waiting_stays SET settled_at = ?2 WHERE id = ?1"
        assert self._batch([(wish, (stay, unit, FEED, start, end, self.now)), (asked, (stay, self.now))])

    @rule(which=st.integers(0, 9))
    def a_channel_cancels(self, which: int) -> None:
        found = self.core.run(
            "SELECT DISTINCT coalesce(stay_id, id) AS id FROM occupancies WHERE live AND kind = 'ical'"
        )
        if found:
            stay = found[which % len(found)]["id"]
            assert self._batch(_of(*stays.give_back(TENANT, [stay.partition(":")[0]], self.now)))

    def _nights(self, at: tuple[int, int]) -> tuple[str, str]:
        self.now += 1
        return day(at[0]), day(at[0] + at[1])

    def _try(self, sql: str, *params: Any) -> None:
        self._batch([(sql, params)])

    def _batch(self, statements: list[tuple[str, Any]]) -> bool:
        """One transaction; False when the ledger refuses, for taken nights alone."""
        self.core.db.execute("BEGIN")
        try:
            for sql, params in statements:
                self.core.db.execute(sql, params)
        except sqlite3.IntegrityError as refused:
            self.core.db.execute("ROLLBACK")
            assert "unit_overlap" in str(refused)
            return False
        self.core.db.execute("COMMIT")
        return True

    @invariant()
    def every_night_has_one_owner_and_a_stay_what_is_left(self) -> None:
        taken = self._owners()
        for wish in self.core.run("SELECT * FROM waiting_stays"):
            unit, parts = wish["unit_id"], PARTS.get(wish["unit_id"], [wish["unit_id"]])
            for night in each(wish["start_date"], wish["end_date"]):
                owners = {taken.get((part, night)) for part in parts}
                assert None not in owners, (wish, night, owners)
                whole = taken.get((unit, night)) == wish["id"]
                assert whole == (owners == {wish["id"]}), "all rooms are the villa, and one less is not"

    @invariant()
    def ranges_are_whole_named_and_told(self) -> None:
        for wish in self.core.run("SELECT * FROM waiting_stays"):
            rows = self.core.run(
                "SELECT id, start_date, end_date FROM occupancies WHERE live = 1 AND main_id IS NULL"
                " AND (id = ?1 OR stay_id = ?1) AND unit_id = ?2 ORDER BY start_date", wish["id"], wish["unit_id"],
            )  # fmt: skip
            assert json.loads(wish["nights"]) == [[row["start_date"], row["end_date"]] for row in rows]
            assert all(one["end_date"] < other["start_date"] for one, other in itertools.pairwise(rows))
            for row in rows:
                first = row["start_date"] == wish["start_date"]
                assert row["id"] == (wish["id"] if first else f"{wish['id']}~{row['start_date']}")
            assert [(row["start_date"], row["end_date"]) for row in rows] != [(wish["start_date"], wish["end_date"])]

    @invariant()
    def nothing_is_left_of_a_batch(self) -> None:
        assert self.core.number("nights_held_back") == self.core.number("waiting_stays WHERE importing") == 0

    def _owners(self) -> dict[tuple[str, str], str]:
        taken: dict[tuple[str, str], str] = {}
        for row in self.core.run("SELECT *, coalesce(stay_id, main_id, id) AS owner FROM occupancies WHERE live = 1"):
            for night in each(row["start_date"], row["end_date"]):
                assert (row["unit_id"], night) not in taken
                taken[row["unit_id"], night] = row["owner"]
        return taken


def _of(*statements: Statement) -> Iterator[tuple[str, Any]]:
    return ((one.sql, one.params) for one in statements)


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
