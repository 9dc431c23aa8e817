"""SQL: a run's placements and releases, in one batch that never aborts on taken nights.

Order matters. Released nights are opened first; occupancies that are to move are lifted, all at once, so that events
that swap their nights do not stand in each other's way; each is put where it is wanted if those nights are free.

Where they are not, the occupancy returns to its old nights: the channel changed its mind, but nobody told the guest of
the other booking, and an opened night may be sold within the hour. A person decides; until then neither the old nights
nor the new ones can be sold twice.

Placements are disjoint and are probed after lifting, so whatever a statement inserts cannot collide with itself; the
ledger's trigger stays the judge.

CROSS JOIN and the doubled conditions tell SQLite to begin with the few events of the decision: left to itself it begins
with all rows of the tenant.
"""

import msgspec

from propflow.bindings.d1 import Statement, sql
from propflow.ledger import Import, expire_holds
from propflow.outbox import FIRST_SWEEP

# Only the last live row that begins before the end of a range can reach into it (see the trigger in the ledger).
# Of a unit that consists of others each of them must be free as well.
FREE = """
NOT EXISTS (
  SELECT 1 FROM (
    SELECT ?2 AS unit_id UNION ALL SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = ?2
  ) AS placed
  WHERE (
    SELECT o.end_date FROM occupancies o
    WHERE o.unit_id = placed.unit_id AND o.live = 1 AND o.start_date < {range}.end_date
    ORDER BY o.start_date DESC LIMIT 1
  ) > {range}.start_date
)"""

PLACES = """
SELECT value ->> 'occupancy_id' AS id, value ->> 'start' AS start_date, value ->> 'end' AS end_date,
       value ->> 'held' AS held
FROM json_each(?3)"""

RELEASE = """
UPDATE occupancies SET live = 0, updated_at = ?4
WHERE tenant_id = ?1 AND unit_id = ?2 AND id IN (SELECT value FROM json_each(?3)) AND live = 1"""

LIFT = f"""
UPDATE occupancies SET live = 0
WHERE tenant_id = ?1 AND unit_id = ?2 AND live = 1 AND id IN (SELECT id FROM ({PLACES}) WHERE held)"""

MOVE = f"""
WITH place AS MATERIALIZED ({PLACES})
UPDATE occupancies SET start_date = place.start_date, end_date = place.end_date, live = 1, updated_at = ?4
FROM place
WHERE occupancies.tenant_id = ?1 AND occupancies.unit_id = ?2 AND occupancies.id = place.id
  AND occupancies.id IN (SELECT id FROM place) AND {FREE.format(range="place")}"""

RETURN = f"""
UPDATE occupancies SET live = 1
WHERE tenant_id = ?1 AND unit_id = ?2 AND live = 0 AND id IN (SELECT id FROM ({PLACES}) WHERE held)
  AND {FREE.format(range="occupancies")}"""

# Where another event of the feed took its old nights meanwhile, it has none: that is a change, too.
LOSE = f"""
UPDATE occupancies SET updated_at = ?4
WHERE tenant_id = ?1 AND unit_id = ?2 AND live = 0 AND id IN (SELECT id FROM ({PLACES}) WHERE held)"""

INSERT = f"""
INSERT INTO occupancies
  (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, created_at, updated_at)
SELECT ?1, place.id, ?2, place.start_date, place.end_date, 1, 'ical', ?5, ?6, ?4, ?4 FROM ({PLACES}) AS place
WHERE NOT EXISTS (SELECT 1 FROM occupancies x WHERE x.tenant_id = ?1 AND x.id = place.id)
  AND {FREE.format(range="place")}"""

# Only when the ledger really changed: a conflict that stays a conflict makes no export stale. What was changed bears
# the time of the feed's clock; the message itself, as all of them, the real one.
ANNOUNCE = """
INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)
SELECT ?1, ?3, 'unit.calendar_changed', ?4, 4, ?6, ?7
WHERE EXISTS (
  SELECT 1 FROM json_each(?2) AS touched
  CROSS JOIN occupancies o ON o.tenant_id = ?1 AND o.id = touched.value WHERE o.updated_at = ?5
)"""


def statements(request: Import) -> list[Statement]:
    """What changes in the ledger; nothing when no nights are to change."""
    if not request.placements and not request.releases:
        return []
    tenant, unit, now = request.tenant_id, request.unit_id, request.now
    places = _json(request.placements)
    return [
        expire_holds(tenant, unit, now),
        sql(RELEASE, tenant, unit, _json(request.releases), now),
        sql(LIFT, tenant, unit, places),
        sql(MOVE, tenant, unit, places, now),
        sql(RETURN, tenant, unit, places),
        sql(LOSE, tenant, unit, places, now),
        sql(INSERT, tenant, unit, places, now, request.feed_id, request.source),
    ]


def announce(request: Import, outbox_id: str) -> Statement:
    """The outbox row, if nights were closed or opened; it looks at what the statements before it did."""
    touched = _json([place.occupancy_id for place in request.placements] + request.releases)
    return sql(
        ANNOUNCE, request.tenant_id, touched, outbox_id, request.change, request.now,
        request.real_now + FIRST_SWEEP, request.real_now,
    )  # fmt: skip


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
