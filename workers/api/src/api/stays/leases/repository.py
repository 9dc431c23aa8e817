"""Statements about leases."""

import msgspec

from api.core.restriction import of_unit
from api.occupancies.repository import OccupancyRow
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

OPEN_END = "9999-12-31"
"""What the ledger keeps for an open end: it blocks everything after the start."""

Rents = list[tuple[str, int]]

COLUMNS = """l.id, l.unit_id, l.occupancy_id, l.status, l.start_date, l.end_date, l.renter_name, l.renter_email,
l.renter_phone, l.rents, l.currency, l.period, l.due_day, l.deposit_amount, l.note, l.reason, l.version, l.created_at,
l.updated_at, p.time_zone"""
JOIN = """
CROSS JOIN units AS u ON u.tenant_id = l.tenant_id AND u.id = l.unit_id
CROSS JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id"""
GET = f"SELECT {COLUMNS} FROM leases AS l {JOIN} WHERE l.tenant_id = ?1 AND l.id = ?2 AND {of_unit('l', '?3')}"
LIST = f"""
SELECT {COLUMNS} FROM leases AS l {{index}} {JOIN}
WHERE l.tenant_id = ?1 AND l.id > ?2 AND {of_unit("l", "?3")} {{more}} ORDER BY l.id LIMIT ?4"""
LIST_ALL = LIST.format(index="", more="")
# Left to itself SQLite walks all of the tenant's leases, because they come in the order that is asked for.
LIST_OF_UNIT = LIST.format(index="INDEXED BY leases_by_unit", more="AND l.unit_id = ?5")

INSERT = """
INSERT INTO leases (tenant_id, id, unit_id, status, start_date, end_date, renter_name, renter_email, renter_phone,
                    rents, currency, period, due_day, deposit_amount, note, created_at, updated_at)
VALUES (?1, ?2, ?3, 'draft', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15)"""
UPDATE = """
UPDATE leases SET status = ?4, occupancy_id = ?5, end_date = ?6, renter_name = ?7, renter_email = ?8,
  renter_phone = ?9, rents = ?10, due_day = ?11, note = ?12, reason = ?13, version = version + 1, updated_at = ?14
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)"""


class LeaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row with its property's time zone; `rents` is JSON, a list of [from day, amount]."""

    id: str
    unit_id: str
    status: str
    start_date: str
    end_date: str | None
    renter_name: str
    renter_email: str | None
    renter_phone: str | None
    rents: str
    currency: str
    period: str
    due_day: int | None
    deposit_amount: int | None
    note: str | None
    created_at: int
    updated_at: int
    time_zone: str
    occupancy_id: str | None = None
    reason: str | None = None
    version: int = 1


def get(tenant_id: str, properties: str | None, lease_id: str) -> Statement:
    """One lease of a unit that the caller sees, as `LeaseRow`."""
    return sql(GET, tenant_id, lease_id, properties)


def list_after(tenant_id: str, properties: str | None, after: str, limit: int, unit_id: str | None) -> Statement:
    """Leases by id, as `LeaseRow`."""
    if unit_id is None:
        return sql(LIST_ALL, tenant_id, after, properties, limit)
    return sql(LIST_OF_UNIT, tenant_id, after, properties, limit, unit_id)


def insert(tenant_id: str, row: LeaseRow) -> Statement:
    """A new draft."""
    return sql(
        INSERT, tenant_id, row.id, row.unit_id, row.start_date, row.end_date, row.renter_name, row.renter_email,
        row.renter_phone, row.rents, row.currency, row.period, row.due_day, row.deposit_amount, row.note,
        row.created_at,
    )  # fmt: skip


def update(tenant_id: str, before: LeaseRow, after: LeaseRow, now: int) -> Statement:
    """Everything that may change, of exactly the version that was read."""
    return sql(
        UPDATE, tenant_id, before.id, before.version, after.status, after.occupancy_id, after.end_date,
        after.renter_name, after.renter_email, after.renter_phone, after.rents, after.due_day, after.note,
        after.reason, now,
    )  # fmt: skip


def occupancy(row: LeaseRow, occupancy_id: str) -> OccupancyRow:
    """The nights of a lease in the ledger."""
    return OccupancyRow(
        id=occupancy_id, unit_id=row.unit_id, start_date=row.start_date, end_date=row.end_date or OPEN_END,
        kind="lease", ref_id=row.id,
    )  # fmt: skip


def rents_of(row: LeaseRow) -> Rents:
    """The rents from their column."""
    return msgspec.json.decode(row.rents, type=list[tuple[str, int]])


def rents_text(rents: Rents) -> str:
    """The rents for their column."""
    return json_text(rents)
