"""The core database in memory: the real migrations in the host's SQLite, for statements that must be tried often."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from propflow.bindings.d1 import Meta, Result, Statement

MIGRATIONS = sorted((Path(__file__).resolve().parents[3] / "migrations/core").glob("*.sql"))
TENANT, PROPERTY, UNIT, FEED = "ten_1", "prop_1", "unit_1", "feed_1"


class Core:
    """Runs batches of statements as D1 does: all or nothing, numbers bound as REAL."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 10)  # as D1 has it
        for path in MIGRATIONS:
            self.db.executescript(path.read_text())
        self.run("INSERT INTO tenants (id, name, created_at, updated_at) VALUES ('ten_1', 'Homes', 0, 0)")
        self.run(
            "INSERT INTO properties (tenant_id, id, name, time_zone, currency, created_at, updated_at)"
            " VALUES ('ten_1', 'prop_1', 'House', 'Europe/Zurich', 'CHF', 0, 0)"
        )
        self.add_unit(UNIT)
        self.run(
            "INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, next_due_at, created_at, updated_at)"
            " VALUES ('ten_1', 'feed_1', 'unit_1', 'Airbnb', 'www.airbnb.com', 'x', 0, 0, 0)"
        )

    def run(self, sql: str, *params: Any) -> list[dict[str, Any]]:
        """The rows of one statement."""
        return [dict(row) for row in self.db.execute(sql, params)]

    def batch(self, statements: Iterable[Statement]) -> list[Result]:
        """One transaction; raises sqlite3.IntegrityError after rolling back."""
        results = []
        self.db.execute("BEGIN")
        try:
            for statement in statements:
                results.append(self._one(statement))
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
        return results

    def _one(self, statement: Statement) -> Result:
        values = [float(value) if isinstance(value, int) else value for value in statement.params]
        highest = max((int(number) for number in re.findall(r"\?(\d+)", statement.sql)), default=0)
        assert highest == len(values), f"D1 wants as many values as parameters: {statement.sql}"
        before = self.db.total_changes
        cursor = self.db.execute(statement.sql, values)
        rows = [dict(row) for row in cursor.fetchall()]
        changed = self.db.total_changes - before
        return Result(results=msgspec.Raw(json.dumps(rows).encode()), meta=Meta(changes=changed, rows_written=changed))

    def add_unit(self, ident: str, home: str = PROPERTY) -> None:
        """Another unit, of two guests at 1.00 a night."""
        self.run(
            "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
            " VALUES ('ten_1', ?, ?, 'Flat', 2, 100, 0, 0)", ident, home,
        )  # fmt: skip

    def book(self, ident: str, unit: str, start: str, end: str, status: str = "confirmed") -> None:
        """A booking of two guests at 1.00 a night that has its nights, as `occ_` and its id."""
        self.run(
            "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, created_at,"
            " updated_at) VALUES ('ten_1', ?, ?, ?, ?, 'booking', ?, 0, 0)", f"occ_{ident}", unit, start, end, ident,
        )  # fmt: skip
        count = (date.fromisoformat(end) - date.fromisoformat(start)).days
        lines = [{"kind": "night", "name": "Nights", "quantity": count, "amount": 100 * count}]
        self.run(
            "INSERT INTO bookings (tenant_id, id, unit_id, occupancy_id, status, check_in, check_out, guests,"
            " guest_name, total_amount, currency, lines, created_at, updated_at)"
            " VALUES ('ten_1', ?, ?, ?, ?, ?, ?, 2, 'Ada', ?, 'CHF', ?, 0, 0)",
            ident, unit, f"occ_{ident}", status, start, end, 100 * count, json.dumps(lines),
        )  # fmt: skip

    def occupy(self, ident: str, start: str, end: str, kind: str = "booking", expires_at: int | None = None) -> None:
        """Somebody else takes nights."""
        self.run(
            "INSERT INTO occupancies"
            " (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, expires_at, created_at, updated_at)"
            " VALUES ('ten_1', ?, 'unit_1', ?, ?, ?, 'bkg_1', ?, 0, 0)",
            ident, start, end, kind, expires_at,
        )  # fmt: skip

    def live(self) -> list[tuple[str, str]]:
        """The nights that are taken, as ranges."""
        rows = self.run("SELECT start_date, end_date FROM occupancies WHERE live = 1 ORDER BY start_date")
        return [(row["start_date"], row["end_date"]) for row in rows]

    def number(self, what: str) -> int:
        """How many rows there are of a table, with a condition or without."""
        return int(self.db.execute(f"SELECT count(*) FROM {what}").fetchone()[0])
