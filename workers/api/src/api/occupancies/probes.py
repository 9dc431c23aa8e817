"""Looking what stands in the way of many ranges at once, over any number of units."""

from collections.abc import Sequence

from api.occupancies.repository import OccupancyRow
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

# A range takes its unit's nights and those of its parts from the day on which they are shared, as the triggers take
# them. Only the last live row that starts before a range can reach into it, so each begins its search there.
IN_THE_WAY = """
WITH wanted AS MATERIALIZED (
  SELECT key AS "index", value ->> 0 AS unit_id, value ->> 1 AS first, value ->> 2 AS last FROM json_each(?2)
), needed AS (
  SELECT "index", unit_id, first, last FROM wanted
  UNION ALL
  SELECT w."index", p.part_id, w.first, w.last FROM wanted AS w
  CROSS JOIN unit_parts AS p ON p.tenant_id = ?1 AND p.combined_id = w.unit_id AND p.since < w.last
)
SELECT DISTINCT n."index", COALESCE(o.stay_id, o.main_id, o.id) AS occupancy_id, o.kind, o.start_date AS start,
  o.end_date AS "end",
  COALESCE((SELECT m.source FROM occupancies AS m WHERE m.tenant_id = ?1 AND m.id = o.main_id), o.source) AS source
FROM needed AS n
CROSS JOIN occupancies AS o ON o.unit_id = n.unit_id AND o.live = 1 AND o.start_date < n.last AND o.end_date > n.first
  AND o.start_date >= COALESCE((
    SELECT b.start_date FROM occupancies AS b
    WHERE b.unit_id = n.unit_id AND b.live = 1 AND b.start_date <= n.first ORDER BY b.start_date DESC LIMIT 1), '')
WHERE o.tenant_id = ?1 ORDER BY n."index", o.start_date"""


def in_the_way(tenant_id: str, rows: Sequence[OccupancyRow]) -> Statement:
    """What stands in the way of each range, as `BlockingOne`; close the holds that have run out before."""
    ranges = [(row.unit_id, row.start_date, row.end_date) for row in rows]
    return sql(IN_THE_WAY, tenant_id, json_text(ranges))
