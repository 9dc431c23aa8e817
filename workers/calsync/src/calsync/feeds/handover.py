"""SQL: what became of each event of a run, why, and the conflicts, behind the statements that change the nights.

The nights themselves are the api Worker's to write (`api/channel_nights`); these statements look at what happened to
them in the same batch. CROSS JOIN tells SQLite to begin with the few events of the decision: left to itself it begins
with all rows of the tenant.
"""

from calsync.feeds.models import Decision, Feed
from propflow.bindings.d1 import Statement, sql
from propflow.handover import Import
from propflow.messages import FeedSyncRequested, UnitCalendarChanged, encode
from propflow.outbox import new_outbox_id
from propflow.parts import json_lists

# What is one stay with a booking that has nights is never a stay of its own beside it.
# What is not decided is what became of the nights; `missing` says more than which of the two it is.
_BECAME = """
coalesce(fact.value ->> 'state', CASE WHEN EXISTS (
  SELECT 1 FROM occupancies o WHERE o.tenant_id = ?1 AND o.id = fact.value ->> 'occupancy_id' AND o.live = 1
    AND o.start_date = fact.value ->> 'start' AND o.end_date = fact.value ->> 'end'
) AND NOT EXISTS (
  SELECT 1 FROM bookings AS b CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.id = b.occupancy_id AND o.live = 1
  WHERE b.tenant_id = ?1 AND b.id = fact.value ->> 'booking_id'
) THEN 'imported' ELSE fact.value ->> 'otherwise' END)"""
_WHY = """
CASE WHEN fact.value ->> 'state' IS NOT NULL OR fact.value ->> 'change' = 'missing' THEN fact.value ->> 'reason'
  WHEN {state} = 'conflict' THEN CASE WHEN {booking} IS NULL THEN 'nights_taken' ELSE 'dates_differ' END
  WHEN {state} = 'waiting' THEN CASE WHEN {booking} IS NULL THEN 'waits_for_the_vanished' ELSE 'same_stay' END
  ELSE fact.value ->> 'reason' END"""

REMEMBER = f"""
INSERT INTO feed_events (tenant_id, feed_id, uid, start_date, end_date, kind, state, occupancy_id, missing_since, mass,
                         reason, word, said_on, entry_version, moved_to, booking_id, created_at, updated_at)
SELECT ?1, ?2, fact.value ->> 'uid', fact.value ->> 'start', fact.value ->> 'end', fact.value ->> 'kind', fact.became,
  fact.value ->> 'occupancy_id', fact.value ->> 'missing_since', fact.value ->> 'mass',
  {_WHY.format(state="fact.became", booking="fact.value ->> 'booking_id'")}, fact.value ->> 'word',
  fact.value ->> 'said_on', fact.value -> 'entry_version', fact.value ->> 'moved_to',
  CASE WHEN fact.became <> 'imported' THEN fact.value ->> 'booking_id' END, ?4, ?4
FROM (SELECT fact.value, {_BECAME} AS became FROM json_each(?3) AS fact) AS fact WHERE true
ON CONFLICT (tenant_id, feed_id, uid) DO UPDATE SET
  start_date = excluded.start_date, end_date = excluded.end_date, kind = excluded.kind, state = excluded.state,
  occupancy_id = excluded.occupancy_id, missing_since = excluded.missing_since, mass = excluded.mass,
  reason = excluded.reason, word = excluded.word, said_on = excluded.said_on, entry_version = excluded.entry_version,
  moved_to = excluded.moved_to, booking_id = excluded.booking_id, updated_at = excluded.updated_at
WHERE (start_date, end_date, kind, state, occupancy_id, missing_since, mass, word, said_on, booking_id,
       entry_version ->> 0, entry_version ->> 1) IS NOT (
  excluded.start_date, excluded.end_date, excluded.kind, excluded.state, excluded.occupancy_id, excluded.missing_since,
  excluded.mass, excluded.word, excluded.said_on, excluded.booking_id, excluded.entry_version ->> 0,
  excluded.entry_version ->> 1
)"""

# What did not fit before and does not fit now is no decision.
DECIDED = f"""
INSERT INTO feed_decisions (tenant_id, feed_id, run_id, id, uid, change, reason, start_date, end_date, previous_start,
                            previous_end, previous_uid, occupancy_id, created_at)
SELECT ?1, ?2, ?5, fact.value ->> 'decision_id', e.uid,
  CASE WHEN e.state <> 'imported' AND fact.value ->> 'state' IS NULL AND fact.value ->> 'change' <> 'missing'
    THEN e.state ELSE fact.value ->> 'change' END,
  {_WHY.format(state="e.state", booking="e.booking_id")},
  e.start_date, e.end_date, fact.value ->> '$.before[0]', fact.value ->> '$.before[1]', fact.value ->> 'before_uid',
  e.occupancy_id, ?4
FROM json_each(?3) AS fact
CROSS JOIN feed_events e ON e.tenant_id = ?1 AND e.feed_id = ?2 AND e.uid = fact.value ->> 'uid'
WHERE fact.value ->> 'change' <> '' AND e.state IS NOT fact.value ->> 'was'"""

# What had the nights, of the unit or of a part, when it began.
OPEN_CONFLICTS = """
INSERT INTO conflicts (tenant_id, id, unit_id, feed_id, uid, start_date, end_date, ours, created_at)
SELECT ?1, fact.value ->> 'conflict_id', coalesce(e.moved_to, ?5), ?2, e.uid, e.start_date, e.end_date, (
  SELECT coalesce(json_group_array(json_object('occupancy_id', coalesce(o.stay_id, o.main_id, o.id), 'kind', o.kind,
    'ref_id', o.ref_id, 'start', o.start_date, 'end', o.end_date)), '[]')
  FROM (
    SELECT coalesce(e.moved_to, ?5) AS unit_id UNION ALL
    SELECT part_id FROM unit_parts WHERE tenant_id = ?1 AND combined_id = coalesce(e.moved_to, ?5)
  ) AS placed
  CROSS JOIN occupancies o ON o.tenant_id = ?1 AND o.unit_id = placed.unit_id AND o.live = 1
    AND o.start_date < e.end_date AND o.end_date > e.start_date
    AND coalesce(o.stay_id, o.main_id, o.id) <> e.occupancy_id
    AND o.start_date >= coalesce((
      SELECT b.start_date FROM occupancies b
      WHERE b.unit_id = placed.unit_id AND b.live = 1 AND b.start_date <= e.start_date
      ORDER BY b.start_date DESC LIMIT 1), '')
  ), ?4
FROM json_each(?3) AS fact
CROSS JOIN feed_events e ON e.tenant_id = ?1 AND e.feed_id = ?2 AND e.uid = fact.value ->> 'uid'
WHERE e.state = 'conflict'
ON CONFLICT (tenant_id, feed_id, uid) WHERE status = 'open' DO UPDATE SET
  start_date = excluded.start_date, end_date = excluded.end_date, ours = excluded.ours, version = version + 1
WHERE (start_date, end_date, ours) IS NOT (excluded.start_date, excluded.end_date, excluded.ours)"""

# A conflict that goes on under another UID is the same one.
CONTINUE_CONFLICTS = """
UPDATE conflicts INDEXED BY conflicts_open SET uid = fact.value ->> 'uid', version = version + 1
FROM json_each(?3) AS fact
WHERE conflicts.tenant_id = ?1 AND conflicts.feed_id = ?2 AND conflicts.status = 'open'
  AND conflicts.uid = fact.value ->> 'before_uid'
  AND conflicts.uid IN (SELECT value ->> 'before_uid' FROM json_each(?3))"""

RESOLVE_CONFLICTS = """
UPDATE conflicts INDEXED BY conflicts_open SET status = 'resolved', resolved_at = ?4, version = version + 1,
  resolution = (
    SELECT CASE WHEN e.state = 'imported' OR (e.state = 'waiting' AND e.booking_id IS NOT NULL) THEN 'fits'
      WHEN e.end_date <= ?5 THEN 'over' ELSE 'gone' END
    FROM feed_events e WHERE e.tenant_id = ?1 AND e.feed_id = ?2 AND e.uid = conflicts.uid)
WHERE tenant_id = ?1 AND feed_id = ?2 AND status = 'open' AND uid IN (
  SELECT e.uid FROM json_each(?3) AS fact
  CROSS JOIN feed_events e ON e.tenant_id = ?1 AND e.feed_id = ?2 AND e.uid = fact.value ->> 'uid'
  WHERE e.state <> 'conflict'
)"""

# One event for each conflict that this batch opened or ended. Their ids are made of the conflict's, which begins once
# and ends once. While a test clock stands still, what ended before ended now as well: its end was told.
TELL_CONFLICTS = """
INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id,
                    created_at)
SELECT ?1, coalesce((SELECT max(position) FROM events WHERE tenant_id = ?1), 0) + row_number() OVER (ORDER BY c.id),
  'evt_' || substr(c.id, 5, 23) || CASE c.status WHEN 'open' THEN '00a' ELSE '00z' END,
  CASE c.status WHEN 'open' THEN 'conflict.opened' ELSE 'conflict.resolved' END, c.id, c.unit_id,
  coalesce((SELECT max(sequence) FROM events WHERE tenant_id = ?1 AND object_id = c.id), 0) + 1,
  json_object('status', c.status, 'start', c.start_date, 'end', c.end_date, 'resolution', c.resolution), '{}',
  ?2, ?5, ?4
FROM conflicts AS c
WHERE c.tenant_id = ?1 AND c.feed_id = ?2 AND c.id IN (
  SELECT n.id FROM json_each(?3) AS fact
  CROSS JOIN conflicts AS n ON n.tenant_id = ?1 AND n.id = fact.value ->> 'conflict_id' WHERE n.created_at = ?4
  UNION ALL
  SELECT r.id FROM json_each(?3) AS fact
  CROSS JOIN conflicts AS r INDEXED BY conflicts_by_event ON r.tenant_id = ?1 AND r.feed_id = ?2
    AND r.uid = fact.value ->> 'uid' WHERE r.status = 'resolved' AND r.resolved_at = ?4 AND NOT EXISTS (
      SELECT 1 FROM events AS t INDEXED BY events_of_object
      WHERE t.tenant_id = ?1 AND t.object_id = r.id AND t.type = 'conflict.resolved'))"""

# Once for each part of the facts; the last one has the status that ends the run.
FINISH = """
UPDATE feed_runs SET status = ?10, seen = ?5, ignored = ?6, removed = ?7, problems = ?8, finished_at = ?9,
  created = feed_runs.created + counts.created, updated = feed_runs.updated + counts.updated,
  conflicts = feed_runs.conflicts + counts.conflicts
FROM (
  SELECT coalesce(sum(e.state = 'imported' AND fact.value ->> 'change' IN ('created', 'reinstated')), 0) AS created,
         coalesce(sum(e.state = 'imported' AND fact.value ->> 'change' IN ('moved', 'matched')), 0) AS updated,
         coalesce(sum(e.state = 'conflict'), 0) AS conflicts
  FROM json_each(?3) AS fact
  CROSS JOIN feed_events e ON e.tenant_id = ?1 AND e.feed_id = ?2 AND e.uid = fact.value ->> 'uid'
) AS counts
WHERE tenant_id = ?1 AND feed_id = ?2 AND id = ?4 AND feed_runs.status = 'queued'"""


def _elsewhere(job: FeedSyncRequested, decision: Decision, real: int) -> list[str]:
    """The messages about units that stays were moved to, and whose nights this may change."""
    return [
        encode(UnitCalendarChanged(
            tenant_id=job.tenant_id, outbox_id=new_outbox_id(real), request_id=job.request_id, unit_id=unit_id
        ))
        for unit_id in sorted(set(decision.moved.values()))
    ]  # fmt: skip


def request(
    job: FeedSyncRequested, feed: Feed, decision: Decision, change: UnitCalendarChanged, *, before: list[Statement],
    told: list[Statement], problems: str, today: str, now: int, real: int,
) -> Import:  # fmt: skip
    """Everything a decision changes, for the api Worker. `now` is the feed's clock's, `real` the real one."""
    return Import(
        tenant_id=job.tenant_id, unit_id=feed.unit_id, feed_id=job.feed_id, source=f"ical:{feed.host}",
        request_id=job.request_id, now=now, placements=decision.placements, releases=decision.releases,
        had=decision.had, moved=decision.moved, elsewhere=_elsewhere(job, decision, real),
        before=before, after=_after(job, feed, decision, problems, today, now), told=told,
        change=encode(change), real_now=real,
    )  # fmt: skip


def _after(
    job: FeedSyncRequested, feed: Feed, decision: Decision, problems: str, today: str, now: int
) -> list[Statement]:
    """In parts that fit into a parameter. All of one kind come before the next, which looks at what they did."""
    tenant, feed_id = job.tenant_id, job.feed_id
    parts = [text for text, _ in json_lists(decision.facts)]
    finish = [
        sql(
            FINISH, tenant, feed_id, facts, job.run_id, decision.seen, decision.ignored, decision.removed, problems,
            now, "queued" if left else "succeeded",
        )
        for left, facts in zip(reversed(range(max(1, len(parts)))), parts or ["[]"], strict=True)
    ]  # fmt: skip
    return [
        *(sql(REMEMBER, tenant, feed_id, facts, now) for facts in parts),
        *(sql(DECIDED, tenant, feed_id, facts, now, job.run_id) for facts in parts),
        *(sql(CONTINUE_CONFLICTS, tenant, feed_id, facts) for facts in parts),
        *(sql(OPEN_CONFLICTS, tenant, feed_id, facts, now, feed.unit_id) for facts in parts),
        *(sql(RESOLVE_CONFLICTS, tenant, feed_id, facts, now, today) for facts in parts),
        *finish,
        *(sql(TELL_CONFLICTS, tenant, feed_id, facts, now, job.request_id) for facts in parts),
    ]
