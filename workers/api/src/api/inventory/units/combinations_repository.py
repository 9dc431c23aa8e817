"""Statements about the parts of combined units. The triggers of `unit_parts` keep them sound."""

from collections.abc import Sequence

import msgspec

from api.core.restriction import of_property
from api.occupancies import stays
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

FOUND = f"""
SELECT u.id, u.property_id FROM json_each(?2) AS j JOIN units AS u ON u.tenant_id = ?1 AND u.id = j.value
WHERE {of_property("u.property_id", "?3")}"""
# Of the unit, of what it consists of and of what it is to consist of: nobody's nights are lost to a lapsed hold.
EXPIRE = """
UPDATE occupancies INDEXED BY occupancies_holds SET live = 0, updated_at = ?4
WHERE tenant_id = ?1 AND live = 1 AND kind = 'hold' AND expires_at <= ?4 AND unit_id IN (
  SELECT ?2 UNION SELECT value FROM json_each(?3))"""
# Nights of parts alone, of stays that wait in the unit: they are asked for again when it has its parts.
OPEN = """
UPDATE occupancies INDEXED BY occupancies_of_stay SET live = 0, updated_at = ?3
WHERE tenant_id = ?1 AND stay_id IN (SELECT id FROM waiting_stays WHERE tenant_id = ?1 AND unit_id = ?2)
  AND live = 1 AND main_id IS NULL AND source = 'combined'"""
DISSOLVE = """
DELETE FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2
  AND part_id NOT IN (SELECT value FROM json_each(?3))"""
COMBINE = """
INSERT INTO unit_parts (tenant_id, combined_id, part_id, since)
SELECT ?1, ?2, value, ?4 FROM json_each(?3)
WHERE value NOT IN (SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2) ORDER BY value"""
TOUCH = """
UPDATE units SET version = version + 1, updated_at = ?4
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)"""
# What is to follow of the combined unit's nights, and what of a part's own is in its way.
COLLIDING = """
SELECT DISTINCT COALESCE(o.stay_id, o.main_id, o.id) AS occupancy_id, o.kind, o.start_date AS start,
  o.end_date AS "end", o.source
FROM occupancies AS m CROSS JOIN json_each(?3) AS j CROSS JOIN occupancies AS o
WHERE m.unit_id = ?2 AND m.tenant_id = ?1 AND m.live = 1 AND m.end_date > ?4
  AND o.unit_id = j.value AND o.tenant_id = ?1 AND o.live = 1 AND o.main_id IS NOT m.id
  AND o.start_date < m.end_date AND o.end_date > m.start_date
ORDER BY o.start_date LIMIT 20"""


class Found(msgspec.Struct, frozen=True):
    """A unit that may become a part."""

    id: str
    property_id: str


def found(tenant_id: str, properties: str | None, unit_ids: Sequence[str]) -> Statement:
    """Those of the units that the caller sees, as `Found`."""
    return sql(FOUND, tenant_id, json_text(sorted(unit_ids)), properties)


def replace(
    tenant_id: str, unit_id: str, before: Sequence[str], unit_ids: Sequence[str], since: str, now: int
) -> list[Statement]:
    """The unit, which consisted of those `before`, consists of these; nights from `since` on are shared."""
    parts = json_text(sorted(unit_ids))
    return [
        sql(EXPIRE, tenant_id, unit_id, parts, now),
        stays.hold_back(tenant_id),
        sql(OPEN, tenant_id, unit_id, now),
        sql(DISSOLVE, tenant_id, unit_id, parts),
        sql(COMBINE, tenant_id, unit_id, parts, since),
        stays.let_go(tenant_id),
        stays.settle(tenant_id, [unit_id, *before, *unit_ids], now),
    ]


def touch(tenant_id: str, unit_id: str, version: int, now: int) -> Statement:
    """Another version of exactly the one that was read."""
    return sql(TOUCH, tenant_id, unit_id, version, now)


def colliding(tenant_id: str, unit_id: str, unit_ids: Sequence[str], since: str) -> Statement:
    """What keeps the nights of the unit from being taken on its parts, as `Blocking`."""
    return sql(COLLIDING, tenant_id, unit_id, json_text(sorted(unit_ids)), since)
