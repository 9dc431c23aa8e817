"""Statements about push targets as the API sees them; the calsync Worker brings calendars to them."""

import msgspec

from api.core.restriction import of_unit
from propflow.bindings.d1 import Statement, sql

COLUMNS = """id, unit_id, kind, name, host, sealed, status, revision, pushed_revision, failures, error, last_attempt_at,
last_success_at, next_attempt_at, version, created_at, updated_at"""
GET = f"""
SELECT {COLUMNS} FROM push_targets
WHERE tenant_id = ?1 AND id = ?2 AND status <> 'ending' AND {of_unit("push_targets", "?3")}"""
LIST = f"""
SELECT {COLUMNS} FROM push_targets
WHERE tenant_id = ?1 AND id > ?2 AND (?4 IS NULL OR unit_id = ?4) AND status <> 'ending'
  AND {of_unit("push_targets", "?5")}
ORDER BY id LIMIT ?3"""
# Counted in the statement itself, so that no two can pass together.
INSERT = """
INSERT INTO push_targets (tenant_id, id, unit_id, kind, name, host, sealed, next_attempt_at, created_at, updated_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?8
WHERE (SELECT COUNT(*) FROM push_targets WHERE tenant_id = ?1 AND unit_id = ?3) < CAST(?9 AS INTEGER)"""
# calsync counts the revision up whenever the calendar changes, so it is never written as a number that was read.
CHANGE = """
UPDATE push_targets SET name = ?4, host = ?5, sealed = ?6, status = ?7, failures = 0, error = NULL,
  next_attempt_at = ?8, revision = revision + 1, version = version + 1, updated_at = ?8
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER) AND status <> 'ending'"""
RESEAL = """
UPDATE push_targets SET sealed = ?4, version = version + 1, updated_at = ?5
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER) AND status <> 'ending'"""
FORGET_ENTRIES = "DELETE FROM pushed_entries WHERE tenant_id = ?1 AND target_id = ?2"
REVISE = """
UPDATE push_targets SET revision = revision + 1, failures = 0, error = NULL, next_attempt_at = ?3
WHERE tenant_id = ?1 AND id = ?2 AND status = 'active'"""
END = """
UPDATE push_targets SET status = 'ending', revision = revision + 1, failures = 0, error = NULL, next_attempt_at = ?3,
  version = version + 1, updated_at = ?3
WHERE tenant_id = ?1 AND id = ?2 AND status <> 'ending'"""
DELETE = "DELETE FROM push_targets WHERE tenant_id = ?1 AND id = ?2"

DELETE_ALL = "DELETE FROM push_targets WHERE tenant_id = ?1"


class TargetRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `sealed` holds the address and the credentials."""

    id: str
    unit_id: str
    kind: str
    name: str
    host: str
    sealed: str
    status: str = "active"
    revision: int = 1
    pushed_revision: int = 0
    failures: int = 0
    error: str | None = None
    last_attempt_at: int | None = None
    last_success_at: int | None = None
    next_attempt_at: int
    version: int = 1
    created_at: int
    updated_at: int


def get(tenant_id: str, properties: str | None, target_id: str) -> Statement:
    """One target of a unit that the caller sees, as `TargetRow`."""
    return sql(GET, tenant_id, target_id, properties)


def list_after(tenant_id: str, properties: str | None, after: str, limit: int, unit_id: str | None) -> Statement:
    """Targets of the units that the caller sees, by id, as `TargetRow`."""
    return sql(LIST, tenant_id, after, limit, unit_id, properties)


def insert(tenant_id: str, row: TargetRow, most: int) -> Statement:
    """A new target, unless its unit has so many already."""
    return sql(
        INSERT, tenant_id, row.id, row.unit_id, row.kind, row.name, row.host, row.sealed, row.created_at, most
    )  # fmt: skip


def change(tenant_id: str, before: TargetRow, after: TargetRow) -> Statement:
    """The target as it is to be, if it is still the version that was read; it is brought over anew."""
    return sql(
        CHANGE, tenant_id, before.id, before.version, after.name, after.host, after.sealed, after.status,
        after.updated_at,
    )  # fmt: skip


def reseal(tenant_id: str, before: TargetRow, sealed: str, now: int) -> Statement:
    """Other secrets, of the version that was read; nothing is to be brought over for that."""
    return sql(RESEAL, tenant_id, before.id, before.version, sealed, now)


def forget_entries(tenant_id: str, target_id: str) -> Statement:
    """Nothing of ours is known to lie there: another collection begins empty."""
    return sql(FORGET_ENTRIES, tenant_id, target_id)


def revise(tenant_id: str, target_id: str, now: int) -> Statement:
    """Bring it over again, from the beginning of its pauses."""
    return sql(REVISE, tenant_id, target_id, now)


def end(tenant_id: str, target_id: str, now: int) -> Statement:
    """The target is gone for people; calsync takes its entries away and removes the row."""
    return sql(END, tenant_id, target_id, now)


def delete(tenant_id: str, target_id: str) -> Statement:
    """Remove it at once; its entries stay where they are."""
    return sql(DELETE, tenant_id, target_id)


def delete_all(tenant_id: str) -> Statement:
    """The same for all of the tenant: whoever made them is told nothing more, also not that they end."""
    return sql(DELETE_ALL, tenant_id)
