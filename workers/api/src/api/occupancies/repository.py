"""Statements about the occupancy ledger. The triggers refuse an overlap as `unit_overlap`."""

from collections.abc import Sequence

import msgspec

from api.core.restriction import of_unit
from propflow import guards
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

INSERT = """
INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, source, expires_at, created_at,
                         updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)"""

# A unit and the parts of which it consists: their nights are taken together.
NEEDED = """
(SELECT ?2 AS unit_id UNION ALL SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2)"""

# By the tenant's holds that have run out and are not closed yet: mostly there is none, and no row is read.
EXPIRE_HOLDS = f"""
UPDATE occupancies INDEXED BY occupancies_next_expiry SET live = 0, updated_at = ?3
WHERE tenant_id = ?1 AND unit_id IN {NEEDED} AND live = 1 AND kind = 'hold' AND expires_at <= ?3"""

# `expires_at > now` makes a hold worthless at its very last millisecond, for its owner as for everybody else.
TAKE_OVER_HOLD = """
UPDATE occupancies SET kind = 'booking', ref_id = ?3, expires_at = NULL, updated_at = ?4
WHERE tenant_id = ?1 AND id = ?2 AND live = 1 AND kind = 'hold' AND expires_at > ?4"""

RELEASE = "UPDATE occupancies SET live = 0, updated_at = ?3 WHERE tenant_id = ?1 AND id = ?2 AND live = 1"

# The lower bound, the last row that starts before the range, keeps the history out of it. What follows another
# occupancy is named as that one.
BLOCKING = f"""
SELECT DISTINCT COALESCE(o.stay_id, o.main_id, o.id) AS occupancy_id, o.kind, o.start_date AS start,
  o.end_date AS "end",
  COALESCE((SELECT m.source FROM occupancies AS m WHERE m.tenant_id = ?1 AND m.id = o.main_id), o.source) AS source
FROM {NEEDED} AS n CROSS JOIN occupancies AS o
WHERE o.tenant_id = ?1 AND o.unit_id = n.unit_id AND o.live = 1 AND o.start_date < ?4 AND o.end_date > ?3
  AND o.start_date >= COALESCE((
    SELECT b.start_date FROM occupancies AS b
    WHERE b.unit_id = n.unit_id AND b.live = 1 AND b.start_date <= ?3 ORDER BY b.start_date DESC LIMIT 1), '')
  AND (o.expires_at IS NULL OR o.expires_at > ?5)
ORDER BY o.start_date LIMIT 20"""

GET = f"""
SELECT id, ref_id, unit_id, start_date, end_date, live, kind, expires_at FROM occupancies
WHERE tenant_id = ?1 AND id = ?2 AND {of_unit("occupancies", "?3")}"""

LIVE = """
SELECT id, ref_id, unit_id, start_date, end_date, live, kind, expires_at FROM occupancies
WHERE tenant_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND live = 1 ORDER BY start_date"""

NEXT_EXPIRY = """
SELECT MIN(expires_at) AS at FROM occupancies WHERE tenant_id = ?1 AND unit_id = ?2 AND live = 1 AND kind = 'hold'"""


class OccupancyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A half-open range of local dates on a unit; `expires_at` is set on holds only."""

    id: str
    unit_id: str
    start_date: str
    end_date: str
    kind: str
    ref_id: str
    live: bool = True
    source: str = "direct"
    expires_at: int | None = None


class NextExpiry(msgspec.Struct, frozen=True):
    at: int | None


def insert(tenant_id: str, row: OccupancyRow, now: int) -> Statement:
    """Occupy a range."""
    return sql(
        INSERT, tenant_id, row.id, row.unit_id, row.start_date, row.end_date, row.kind, row.ref_id, row.source,
        row.expires_at, now,
    )  # fmt: skip


def expire_holds(tenant_id: str, unit_id: str, now: int) -> Statement:
    """Close the holds of the unit and of its parts that have run out, so that they are in nobody's way.

    `now` is the tenant's time: that of its test clock, if it has one.
    """
    return sql(EXPIRE_HOLDS, tenant_id, unit_id, now)


def take_over_hold(tenant_id: str, occupancy_id: str, booking_id: str, now: int) -> list[Statement]:
    """Turn a hold that has not run out into a booking's occupancy; fails as `guard_failed` when it has."""
    return [sql(TAKE_OVER_HOLD, tenant_id, occupancy_id, booking_id, now), guards.changed()]


def release(tenant_id: str, occupancy_id: str, now: int) -> Statement:
    """Give the nights back."""
    return sql(RELEASE, tenant_id, occupancy_id, now)


def blocking(tenant_id: str, unit_id: str, start: str, end: str, now: int) -> Statement:
    """What stands in the way of a range, as `Blocking`."""
    return sql(BLOCKING, tenant_id, unit_id, start, end, now)


def get(tenant_id: str, properties: str | None, occupancy_id: str) -> Statement:
    """One occupancy of a unit that the caller sees, as `OccupancyRow`."""
    return sql(GET, tenant_id, occupancy_id, properties)


def live(tenant_id: str, occupancy_ids: Sequence[str]) -> Statement:
    """Those of these occupancies that have nights, as `OccupancyRow`."""
    return sql(LIVE, tenant_id, json_text(occupancy_ids))


def next_expiry(tenant_id: str, unit_id: str) -> Statement:
    """When the unit's next hold runs out, as `NextExpiry`."""
    return sql(NEXT_EXPIRY, tenant_id, unit_id)
