"""SQL of previews. It only reads."""

import msgspec

from propflow.bindings.d1 import Statement, sql

ZONE = """
SELECT p.time_zone FROM units AS u JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id
WHERE u.tenant_id = ?1 AND u.id = ?2"""

# The lower bound, the last row that starts before today, keeps the history out of it.
TAKEN = """
SELECT o.start_date AS start, o.end_date AS "end", o.kind
FROM (
  SELECT ?2 AS unit_id UNION ALL SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2
) AS placed
CROSS JOIN occupancies o ON o.tenant_id = ?1 AND o.unit_id = placed.unit_id AND o.live = 1 AND o.end_date > ?3
  AND o.start_date >= coalesce((
    SELECT b.start_date FROM occupancies b
    WHERE b.unit_id = placed.unit_id AND b.live = 1 AND b.start_date <= ?3 ORDER BY b.start_date DESC LIMIT 1
  ), '')
  AND (o.expires_at IS NULL OR o.expires_at > ?4)"""


class Zone(msgspec.Struct, frozen=True):
    """A property's IANA time zone."""

    time_zone: str


def zone(tenant_id: str, unit_id: str) -> Statement:
    """Where the unit is, as `Zone`."""
    return sql(ZONE, tenant_id, unit_id)


def taken(tenant_id: str, unit_id: str, today: str, now: int) -> Statement:
    """What takes nights to come of the unit or of its parts, as `rules.Taken`."""
    return sql(TAKEN, tenant_id, unit_id, today, now)
