"""Statements about the nights of channels' stays, each of which may have several ranges: migration 0026."""

from collections.abc import Sequence

from api.occupancies.repository import OccupancyRow
from propflow.bindings.d1 import Statement, sql
from propflow.handover import MOVED
from propflow.json_text import json_text

FORGET = """
DELETE FROM waiting_stays WHERE tenant_id = ?1 AND id IN (SELECT value FROM json_each(?2))"""
GIVE_BACK = """
UPDATE occupancies SET live = 0, updated_at = ?3
WHERE tenant_id = ?1 AND live = 1 AND main_id IS NULL AND id IN (
  SELECT value FROM json_each(?2) UNION ALL
  SELECT o.id FROM json_each(?2) AS gone CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.stay_id = gone.value)"""
HOLD_BACK = "INSERT INTO nights_held_back (tenant_id) VALUES (?1)"
LET_GO = "DELETE FROM nights_held_back WHERE tenant_id = ?1"

# Whose nights are shared with those of the units: they themselves, their parts, what they are parts of, and what shares
# a part with them.
SETTLE = """
UPDATE waiting_stays SET settled_at = ?3 WHERE tenant_id = ?1 AND unit_id IN (
  SELECT value FROM json_each(?2)
  UNION SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id IN (SELECT value FROM json_each(?2))
  UNION SELECT combined_id FROM unit_parts WHERE tenant_id = ?1 AND part_id IN (SELECT value FROM json_each(?2))
  UNION SELECT b.combined_id FROM unit_parts AS a
    CROSS JOIN unit_parts AS b ON b.tenant_id = ?1 AND b.part_id = a.part_id
    WHERE a.tenant_id = ?1 AND a.combined_id IN (SELECT value FROM json_each(?2)))"""

# One row with these nights, whatever ranges the stay had: the triggers judge.
PUT = """
UPDATE occupancies SET unit_id = ?3, start_date = ?4, end_date = ?5, live = 1, source = ?7, updated_at = ?6
WHERE tenant_id = ?1 AND id = ?2"""
PLACE = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, source, created_at, updated_at)
SELECT ?1, ?2, ?3, ?4, ?5, 'ical', ?6, ?7, ?8, ?8
WHERE NOT EXISTS (SELECT 1 FROM occupancies WHERE tenant_id = ?1 AND id = ?2)"""

# Ranges that it had may be its own again; those on parts alone have no source of their own.
RELABEL = """
UPDATE occupancies INDEXED BY occupancies_of_stay SET source = ?3
WHERE tenant_id = ?1 AND stay_id = ?2 AND main_id IS NULL AND source <> 'combined'"""

WAIT = """
INSERT INTO waiting_stays (tenant_id, id, unit_id, feed_id, uid, source, start_date, end_date, settled_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"""


def source_of(host: str, *, moved: bool) -> str:
    """The source of a channel's stay. One that lives in another unit than that of its feed is no stay of that unit's
    channels: their exports show it to everybody."""
    return f"{MOVED if moved else ''}ical:{host}"


def give_back(tenant_id: str, stay_ids: Sequence[str], now: int) -> list[Statement]:
    """Open all nights of these stays, which want none any more."""
    ids = json_text(stay_ids)
    return [sql(FORGET, tenant_id, ids), sql(GIVE_BACK, tenant_id, ids, now)]


def take(tenant_id: str, row: OccupancyRow, now: int) -> list[Statement]:
    """Take all of these nights for a stay, whatever it had before, in one row; the triggers judge."""
    return [hold_back(tenant_id), *put(tenant_id, row, now), let_go(tenant_id), settle(tenant_id, [row.unit_id], now)]


def put(tenant_id: str, row: OccupancyRow, now: int) -> list[Statement]:
    """The same between `hold_back` and `let_go`: what it gives up for a moment is nobody's."""
    return [
        *give_back(tenant_id, [row.id], now),
        sql(PUT, tenant_id, row.id, row.unit_id, row.start_date, row.end_date, now, row.source),
        sql(PLACE, tenant_id, row.id, row.unit_id, row.start_date, row.end_date, row.ref_id, row.source, now),
    ]


def relabel(tenant_id: str, row: OccupancyRow) -> Statement:
    """Every range that the stay had, or may have again, is of this source from now on."""
    return sql(RELABEL, tenant_id, row.id, row.source)


def wait(tenant_id: str, row: OccupancyRow, uid: str, now: int) -> Statement:
    """Want these nights for a stay, which an entry with this UID is; then ask for them with `settle`."""
    return sql(
        WAIT, tenant_id, row.id, row.unit_id, row.ref_id, uid, row.source, row.start_date, row.end_date, now,
    )  # fmt: skip


def hold_back(tenant_id: str) -> Statement:
    """Until `let_go`, later in the batch, nights that open are nobody's; then ask for them with `settle`."""
    return sql(HOLD_BACK, tenant_id)


def let_go(tenant_id: str) -> Statement:
    """End what `hold_back` began."""
    return sql(LET_GO, tenant_id)


def settle(tenant_id: str, unit_ids: Sequence[str], now: int) -> Statement:
    """Shut what is free of the nights of stays that wait on these units, or on what shares nights with them."""
    return sql(SETTLE, tenant_id, json_text(unit_ids), now)
