"""Statements about units."""

from collections.abc import Iterable, Sequence

import msgspec

from api.core.restriction import of_property
from api.edge.paging import ChangedSince, Place
from propflow import guards
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text
from propflow.parts import json_lists

COLUMNS = """u.id, u.property_id, u.name, u.max_guests, u.nightly_amount, u.version, u.created_at, u.updated_at,
p.currency, p.charges, p.time_zone, p.cancellation_policy, u.status"""
DETAILS = f"""{COLUMNS}, u.type, u.beds, u.bedrooms, u.bathrooms, u.amenities, u.tags, u.custom_fields, u.reference,
(SELECT json_group_array(part_id) FROM unit_parts AS up
 WHERE up.tenant_id = u.tenant_id AND up.combined_id = u.id) AS parts"""
JOIN = "units AS u JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id"
# Left to itself SQLite walks all units of the tenant, because they come in the order that is asked for.
JOIN_BY_PROPERTY = JOIN.replace("units AS u", "units AS u INDEXED BY units_by_property")
JOIN_BY_UPDATE = JOIN.replace("units AS u", "units AS u INDEXED BY units_by_update")
JOIN_BY_STATUS = JOIN.replace("units AS u", "units AS u INDEXED BY units_by_status")
GET = f"SELECT {COLUMNS} FROM {JOIN} WHERE u.tenant_id = ?1 AND u.id = ?2 AND {of_property('u.property_id', '?3')}"
GET_DETAILS = GET.replace(COLUMNS, DETAILS)
REFERENCED = f"""
SELECT {DETAILS} FROM json_each(?2) AS j
CROSS JOIN {JOIN.replace("units AS u", "units AS u INDEXED BY units_by_reference")}
WHERE u.tenant_id = ?1 AND u.property_id = j.value ->> 0 AND u.reference = j.value ->> 1
  AND {of_property("u.property_id", "?3")}"""
# What an id or a reference names, whatever property it belongs to; without references no other unit is looked at.
NAMED_COLUMNS = f"""{COLUMNS}, u.reference, p.reference AS property_reference, p.check_in_days_before,
(SELECT json_group_array(json_array(part_id, since)) FROM unit_parts AS up
 WHERE up.tenant_id = u.tenant_id AND up.combined_id = u.id) AS parts"""
NAMED = f"""
SELECT {NAMED_COLUMNS} FROM {JOIN}
WHERE u.tenant_id = ?1 AND u.id IN (SELECT value FROM json_each(?2)) AND {of_property("u.property_id", "?4")}
UNION
SELECT {NAMED_COLUMNS} FROM {JOIN}
WHERE u.tenant_id = ?1 AND ?3 <> '[]' AND u.reference IN (SELECT value FROM json_each(?3))
  AND {of_property("u.property_id", "?4")}"""
LIST = f"""
SELECT {DETAILS} FROM {{units}}
WHERE u.tenant_id = ?1 AND {{after}} AND {of_property("u.property_id", "?4")} AND {{of_one}} AND {{in_status}}
  AND (?8 IS NULL OR EXISTS (SELECT 1 FROM json_each(u.tags) WHERE value = ?8))
ORDER BY {{order}} LIMIT ?3"""
INSERT = """
INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, type, beds, bedrooms, bathrooms,
                   amenities, tags, custom_fields, reference, created_at, updated_at)
SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
  value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 13
FROM json_each(?2)"""
# Left to itself SQLite reads the list anew for each row of the tenant.
CHANGE = """
WITH j AS MATERIALIZED (SELECT ?1 AS tenant_id, value FROM json_each(?2))
UPDATE units SET name = j.value ->> 2, max_guests = j.value ->> 3, nightly_amount = j.value ->> 4, type = j.value ->> 5,
  beds = j.value ->> 6, bedrooms = j.value ->> 7, bathrooms = j.value ->> 8, amenities = j.value ->> 9,
  tags = j.value ->> 10, custom_fields = j.value ->> 11, reference = j.value ->> 12, status = j.value ->> 13,
  version = version + 1, updated_at = ?3
FROM j WHERE units.tenant_id = j.tenant_id AND units.id = j.value ->> 0 AND version = j.value ->> 1"""
REACTIVATE = """
UPDATE units SET status = 'active', version = version + 1, updated_at = ?4
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)"""
COMING = """
FROM occupancies AS o WHERE o.unit_id = ?2 AND o.tenant_id = ?1 AND o.live = 1 AND o.end_date > ?4
  AND (o.expires_at IS NULL OR o.expires_at > ?5)"""
ARCHIVE = f"""
UPDATE units SET status = 'archived', version = version + 1, updated_at = ?5
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)
  AND NOT EXISTS (SELECT 1 {COMING})
  AND NOT EXISTS (SELECT 1 FROM unit_parts WHERE tenant_id = ?1 AND part_id = ?2)"""
IN_THE_WAY = f"""
SELECT COALESCE(o.stay_id, o.main_id, o.id) AS occupancy_id, o.kind, o.start_date AS start, o.end_date AS "end",
  o.source
{COMING.replace("?4", "?3").replace("?5", "?4")} ORDER BY o.start_date LIMIT 20"""
COMBINATIONS = "SELECT combined_id AS id FROM unit_parts WHERE tenant_id = ?1 AND part_id = ?2 ORDER BY 1"


class UnitRow(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with what its property says about money and time; `charges` and `cancellation_policy` are JSON."""

    id: str
    property_id: str
    name: str
    max_guests: int
    nightly_amount: int
    version: int
    created_at: int
    updated_at: int
    currency: str
    charges: str
    time_zone: str
    cancellation_policy: str | None = None
    status: str = "active"


class UnitDetails(UnitRow, frozen=True, kw_only=True):
    """A unit with all that it says of itself; lists and objects are JSON."""

    type: str = "other"
    beds: str = "[]"
    bedrooms: int | None = None
    bathrooms: int | None = None
    amenities: str = "[]"
    tags: str = "[]"
    custom_fields: str = "{}"
    reference: str | None = None
    parts: str = "[]"


class NamedUnit(UnitRow, frozen=True, kw_only=True):
    """A unit with what a line of a file may call it; `parts` is JSON: the id of each, and since when it is one."""

    reference: str | None
    property_reference: str | None
    check_in_days_before: int
    parts: str


class Filters(ChangedSince, frozen=True, kw_only=True):
    """What a list may be narrowed by."""

    property_id: str | None = None
    status: str | None = None
    tag: str | None = None


class Combination(msgspec.Struct, frozen=True):
    """A unit that has another as its part."""

    id: str


def get(tenant_id: str, properties: str | None, unit_id: str) -> Statement:
    """One unit of the properties that the caller sees, as `UnitRow`."""
    return sql(GET, tenant_id, unit_id, properties)


def details(tenant_id: str, properties: str | None, unit_id: str) -> Statement:
    """The same as `UnitDetails`."""
    return sql(GET_DETAILS, tenant_id, unit_id, properties)


def list_after(tenant_id: str, properties: str | None, filters: Filters, place: Place, limit: int) -> Statement:
    """Units by id, or by when they were last changed and by id, as `UnitDetails`."""
    changed = place.key is not None
    listed = LIST.format(
        units=_walked(filters),
        after="(u.updated_at, u.id) > (?7, ?2)" if changed else "u.id > ?2 AND ?7 IS NULL",
        order="u.updated_at, u.id" if changed else "u.id",
        of_one="?5 IS NULL" if filters.property_id is None else "u.property_id = ?5",
        in_status=_status(filters.status),
    )
    return sql(
        listed, tenant_id, place.id, limit, properties, filters.property_id, filters.status, place.key, filters.tag
    )


def _walked(filters: Filters) -> str:
    """The index that leads to the fewest: left to itself SQLite walks all units of the tenant."""
    if filters.property_id is not None:
        return JOIN_BY_PROPERTY
    if filters.updated_since is not None:
        return JOIN_BY_UPDATE
    return JOIN if filters.status in (None, "active") else JOIN_BY_STATUS


def _status(status: str | None) -> str:
    """Most units are active, so only the others have an index, which is used where this says that they are meant."""
    if status is None:
        return "?6 IS NULL"
    return "u.status = ?6" if status == "active" else "u.status = ?6 AND u.status <> 'active'"


def named(tenant_id: str, properties: str | None, ids: Sequence[str], references: Sequence[str]) -> Statement:
    """Those that the caller sees with one of these ids or references, as `NamedUnit`."""
    return sql(NAMED, tenant_id, *(json_text(names) for names in (ids, references)), properties)


def referenced(tenant_id: str, properties: str | None, keys: Sequence[tuple[str, str]]) -> Statement:
    """Those that the caller sees by property and reference, as `UnitDetails`."""
    return sql(REFERENCED, tenant_id, json_text(keys), properties)


def insert(tenant_id: str, rows: Iterable[UnitDetails]) -> list[Statement]:
    """New units of properties of the same tenant.

    Refused as `property_not_active`, `limit_units`, and `unique:units` when another one there has the reference.
    """
    new = (
        (row.id, row.property_id, row.name, row.max_guests, row.nightly_amount, row.type, row.beds, row.bedrooms,
         row.bathrooms, row.amenities, row.tags, row.custom_fields, row.reference, row.created_at) for row in rows
    )  # fmt: skip
    return [sql(INSERT, tenant_id, text) for text, _ in json_lists(new)]


def change(tenant_id: str, rows: Iterable[UnitDetails], now: int) -> list[Statement]:
    """What may change becomes as in the rows, which have the version that comes after the one that was read.

    Fails as `guard_failed` when one of them is another version by now, and as `unique:units`.
    """
    changed = (
        (row.id, row.version - 1, row.name, row.max_guests, row.nightly_amount, row.type, row.beds, row.bedrooms,
         row.bathrooms, row.amenities, row.tags, row.custom_fields, row.reference, row.status) for row in rows
    )  # fmt: skip
    parts = json_lists(changed)
    return [one for text, count in parts for one in (sql(CHANGE, tenant_id, text, now), guards.changed_all(count))]


def archive(tenant_id: str, row: UnitRow, today: str, now: int) -> Statement:
    """Put away the version that was read, unless nights are taken from `today` on or it is a part of another unit."""
    return sql(ARCHIVE, tenant_id, row.id, row.version, today, now)


def reactivate(tenant_id: str, row: UnitRow, now: int) -> Statement:
    """Take it back; refused as `property_not_active` and `limit_units`."""
    return sql(REACTIVATE, tenant_id, row.id, row.version, now)


def in_the_way(tenant_id: str, unit_id: str, today: str, now: int) -> Statement:
    """What takes its nights from `today` on, as `Blocking`."""
    return sql(IN_THE_WAY, tenant_id, unit_id, today, now)


def combinations(tenant_id: str, unit_id: str) -> Statement:
    """The units of which it is a part, as `Combination`."""
    return sql(COMBINATIONS, tenant_id, unit_id)
