"""Statements about blocks. A block whose occupancy is not live any more is gone."""

from collections.abc import Sequence

import msgspec

from api.core.restriction import of_unit
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

COLUMNS = """b.id, b.unit_id, b.occupancy_id, b.kind, b.note, b.series_id, b.version, b.created_at, b.updated_at,
o.start_date, o.end_date"""
FROM = "CROSS JOIN occupancies AS o ON o.tenant_id = b.tenant_id AND o.id = b.occupancy_id AND o.live = 1"
GET = f"""
SELECT {COLUMNS} FROM blocks AS b {FROM}
WHERE b.tenant_id = ?1 AND b.id = ?2 AND {of_unit("b", "?3")}"""
LIST = f"""
SELECT {COLUMNS} FROM blocks AS b {{index}} {FROM}
WHERE b.tenant_id = ?1 AND b.id > ?2 AND {of_unit("b", "?3")} {{more}} ORDER BY b.id LIMIT ?4"""
LIST_ALL = LIST.format(index="", more="")
# Left to itself SQLite walks all of the tenant's blocks, because they come in the order that is asked for.
LIST_OF_UNIT = LIST.format(index="INDEXED BY blocks_by_unit", more="AND b.unit_id = ?5")
SERIES = f"""
SELECT {COLUMNS} FROM blocks AS b INDEXED BY blocks_by_series {FROM}
WHERE b.tenant_id = ?1 AND b.series_id = ?2 ORDER BY o.start_date"""

INSERT = """
INSERT INTO blocks (tenant_id, id, unit_id, occupancy_id, kind, note, series_id, created_at, updated_at)
SELECT ?1, value ->> 'id', value ->> 'unit_id', value ->> 'occupancy_id', value ->> 'kind', value ->> 'note',
  value ->> 'series_id', ?3, ?3
FROM json_each(?2)"""
CHANGE = """
UPDATE blocks SET note = ?4, version = version + 1, updated_at = ?5
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER)
  AND EXISTS (SELECT 1 FROM occupancies AS o WHERE o.tenant_id = ?1 AND o.id = blocks.occupancy_id AND o.live = 1)"""
RELEASE = """
UPDATE occupancies SET live = 0, updated_at = ?3
WHERE tenant_id = ?1 AND live = 1 AND id IN (SELECT value ->> 'occupancy_id' FROM json_each(?2))
  AND NOT EXISTS (
    SELECT 1 FROM json_each(?2) AS seen CROSS JOIN blocks AS b ON b.tenant_id = ?1 AND b.id = seen.value ->> 'id'
    WHERE b.version <> seen.value ->> 'version')"""
ALL_RELEASED = "INSERT INTO require_change SELECT changes() = CAST(?1 AS INTEGER)"


class BlockRow(msgspec.Struct, frozen=True, kw_only=True):
    """A block with its nights."""

    id: str
    unit_id: str
    occupancy_id: str
    kind: str
    start_date: str
    end_date: str
    created_at: int
    updated_at: int
    note: str | None = None
    series_id: str | None = None
    version: int = 1


def get(tenant_id: str, properties: str | None, block_id: str) -> Statement:
    """One block of a unit that the caller sees, as `BlockRow`."""
    return sql(GET, tenant_id, block_id, properties)


def list_after(tenant_id: str, properties: str | None, after: str, limit: int, unit_id: str | None) -> Statement:
    """Blocks by id, as `BlockRow`."""
    if unit_id is None:
        return sql(LIST_ALL, tenant_id, after, properties, limit)
    return sql(LIST_OF_UNIT, tenant_id, after, properties, limit, unit_id)


def series(tenant_id: str, series_id: str) -> Statement:
    """The blocks of a series that are still there, as `BlockRow`. All are of one unit, which the caller must see."""
    return sql(SERIES, tenant_id, series_id)


def insert_all(tenant_id: str, rows: Sequence[BlockRow], now: int) -> Statement:
    """New blocks; their occupancies go before."""
    return sql(INSERT, tenant_id, json_text(rows), now)


def change(tenant_id: str, row: BlockRow, note: str | None, now: int) -> Statement:
    """Another note, and another version, of exactly the version that was read, unless it is gone."""
    return sql(CHANGE, tenant_id, row.id, row.version, note, now)


def release(tenant_id: str, rows: Sequence[BlockRow], now: int) -> list[Statement]:
    """Free the nights of exactly the versions that were read, all or none (`guard_failed`)."""
    return [sql(RELEASE, tenant_id, json_text(rows), now), sql(ALL_RELEASED, len(rows))]
