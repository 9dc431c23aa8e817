"""Statements of the integrity job: a part of a walk, how far the pass is, and what was found."""

from collections.abc import Sequence

import msgspec

from api.operations.integrity import books_repository as books
from api.operations.integrity import nights_repository as nights
from propflow.bindings.d1 import Statement, sql

ROWS = """
(SELECT * FROM {table} WHERE ({key}) > ({after}) ORDER BY {key} LIMIT ?2)"""
KEYS = "SELECT json_array({key}) AS last FROM {table} WHERE ({key}) > ({after}) ORDER BY {key} LIMIT ?2"
FIND = """
INSERT INTO integrity_findings (kind, tenant_id, object_id, detail, found_at, seen_at)
SELECT fault, tenant, object, about, ?4, ?3 FROM (
  SELECT {fault} AS fault, c.{tenant} AS tenant, {object} AS object, json_array({key}) AS about FROM {rows} AS c)
WHERE fault IS NOT NULL
ON CONFLICT (tenant_id, kind, object_id) DO UPDATE SET
  seen_at = excluded.seen_at, detail = excluded.detail, resolved_at = NULL,
  found_at = CASE WHEN resolved_at IS NULL THEN found_at ELSE excluded.found_at END"""

PROGRESS = "SELECT began_at, finished_at, walk, after, rows_seen, rows_read FROM integrity_passes WHERE id = 1"
BEGIN = """
UPDATE integrity_passes SET began_at = ?2, finished_at = NULL, walk = 0, after = '', rows_seen = 0, rows_read = 0
WHERE id = 1 AND began_at = ?1 AND finished_at IS NOT NULL"""
# Only from where this run began, so that of two runs at once one gets on.
ADVANCE = """
UPDATE integrity_passes SET walk = ?4, after = ?5, rows_seen = rows_seen + ?6, rows_read = rows_read + ?7,
  finished_at = CAST(?8 AS INTEGER)
WHERE id = 1 AND began_at = ?1 AND walk = ?2 AND after = ?3 AND finished_at IS NULL"""
RESOLVE = """
UPDATE integrity_findings INDEXED BY integrity_findings_open SET resolved_at = ?2
WHERE resolved_at IS NULL AND seen_at < ?1"""
FORGET = """
DELETE FROM integrity_findings WHERE (tenant_id, kind, object_id) IN (
  SELECT tenant_id, kind, object_id FROM integrity_findings WHERE resolved_at <= ?1 LIMIT ?2)"""
LIST = """
SELECT json_array(tenant_id, kind, object_id) AS cursor, kind, tenant_id, object_id, detail, found_at, seen_at,
  resolved_at
FROM integrity_findings
WHERE (tenant_id, kind, object_id) > (?1 ->> 0, ?1 ->> 1, ?1 ->> 2) AND (?2 = 1 OR resolved_at IS NULL)
  AND (?3 IS NULL OR tenant_id = ?3)
ORDER BY tenant_id, kind, object_id LIMIT ?4"""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """All rows of a table in the order of its primary key, whose first column names the tenant."""

    table: str
    fault: str
    key: tuple[str, ...] = ("tenant_id", "id")
    start: str = '["",""]'


WALKS: tuple[Walk, ...] = (
    Walk(table="occupancies", fault=nights.OCCUPANCIES),
    Walk(table="bookings", fault=nights.BOOKINGS),
    Walk(table="leases", fault=nights.LEASES),
    Walk(table="blocks", fault=nights.BLOCKS),
    Walk(table="feed_events", fault=nights.FEED_EVENTS, key=("tenant_id", "feed_id", "uid"), start='["","",""]'),
    Walk(table="waiting_stays", fault=nights.WAITING_STAYS),
    Walk(table="units", fault=books.UNITS),
    Walk(table="quotes", fault=books.QUOTES),
    Walk(table="outbox", fault=books.OUTBOX),
    Walk(table="invoices", fault=books.INVOICES),
    Walk(table="invoice_sequences", fault=books.SERIES, key=("tenant_id", "series")),
    Walk(table="events", fault=books.EVENTS, key=("tenant_id", "position"), start='["",0]'),
    Walk(table="tenants", fault=books.TENANTS, key=("id",), start='[""]'),
)


class PassRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far the pass is: in which walk, and after which key (JSON, empty at its begin)."""

    began_at: int
    finished_at: int | None
    walk: int
    after: str
    rows_seen: int
    rows_read: int


class KeyRow(msgspec.Struct, frozen=True):
    """The key of a row, as JSON."""

    last: str


class FindingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A finding; `detail` is the key of the row at fault."""

    cursor: str
    kind: str
    tenant_id: str
    object_id: str
    detail: str
    found_at: int
    seen_at: int
    resolved_at: int | None


def part(walk: Walk, after: str, limit: int, began_at: int, now: int) -> list[Statement]:
    """Record the faults of the next rows of a walk, and read the keys of these rows as `KeyRow`."""
    key = ", ".join(walk.key)
    marks = ", ".join(f"?1 ->> {number}" for number in range(len(walk.key)))
    place = {"table": walk.table, "key": key, "after": marks}
    tenant, *own = walk.key
    names = " || ' ' || ".join(f"c.{column}" for column in own or [tenant])
    find = FIND.format(
        fault=walk.fault, tenant=tenant, object=f"CAST({names} AS TEXT)", rows=ROWS.format(**place),
        key=", ".join(f"c.{column}" for column in walk.key),
    )  # fmt: skip
    start = after or walk.start
    return [sql(find, start, limit, began_at, now), sql(KEYS.format(**place), start, limit)]


def get_pass() -> Statement:
    """Where the pass is, as `PassRow`."""
    return sql(PROGRESS)


def begin(before: PassRow, now: int) -> Statement:
    """Begin another pass; changes nothing when somebody was faster."""
    return sql(BEGIN, before.began_at, now)


def advance(before: PassRow, after: PassRow) -> Statement:
    """Get on with the pass; changes nothing when somebody was faster."""
    return sql(
        ADVANCE, before.began_at, before.walk, before.after, after.walk, after.after,
        after.rows_seen - before.rows_seen, after.rows_read - before.rows_read, after.finished_at,
    )  # fmt: skip


def resolve(began_at: int, now: int) -> Statement:
    """Close what the pass that began then did not see."""
    return sql(RESOLVE, began_at, now)


def forget(before: int, limit: int) -> Statement:
    """Remove findings that were resolved at an instant or before it."""
    return sql(FORGET, before, limit)


def list_after(after: str, resolved_too: bool, tenant_id: str | None, limit: int) -> Statement:
    """Findings by tenant, kind and object, as `FindingRow`."""
    return sql(LIST, after or '["","",""]', int(resolved_too), tenant_id, limit)


def last_of(rows: Sequence[KeyRow], limit: int) -> str:
    """After which key a walk goes on; the empty string when it is over."""
    return rows[-1].last if len(rows) == limit else ""
