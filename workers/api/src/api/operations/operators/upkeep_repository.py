"""Statements about the runs of the upkeep."""

from collections.abc import Sequence

import msgspec

from propflow import ids
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

INSERT = """
INSERT INTO upkeep_runs (id, job, rows, error, started_at, finished_at)
SELECT value ->> 'id', value ->> 'job', value ->> 'rows', value ->> 'error', value ->> 'started_at',
       value ->> 'finished_at' FROM json_each(?1)"""
LIST = """
SELECT id, job, rows, error, started_at, finished_at FROM upkeep_runs
WHERE (?1 = '' OR id < ?1) AND (?2 IS NULL OR job = ?2) AND (?3 = 0 OR error IS NOT NULL) ORDER BY id DESC LIMIT ?4"""
FORGET = "DELETE FROM upkeep_runs WHERE id IN (SELECT id FROM upkeep_runs WHERE id < ?1 LIMIT ?2)"


class UpkeepRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one job did; the job `tick` stands for a whole run."""

    id: str
    job: str
    rows: int = 0
    error: str | None = None
    started_at: int
    finished_at: int


def insert(rows: Sequence[UpkeepRow]) -> Statement:
    """Record a run, in one statement."""
    return sql(INSERT, json_text(rows))


def list_before(after: str, job: str | None, failed_only: bool, limit: int) -> Statement:
    """Runs by id, newest first, as `UpkeepRow`."""
    return sql(LIST, after, job, int(failed_only), limit)


def forget(before: int, limit: int) -> Statement:
    """Remove the records of runs before an instant, a bounded number at a time."""
    return sql(FORGET, ids.first_id("upk", before), limit)
