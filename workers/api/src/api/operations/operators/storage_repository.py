"""Statements about how large the databases are, and whose rows they are."""

import msgspec

from propflow.bindings.d1 import Statement, sql

DAYS = "SELECT database, day, bytes FROM database_sizes WHERE database = ?1 AND day >= ?2 ORDER BY day"
# Written when it differs by more than a mebibyte, so that a quiet day costs nothing.
NOTE = """
INSERT INTO database_sizes (database, day, bytes) VALUES (?1, ?2, ?3)
ON CONFLICT (database, day) DO UPDATE SET bytes = excluded.bytes WHERE abs(bytes - excluded.bytes) > 1048576"""
TENANTS = """
SELECT d.tenant_id, CAST(sum(d.amount) AS INTEGER) AS rows_written,
  coalesce((SELECT used FROM usage_counters AS c
    WHERE c.tenant_id = d.tenant_id AND c.meter = 'answer_bytes' AND c.period = ''), 0) AS answer_bytes,
  coalesce((SELECT used FROM usage_counters AS c
    WHERE c.tenant_id = d.tenant_id AND c.meter = 'storage_bytes' AND c.period = ''), 0) AS storage_bytes
FROM usage_days AS d INDEXED BY usage_days_by_day
WHERE d.day >= ?1 AND d.meter = 'cost_rows_written' GROUP BY d.tenant_id ORDER BY rows_written DESC LIMIT ?2"""
ANY = "SELECT 1"


class SizeRow(msgspec.Struct, frozen=True, kw_only=True):
    """How large a database was at the end of a day, or is today."""

    database: str
    day: str
    bytes: int


class TenantRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant's requests wrote, and what it has kept."""

    tenant_id: str
    rows_written: int
    answer_bytes: int
    storage_bytes: int


def days(database: str, since: str) -> Statement:
    """The sizes of a database by day, as `SizeRow`."""
    return sql(DAYS, database, since)


def note(database: str, day: str, size: int) -> Statement:
    """So large it is on this day."""
    return sql(NOTE, database, day, size)


def tenants(since: str, limit: int) -> Statement:
    """Who wrote most since a day, as `TenantRow`."""
    return sql(TENANTS, since, limit)


def anything() -> Statement:
    """A statement whose answer tells how large the database is."""
    return sql(ANY)
