"""A database as a Worker sees it, in the host's own SQLite with all migrations."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from propflow.bindings.d1 import Database, Meta, Result, Statement, refusal
from propflow.errors import Unavailable
from support.schema import migrated


class InMemory(Database):
    """A database as a Worker sees it, which takes so much in a parameter and is away when told.

    A batch is all or nothing. `db` is one that a test has already.
    """

    def __init__(self, name: str, most: int = 2_000_000, db: sqlite3.Connection | None = None) -> None:
        self.db = db or migrated(name)
        self.most, self.away, self.refuses, self.calls = most, False, "", 0

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.calls += 1
        if self.away:
            raise Unavailable("database_unavailable", "The database did not answer.")
        self.db.execute("BEGIN")
        try:
            results = [self._one(statement) for statement in statements]
        except BaseException as failed:
            self.db.execute("ROLLBACK")
            if isinstance(failed, sqlite3.IntegrityError):
                raise refusal(str(failed)) from failed
            raise
        self.db.execute("COMMIT")
        return results

    def _one(self, statement: Statement) -> Result:
        texts = [value for value in statement.params if isinstance(value, str)]
        if any(len(text) > self.most or (self.refuses and self.refuses in text) for text in texts):
            raise RuntimeError("D1_ERROR: string or blob too big: SQLITE_TOOBIG")
        values = [float(value) if isinstance(value, int) else value for value in statement.params]
        cursor = self.db.execute(statement.sql, values)
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return Result(results=json.dumps(rows).encode(), meta=Meta())  # type: ignore[arg-type]

    def number(self, what: str) -> int:
        return int(self.db.execute(f"SELECT count(*) FROM {what}").fetchone()[0])
