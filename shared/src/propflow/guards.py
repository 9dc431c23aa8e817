"""Saying no inside a batch: what should have changed something and did not rolls everything back."""

from propflow.bindings.d1 import Statement, sql

CHANGED = "INSERT INTO require_change SELECT changes()"
NEVER = "INSERT INTO require_change SELECT 0"
CHANGED_ALL = "INSERT INTO require_change SELECT changes() = CAST(?1 AS INTEGER)"


def changed() -> Statement:
    """Put it behind a guarded statement: the batch fails as `guard_failed` when that changed nothing."""
    return sql(CHANGED)


def never() -> Statement:
    """At the end of a batch that is only to be judged: what was not refused before fails as `guard_failed`."""
    return sql(NEVER)


def changed_all(count: int) -> Statement:
    """The same behind a statement about so many rows: each of them must have been what it guards."""
    return sql(CHANGED_ALL, count)
