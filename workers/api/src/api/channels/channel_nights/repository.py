"""SQL: a run's placements and releases, in one batch that never aborts on taken nights.

An entry whose nights are free and wanted by no other has them at once, in one row. Every other becomes a waiting stay:
the ledger shuts for it whatever is free of its nights, now and as soon as something else goes (migration 0026). So the
order in which entries come does not matter, and entries that swap their nights find them.

A stay that moves gives up the nights that it no longer wants: the channel sells them, and nobody sold them here.

CROSS JOIN and the doubled conditions tell SQLite to begin with the few entries of the decision: left to itself it
begins with all rows of the tenant.
"""

import msgspec

from api.occupancies import repository as occupancies
from api.occupancies import stays
from propflow.bindings.d1 import Statement, sql
from propflow.handover import MOVED, Import, ranges_of
from propflow.json_text import json_text
from propflow.messages import UnitCalendarChanged
from propflow.outbox import FIRST_SWEEP

# Only the last live row that begins before the end of a range can reach into it (see the trigger in the ledger).
# Of a unit that consists of others each of them must be free as well. Nobody is in one's own way.
FREE = """
NOT EXISTS (
  SELECT 1 FROM (
    SELECT place.unit_id AS unit_id UNION ALL
    SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = place.unit_id
  ) AS placed
  WHERE (
    SELECT o.end_date FROM occupancies o
    WHERE o.unit_id = placed.unit_id AND o.live = 1 AND o.start_date < place.end_date
      AND coalesce(o.main_id, o.id) <> place.id
    ORDER BY o.start_date DESC LIMIT 1
  ) > place.start_date
)"""

PLACES = """
SELECT value ->> 'occupancy_id' AS id, value ->> 'uid' AS uid, value ->> 'start' AS start_date,
       value ->> 'end' AS end_date, value ->> 'alone' AS alone, coalesce(value ->> 'unit_id', ?2) AS unit_id,
       value ->> 'unit_id' IS NOT NULL AS moved
FROM json_each(?3)"""
# What lives in another unit than that of its feed is no stay of that unit's channel: its exports show it to everybody.
SOURCE = f"CASE WHEN place.moved THEN '{MOVED}' || ?6 ELSE ?6 END"
WAITS = "EXISTS (SELECT 1 FROM waiting_stays AS w WHERE w.tenant_id = ?1 AND w.id = place.id)"

# What becomes of these is told by the run, and not meanwhile.
MARK = """
UPDATE waiting_stays SET importing = 1
WHERE tenant_id = ?1 AND id IN (SELECT value ->> 'occupancy_id' FROM json_each(?2))"""

MOVE = f"""
WITH place AS MATERIALIZED ({PLACES})
UPDATE occupancies SET unit_id = place.unit_id, start_date = place.start_date, end_date = place.end_date, live = 1,
  updated_at = ?4
FROM place
WHERE occupancies.tenant_id = ?1 AND occupancies.id = place.id AND occupancies.id IN (SELECT id FROM place)
  AND (occupancies.live, occupancies.start_date, occupancies.end_date) <> (1, place.start_date, place.end_date)
  AND place.alone AND NOT {WAITS} AND {FREE}"""

INSERT = f"""
INSERT INTO occupancies
  (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, created_at, updated_at)
SELECT ?1, place.id, place.unit_id, place.start_date, place.end_date, 1, 'ical', ?5, {SOURCE}, ?4, ?4
FROM ({PLACES}) AS place
WHERE NOT EXISTS (SELECT 1 FROM occupancies x WHERE x.tenant_id = ?1 AND x.id = place.id)
  AND place.alone AND NOT {WAITS} AND {FREE}"""

# Whoever has no row with exactly its nights now. It comes from who lists it now.
WAIT = f"""
INSERT INTO waiting_stays
  (tenant_id, id, unit_id, feed_id, uid, source, start_date, end_date, importing, settled_at, nights)
SELECT ?1, place.id, place.unit_id, ?5, place.uid, {SOURCE}, place.start_date, place.end_date, 1, ?4, (
    SELECT json_group_array(json_array(o.start_date, o.end_date)) FROM occupancies AS o
    WHERE o.tenant_id = ?1 AND o.id = place.id AND o.live = 1)
FROM ({PLACES}) AS place
WHERE {WAITS} OR NOT EXISTS (
  SELECT 1 FROM occupancies AS o WHERE o.tenant_id = ?1 AND o.id = place.id AND o.live = 1
    AND (o.start_date, o.end_date) = (place.start_date, place.end_date))
ON CONFLICT (tenant_id, id) DO UPDATE SET
  unit_id = excluded.unit_id, uid = excluded.uid, source = excluded.source, start_date = excluded.start_date,
  end_date = excluded.end_date"""

# Nights that a stay does not want any more, while nobody may have them yet: others may want them as well.
HOLD_BACK = """
INSERT INTO nights_held_back (tenant_id)
SELECT ?1 WHERE EXISTS (
  SELECT 1 FROM json_each(?2) AS place
  CROSS JOIN waiting_stays AS w ON w.tenant_id = ?1 AND w.id = place.value ->> 'occupancy_id')"""
SHRINK = """
UPDATE occupancies SET updated_at = ?3, live = w.unit_id = occupancies.unit_id
    AND occupancies.start_date < w.end_date AND occupancies.end_date > w.start_date,
  start_date = CASE WHEN occupancies.end_date > w.start_date AND occupancies.start_date < w.end_date
    THEN max(occupancies.start_date, w.start_date) ELSE occupancies.start_date END,
  end_date = CASE WHEN occupancies.end_date > w.start_date AND occupancies.start_date < w.end_date
    THEN min(occupancies.end_date, w.end_date) ELSE occupancies.end_date END
FROM waiting_stays AS w
WHERE occupancies.id IN (
    SELECT value ->> 'occupancy_id' FROM json_each(?2) UNION ALL
    SELECT o.id FROM json_each(?2) AS place
    CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.stay_id = place.value ->> 'occupancy_id')
  AND occupancies.tenant_id = ?1 AND occupancies.live = 1 AND occupancies.main_id IS NULL
  AND w.tenant_id = ?1 AND w.id = coalesce(occupancies.stay_id, occupancies.id)
  AND NOT (occupancies.unit_id = w.unit_id AND occupancies.start_date >= w.start_date
    AND occupancies.end_date <= w.end_date)"""

TOLD = f"""
UPDATE waiting_stays SET importing = 0, nights = {ranges_of("waiting_stays.id")}
WHERE tenant_id = ?1 AND importing = 1 AND id IN (SELECT value ->> 'occupancy_id' FROM json_each(?2))"""

# Only when the ledger really changed, or what a channel says of a stay that is a booking as well, which decides on
# whether its own export shows it: a conflict that stays a conflict makes no export stale. What was changed bears
# the time of the feed's clock; the message itself, as all of them, the real one.
ANNOUNCE = """
INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)
SELECT ?1, ?3, 'unit.calendar_changed', ?4, 4, ?6, ?7
WHERE EXISTS (
  SELECT 1 FROM json_each(?2) AS touched
  WHERE EXISTS (SELECT 1 FROM occupancies WHERE tenant_id = ?1 AND id = touched.value AND updated_at = ?5)
    OR EXISTS (
      SELECT 1 FROM occupancies INDEXED BY occupancies_of_stay
      WHERE tenant_id = ?1 AND stay_id = touched.value AND updated_at = ?5)
) OR EXISTS (
  SELECT 1 FROM feed_events AS e INDEXED BY feed_events_linked
  WHERE e.tenant_id = ?1 AND e.booking_id IS NOT NULL AND e.feed_id = ?8 AND e.updated_at = ?5
    AND coalesce(e.moved_to, ?9) = ?10)"""


def free(request: Import) -> list[Statement]:
    """Give back what is gone, and take what is free and wanted once."""
    if not request.placements and not request.releases:
        return []
    tenant, unit, now = request.tenant_id, request.unit_id, request.now
    places = json_text(request.placements)
    return [
        sql(MARK, tenant, places),
        *stays.give_back(tenant, request.releases, now),  # first, or a hold that has run out gives them nights
        *(occupancies.expire_holds(tenant, one, now) for one in units(request)),
        sql(MOVE, tenant, unit, places, now),
        sql(INSERT, tenant, unit, places, now, request.feed_id, request.source),
    ]


def partial(request: Import) -> list[Statement]:
    """What has not got all of its nights has every night that is free, and waits for the others."""
    if not request.placements:
        return []
    tenant, unit, places, now = request.tenant_id, request.unit_id, json_text(request.placements), request.now
    return [
        sql(WAIT, tenant, unit, places, now, request.feed_id, request.source),
        sql(HOLD_BACK, tenant, places),
        sql(SHRINK, tenant, places, now),
        stays.let_go(tenant),
        stays.settle(tenant, units(request), now),
        sql(TOLD, tenant, places),
    ]


def announce(request: Import) -> list[Statement]:
    """An outbox row for each unit whose nights were closed or opened; it looks at what the statements before it did."""
    touched = [*(place.occupancy_id for place in request.placements), *request.releases]
    made = []
    for message in [*request.elsewhere, request.change]:
        change = msgspec.json.decode(message, type=UnitCalendarChanged)
        of_unit = [one for one in touched if request.moved.get(one, request.unit_id) == change.unit_id]
        made.append(sql(
            ANNOUNCE, request.tenant_id, json_text(of_unit), change.outbox_id, message, request.now,
            request.real_now + FIRST_SWEEP, request.real_now, request.feed_id, request.unit_id, change.unit_id,
        ))  # fmt: skip
    return made


def units(request: Import) -> list[str]:
    """The feed's unit, and those that its stays were moved to."""
    return sorted({request.unit_id, *request.moved.values()})
