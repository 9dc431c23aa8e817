"""Statements about dead letters. They belong to the installation: a malformed body has no tenant."""

import msgspec

from propflow.bindings.d1 import Statement, sql

COLUMNS = "id, queue, tenant_id, outbox_id, body, reason, attempts, created_at, replayed_at"
GET = f"SELECT {COLUMNS} FROM dead_letters WHERE id = ?1"
LIST = f"SELECT {COLUMNS} FROM dead_letters WHERE id > ?1 AND (?2 = 1 OR replayed_at IS NULL) ORDER BY id LIMIT ?3"
FORGET_LETTERS = """
DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE replayed_at <= ?1 LIMIT ?2)"""
MARK_REPLAYED = "UPDATE dead_letters SET replayed_at = ?2 WHERE id = ?1 AND replayed_at IS NULL"


class DeadLetterRow(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    queue: str
    tenant_id: str | None
    outbox_id: str | None
    body: str
    reason: str
    attempts: int
    created_at: int
    replayed_at: int | None


def get(letter_id: str) -> Statement:
    """One dead letter, as `DeadLetterRow`."""
    return sql(GET, letter_id)


def list_after(after: str, replayed_too: bool, limit: int) -> Statement:
    """Dead letters by id, as `DeadLetterRow`."""
    return sql(LIST, after, int(replayed_too), limit)


def mark_replayed(letter_id: str, now: int) -> Statement:
    """Note that a letter was replayed; changes nothing the second time."""
    return sql(MARK_REPLAYED, letter_id, now)


def forget_letters(before: int, limit: int) -> Statement:
    """Remove dead letters that were replayed long ago, a bounded number at a time."""
    return sql(FORGET_LETTERS, before, limit)
