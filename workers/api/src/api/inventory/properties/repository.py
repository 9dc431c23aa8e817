"""Statements about properties."""

from collections.abc import Iterable, Sequence

import msgspec

from api.core.restriction import of_property
from api.edge.paging import ChangedSince, Place
from propflow import guards
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text
from propflow.parts import json_lists

COLUMNS = """id, name, time_zone, currency, address, charges, cancellation_policy, check_in_time, check_out_time,
house_rules, tags, custom_fields, reference, check_in_days_before, status, version, created_at, updated_at"""
GET = f"SELECT {COLUMNS} FROM properties WHERE tenant_id = ?1 AND id = ?2 AND {of_property('id', '?3')}"
NAMED = f"""
SELECT {COLUMNS} FROM properties
WHERE tenant_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND {of_property("id", "?4")}
UNION
SELECT {COLUMNS} FROM properties INDEXED BY properties_by_reference
WHERE tenant_id = ?1 AND reference IN (SELECT value FROM json_each(?3)) AND {of_property("id", "?4")}"""
LIST = f"""
SELECT {COLUMNS} FROM properties
WHERE tenant_id = ?1 AND id > ?2 AND {of_property("id", "?4")} AND (?5 IS NULL OR status = ?5)
  AND (?6 IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?6))
ORDER BY id LIMIT ?3"""
LIST_CHANGED = (
    LIST.replace("FROM properties", "FROM properties INDEXED BY properties_by_update")
    .replace("id > ?2", "(updated_at, id) > (?7, ?2)")
    .replace("ORDER BY id", "ORDER BY updated_at, id")
)
INSERT = """
INSERT INTO properties (tenant_id, id, name, time_zone, currency, address, charges, cancellation_policy, check_in_time,
                        check_out_time, house_rules, tags, custom_fields, reference, check_in_days_before, created_at,
                        updated_at)
SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
  value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14, value ->> 14
FROM json_each(?2)"""
# Left to itself SQLite reads the list anew for each row of the tenant.
CHANGE = """
WITH j AS MATERIALIZED (SELECT ?1 AS tenant_id, value FROM json_each(?2))
UPDATE properties SET name = j.value ->> 2, time_zone = j.value ->> 3, address = j.value ->> 4, charges = j.value ->> 5,
  cancellation_policy = j.value ->> 6, check_in_time = j.value ->> 7, check_out_time = j.value ->> 8,
  house_rules = j.value ->> 9, tags = j.value ->> 10, custom_fields = j.value ->> 11, reference = j.value ->> 12,
  check_in_days_before = j.value ->> 13, version = version + 1, updated_at = ?3
FROM j WHERE properties.tenant_id = j.tenant_id AND properties.id = j.value ->> 0 AND version = j.value ->> 1"""
SET_STATUS = """
UPDATE properties SET status = ?4, version = version + 1, updated_at = ?5
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)"""


class PropertyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `address`, `charges`, `cancellation_policy`, `tags` and `custom_fields` are JSON."""

    id: str
    name: str
    time_zone: str
    currency: str
    address: str
    charges: str
    version: int
    created_at: int
    updated_at: int
    cancellation_policy: str | None = None
    check_in_time: str | None = None
    check_out_time: str | None = None
    house_rules: str | None = None
    tags: str = "[]"
    custom_fields: str = "{}"
    reference: str | None = None
    check_in_days_before: int = 0
    status: str = "active"


class Filters(ChangedSince, frozen=True, kw_only=True):
    """What a list may be narrowed by."""

    status: str | None = None
    tag: str | None = None


def get(tenant_id: str, properties: str | None, property_id: str) -> Statement:
    """One property among those that the caller sees, as `PropertyRow`."""
    return sql(GET, tenant_id, property_id, properties)


def list_after(tenant_id: str, properties: str | None, filters: Filters, place: Place, limit: int) -> Statement:
    """Properties by id, or by when they were last changed and by id, as `PropertyRow`."""
    wanted = (tenant_id, place.id, limit, properties, filters.status, filters.tag)
    return sql(LIST, *wanted) if place.key is None else sql(LIST_CHANGED, *wanted, place.key)


def named(tenant_id: str, properties: str | None, ids: Sequence[str], references: Sequence[str]) -> Statement:
    """Those that the caller sees by id or by reference, as `PropertyRow`."""
    return sql(NAMED, tenant_id, *(json_text(each) for each in (ids, references)), properties)


def insert(tenant_id: str, rows: Iterable[PropertyRow]) -> list[Statement]:
    """New properties; refused as `unique:properties` when another one has the reference."""
    new = (
        (row.id, row.name, row.time_zone, row.currency, row.address, row.charges, row.cancellation_policy,
         row.check_in_time, row.check_out_time, row.house_rules, row.tags, row.custom_fields, row.reference,
         row.check_in_days_before, row.created_at) for row in rows
    )  # fmt: skip
    return [sql(INSERT, tenant_id, text) for text, _ in json_lists(new)]


def change(tenant_id: str, rows: Iterable[PropertyRow], now: int) -> list[Statement]:
    """What may change becomes as in the rows, which have the version that comes after the one that was read.

    Fails as `guard_failed` when one of them is another version by now, and as `unique:properties`.
    """
    changed = (
        (row.id, row.version - 1, row.name, row.time_zone, row.address, row.charges, row.cancellation_policy,
         row.check_in_time, row.check_out_time, row.house_rules, row.tags, row.custom_fields, row.reference,
         row.check_in_days_before)
        for row in rows
    )  # fmt: skip
    parts = json_lists(changed)
    return [one for text, count in parts for one in (sql(CHANGE, tenant_id, text, now), guards.changed_all(count))]


def set_status(tenant_id: str, row: PropertyRow, status: str, now: int) -> Statement:
    """Another status of exactly the version that was read; refused as `property_in_use` while it has units."""
    return sql(SET_STATUS, tenant_id, row.id, row.version, status, now)
