"""Statements about what operators should look at. `propflow.operator_alerts` writes them."""

import msgspec

from propflow.bindings.d1 import Statement, sql

COLUMNS = "kind, subject, tenant_id, detail, times, first_at, last_at, told_at, resolved_at"
GET = f"SELECT {COLUMNS} FROM operator_alerts WHERE kind = ?1 AND subject = ?2"
LIST = f"""
SELECT json_array(kind, subject) AS cursor, {COLUMNS} FROM operator_alerts
WHERE (kind, subject) > (?1 ->> 0, ?1 ->> 1) AND (?2 = 1 OR resolved_at IS NULL) ORDER BY kind, subject LIMIT ?3"""
RESOLVE = "UPDATE operator_alerts SET resolved_at = ?3 WHERE kind = ?1 AND subject = ?2 AND resolved_at IS NULL"
UNTOLD = """
SELECT kind, subject FROM operator_alerts INDEXED BY operator_alerts_told
WHERE told_at IS NULL AND resolved_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM operator_alerts AS o INDEXED BY operator_alerts_told WHERE o.told_at > ?1 AND o.resolved_at IS NULL)
LIMIT ?2"""
TELL = f"""
UPDATE operator_alerts SET told_at = ?3
WHERE told_at IS NULL AND resolved_at IS NULL AND (kind, subject) IN ({UNTOLD})"""
FORGET = """
DELETE FROM operator_alerts WHERE (kind, subject) IN (
  SELECT kind, subject FROM operator_alerts INDEXED BY operator_alerts_closed WHERE resolved_at <= ?1 LIMIT ?2)"""


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at, however often it was noticed."""

    kind: str
    subject: str
    tenant_id: str | None
    detail: str
    times: int
    first_at: int
    last_at: int
    told_at: int | None
    resolved_at: int | None
    cursor: str = ""


def get(kind: str, subject: str) -> Statement:
    """One alert, as `AlertRow`."""
    return sql(GET, kind, subject)


def list_after(after: str, resolved_too: bool, limit: int) -> Statement:
    """Alerts by kind and subject, as `AlertRow`."""
    return sql(LIST, after or '["",""]', int(resolved_too), limit)


def resolve(kind: str, subject: str, now: int) -> Statement:
    """It was looked at; changes nothing the second time."""
    return sql(RESOLVE, kind, subject, now)


def untold(told_since: int, limit: int) -> Statement:
    """What nobody was told of yet; nothing when somebody was told of something since an instant."""
    return sql(UNTOLD, told_since, limit)


def tell(told_since: int, limit: int, now: int) -> Statement:
    """The same are told `now`."""
    return sql(TELL, told_since, limit, now)


def forget(before: int, limit: int) -> Statement:
    """Remove what was resolved long ago, a bounded number at a time."""
    return sql(FORGET, before, limit)
