"""Statements about files. Whose they are is a property, a unit, or the unit of a booking or lease."""

from collections.abc import Sequence

import msgspec

from api.core.restriction import of_property
from propflow import standing
from propflow.bindings.d1 import Statement, Value, sql
from propflow.clock import tenant_now
from propflow.json_text import json_text

COLUMNS = """f.id, f.property_id, f.unit_id, f.booking_id, f.lease_id, f.kind, f.title, f.position, f.file_name,
f.content_type, f.size, f.status, f.etag, f.created_by, f.upload_ends_at, f.due_at, f.version, f.created_at,
f.updated_at"""
PROPERTY = """coalesce(f.property_id, (SELECT u.property_id FROM units AS u WHERE u.tenant_id = f.tenant_id
  AND u.id = coalesce(f.unit_id,
    (SELECT b.unit_id FROM bookings AS b WHERE b.tenant_id = f.tenant_id AND b.id = f.booking_id),
    (SELECT l.unit_id FROM leases AS l WHERE l.tenant_id = f.tenant_id AND l.id = f.lease_id))))"""
GET = f"""
SELECT {COLUMNS} FROM files AS f
WHERE f.tenant_id = ?1 AND f.id = ?2 AND f.status <> 'deleted' AND {of_property(PROPERTY, "?3")}"""
# By an address that was signed before the tenant was suspended.
AT_DOOR = f"""{GET}
  AND EXISTS (SELECT 1 FROM tenants AS t WHERE t.id = ?1 AND ({standing.ACTS} OR (?4 = 1 AND {standing.READS})))"""
INSERT = """
INSERT INTO files (tenant_id, id, property_id, unit_id, booking_id, lease_id, kind, title, position, file_name,
                   content_type, size, status, created_by, upload_ends_at, due_at, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'pending', ?13, ?14, ?15, ?16, ?16)"""
CHANGE = """
UPDATE files SET kind = ?4, title = ?5, position = ?6, version = version + 1, updated_at = ?7
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER) AND status <> 'deleted'"""
COMPLETE = """
UPDATE files SET status = 'ready', etag = ?3, due_at = ?4, version = version + 1, updated_at = ?5
WHERE tenant_id = ?1 AND id = ?2 AND status = 'pending'"""
DELETE = """
UPDATE files SET status = 'deleted', due_at = ?3, version = version + 1, updated_at = ?4
WHERE tenant_id = ?1 AND status <> 'deleted' AND EXISTS (
  SELECT 1 FROM json_each(?2) WHERE value ->> 'id' = files.id AND value ->> 'version' = files.version)
  AND id IN (SELECT value ->> 'id' FROM json_each(?2))"""
ALL_DELETED = "INSERT INTO require_change SELECT changes() = json_array_length(?1)"
# Of all tenants: for upkeep.
DUE = f"""
SELECT f.tenant_id, {COLUMNS}, {tenant_now("f.tenant_id", "?1")} AS now FROM files AS f INDEXED BY files_due
WHERE f.due_at <= ?1 AND (f.status = 'deleted') = ?2 ORDER BY f.due_at LIMIT ?3"""
PRESENT = f"SELECT {tenant_now('?1', '?2')} AS now"
FORGET = """
DELETE FROM files
WHERE (tenant_id, id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1)) AND status = 'deleted'
  AND upload_ends_at <= ?2"""
# An upload may still be under way, so its object is removed once more when none can be.
ONCE_MORE = """
UPDATE files SET due_at = upload_ends_at
WHERE (tenant_id, id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1)) AND status = 'deleted'"""


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row. `upload_ends_at` and `due_at` are real instants, also in a test space."""

    id: str
    kind: str
    file_name: str
    content_type: str
    size: int
    created_by: str
    upload_ends_at: int
    created_at: int
    updated_at: int
    property_id: str | None = None
    unit_id: str | None = None
    booking_id: str | None = None
    lease_id: str | None = None
    title: str | None = None
    position: int = 0
    status: str = "pending"
    etag: str | None = None
    due_at: int | None = None
    version: int = 1


class DueRow(FileRow, frozen=True, kw_only=True):
    """A row of any tenant, and what time it is for that one."""

    tenant_id: str
    now: int


class Present(msgspec.Struct, frozen=True):
    """What time it is for a tenant."""

    now: int


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list may be narrowed by."""

    property_id: str | None = None
    unit_id: str | None = None
    booking_id: str | None = None
    lease_id: str | None = None
    kind: str | None = None
    status: str | None = None


def get(tenant_id: str, properties: str | None, file_id: str) -> Statement:
    """One file that the caller sees, as `FileRow`."""
    return sql(GET, tenant_id, file_id, properties)


def at_door(tenant_id: str, file_id: str, reads: bool) -> Statement:
    """One file that an address names, as `FileRow`; of who is suspended what is read, while that is allowed."""
    return sql(AT_DOOR, tenant_id, file_id, None, int(reads))


def list_after(
    tenant_id: str, properties: str | None, filters: Filters, prefix: str, after: str, limit: int
) -> Statement:
    """Files of a collection by id, as `FileRow`. Their ids lie together, because they begin with its prefix."""
    conditions = ["f.tenant_id = ?1", "f.id > ?2", "f.id < ?3", "f.status <> 'deleted'", of_property(PROPERTY, "?4")]
    params: list[Value] = [tenant_id, after or f"{prefix}_", f"{prefix}`", properties, limit]  # ` comes after _
    for column, value in msgspec.structs.asdict(filters).items():
        if value is not None:
            params.append(value)
            conditions.append(f"f.{column} = ?{len(params)}")
    where = " AND ".join(conditions)
    return sql(f"SELECT {COLUMNS} FROM files AS f {_index(filters)} WHERE {where} ORDER BY f.id LIMIT ?5", *params)


def _index(filters: Filters) -> str:
    """Left to itself SQLite walks all of the tenant's files, because they come in the order that is asked for."""
    for column in ("property", "unit", "booking", "lease"):
        if getattr(filters, f"{column}_id") is not None:
            return f"INDEXED BY files_by_{column}"
    return ""


def insert(tenant_id: str, row: FileRow) -> Statement:
    """A new file that is still to be uploaded."""
    return sql(
        INSERT, tenant_id, row.id, row.property_id, row.unit_id, row.booking_id, row.lease_id, row.kind, row.title,
        row.position, row.file_name, row.content_type, row.size, row.created_by, row.upload_ends_at, row.due_at,
        row.created_at,
    )  # fmt: skip


def change(tenant_id: str, row: FileRow, seen: int, now: int) -> Statement:
    """Kind, title and position become as in `row`, of exactly the version that was read."""
    return sql(CHANGE, tenant_id, row.id, seen, row.kind, row.title, row.position, now)


def present(tenant_id: str, now: int) -> Statement:
    """What time it is for the tenant when it really is `now`, as `Present`."""
    return sql(PRESENT, tenant_id, now)


def complete(tenant_id: str, file_id: str, etag: str, due_at: int | None, now: int) -> Statement:
    """It has arrived. Changes nothing when it had before, or is gone."""
    return sql(COMPLETE, tenant_id, file_id, etag, due_at, now)


def delete_all(tenant_id: str, rows: Sequence[FileRow], due_at: int, now: int) -> list[Statement]:
    """Gone for everybody, exactly the versions that were read, all or none (`guard_failed`); their objects are due."""
    seen = json_text([{"id": row.id, "version": row.version} for row in rows])
    return [sql(DELETE, tenant_id, seen, due_at, now), sql(ALL_DELETED, seen)]


def due(now: int, deleted: bool, limit: int) -> Statement:
    """What upkeep has to delete, or the objects that it has to remove, as `DueRow`."""
    return sql(DUE, now, int(deleted), limit)


def removed(rows: Sequence[DueRow], now: int) -> list[Statement]:
    """The objects are gone. So are the rows, unless an upload may still bring one back."""
    seen = json_text([[row.tenant_id, row.id] for row in rows])
    return [sql(FORGET, seen, now), sql(ONCE_MORE, seen)]
