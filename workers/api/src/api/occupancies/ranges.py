"""Statements about several ranges of a unit at once, and about ranges that change."""

from collections.abc import Sequence

from api.occupancies.repository import NEEDED, OccupancyRow
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

MOVE = """
UPDATE occupancies SET start_date = ?3, end_date = ?4, updated_at = ?5
WHERE tenant_id = ?1 AND id = ?2 AND live = 1"""

# Only the last live row that starts before a range can reach into it, so each range begins its search there.
BLOCKING_ANY = f"""
SELECT DISTINCT COALESCE(o.stay_id, o.main_id, o.id) AS occupancy_id, o.kind, o.start_date AS start,
  o.end_date AS "end", o.source
FROM json_each(?3) AS wanted
CROSS JOIN {NEEDED} AS n CROSS JOIN occupancies AS o
WHERE o.tenant_id = ?1 AND o.unit_id = n.unit_id AND o.live = 1
  AND o.start_date < wanted.value ->> 'end_date' AND o.end_date > wanted.value ->> 'start_date'
  AND o.start_date >= COALESCE((
    SELECT p.start_date FROM occupancies AS p
    WHERE p.unit_id = n.unit_id AND p.live = 1 AND p.start_date <= wanted.value ->> 'start_date'
    ORDER BY p.start_date DESC LIMIT 1), '')
  AND (o.expires_at IS NULL OR o.expires_at > ?4)
ORDER BY o.start_date"""


def move(tenant_id: str, occupancy_id: str, start: str, end: str, now: int) -> Statement:
    """Another range on the same unit, as long as the occupancy is live; put a guard behind it."""
    return sql(MOVE, tenant_id, occupancy_id, start, end, now)


def blocking_any(tenant_id: str, unit_id: str, rows: Sequence[OccupancyRow], now: int) -> Statement:
    """Everything that stands in the way of any of the ranges, as `Blocking`."""
    return sql(BLOCKING_ANY, tenant_id, unit_id, json_text(rows), now)
