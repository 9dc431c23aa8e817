"""Statements about calendar exports."""

import msgspec

from propflow import standing
from propflow.bindings.d1 import Statement, sql

COLUMNS = """
id, unit_id, channel, key_id, token_hash, generation, previous_until, changed_at, read_at, reads, known_to_former,
created_at"""
BY_UNIT = f"""
SELECT {COLUMNS} FROM calendar_exports
WHERE tenant_id = ?1 AND unit_id = ?2 AND (?3 IS NULL OR channel = ?3) ORDER BY channel"""
GET = f"SELECT {COLUMNS} FROM calendar_exports WHERE tenant_id = ?1 AND unit_id = ?2 AND id = ?3"
INSERT = """
INSERT OR IGNORE INTO calendar_exports (tenant_id, id, unit_id, channel, token_hash, key_id, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"""
ROTATE = """
UPDATE calendar_exports SET generation = generation + 1, key_id = ?4, token_hash = ?5, known_to_former = 0,
  previous_hash = CASE WHEN ?6 > ?7 THEN token_hash END, previous_until = CASE WHEN ?6 > ?7 THEN ?6 END
WHERE tenant_id = ?1 AND id = ?2 AND generation = CAST(?3 AS INTEGER)"""
DELETE = "DELETE FROM calendar_exports WHERE tenant_id = ?1 AND id = ?2"
# `?2` are the only properties that they saw, or null; `?3` those that they still see.
FORMER = """
UPDATE calendar_exports SET known_to_former = 1 WHERE tenant_id = ?1 AND known_to_former = 0 AND EXISTS (
  SELECT 1 FROM units AS u WHERE u.tenant_id = ?1 AND u.id = calendar_exports.unit_id
    AND (?2 IS NULL OR u.property_id IN (SELECT value FROM json_each(?2)))
    AND u.property_id NOT IN (SELECT value FROM json_each(?3)))"""
DELETE_ALL = "DELETE FROM calendar_exports WHERE tenant_id = ?1"

# The token is the credential: like a session it is looked up before any tenant is known.
_BODY = """
SELECT e.tenant_id, e.id, e.body, e.etag, e.changed_at, e.read_at
FROM calendar_exports AS e CROSS JOIN tenants AS t ON t.id = e.tenant_id"""
BODY = f"""
{_BODY} WHERE e.token_hash = ?1 AND e.unit_id = ?2 AND {standing.ACTS}
UNION ALL
{_BODY} WHERE e.previous_hash = ?1 AND e.unit_id = ?2 AND e.previous_until > ?3 AND {standing.ACTS}"""

# Only for who saw the same: of several isolates at once one writes, and the others count on.
READ = """
UPDATE calendar_exports SET read_at = ?4, reads = reads + CAST(?5 AS INTEGER)
WHERE tenant_id = ?1 AND id = ?2 AND read_at IS ?3"""


class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row without its body; the token is derived from `key_id`, `id` and `generation`."""

    id: str
    unit_id: str
    channel: str
    key_id: str
    token_hash: str
    generation: int = 1
    previous_until: int | None = None
    changed_at: int | None = None
    read_at: int | None = None
    reads: int = 0
    known_to_former: bool = False
    created_at: int


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What the calsync Worker rendered last, when that was, and when it was last known to be read."""

    tenant_id: str
    id: str
    body: str | None
    etag: str | None
    changed_at: int | None
    read_at: int | None


def by_unit(tenant_id: str, unit_id: str, channel: str | None = None) -> Statement:
    """The exports of a unit, as `ExportRow`."""
    return sql(BY_UNIT, tenant_id, unit_id, channel)


def get(tenant_id: str, unit_id: str, export_id: str) -> Statement:
    """One export of a unit that the caller must see, as `ExportRow`."""
    return sql(GET, tenant_id, unit_id, export_id)


def insert(tenant_id: str, row: ExportRow) -> Statement:
    """A new export, unless the unit has one for this channel."""
    return sql(INSERT, tenant_id, row.id, row.unit_id, row.channel, row.token_hash, row.key_id, row.created_at)


def rotate(tenant_id: str, before: ExportRow, after: ExportRow, until: int, now: int) -> Statement:
    """Another token in place of exactly the one that was read; put a guard behind it."""
    return sql(ROTATE, tenant_id, before.id, before.generation, after.key_id, after.token_hash, until, now)


def delete(tenant_id: str, export_id: str) -> Statement:
    """The address is gone; put a guard behind it."""
    return sql(DELETE, tenant_id, export_id)


def known_to_former(tenant_id: str, property_ids: str | None, still: str | None = None) -> Statement:
    """Somebody who could see the addresses, of all properties or of these (JSON), may see them no more.

    But for those that they `still` see, in JSON as well.
    """
    return sql(FORMER, tenant_id, property_ids, still or "[]")


def delete_all(tenant_id: str) -> Statement:
    """No address of the tenant opens any more."""
    return sql(DELETE_ALL, tenant_id)


def body(token_hash: str, unit_id: str, now: int) -> Statement:
    """The calendar behind a public address, as `Body`."""
    return sql(BODY, token_hash, unit_id, now)


def read(found: Body, now: int, times: int) -> Statement:
    """It was read so many times since it was last written down."""
    return sql(READ, found.tenant_id, found.id, found.read_at, now, times)
