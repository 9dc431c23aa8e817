"""SQL of the schedule: the feeds that are due, and when each is due next."""

from collections.abc import Collection, Sequence

import msgspec

from calsync.hosts.shares import HELD_UNTIL, SCHEDULED, waited_until
from calsync.schedule.rules import Due, Plan
from propflow import standing
from propflow.bindings.d1 import Statement, sql
from propflow.clock import MINUTE
from propflow.fairness import each, holders
from propflow.json_text import json_text

# Those that wait longest, one of each tenant after the other, and of each as many as leave room for others, so that one
# with very many takes nobody's turn. Of each host as many as have turns in a minute, however many wait for it. Feeds of
# a test space are read when somebody asks for it, never by themselves; those of a suspended tenant are not read.
_DUE = "status = 'active' AND next_due_at <= ?1"
DUE = f"""
WITH RECURSIVE {holders("feeds", "feeds_due", "status = 'active'")},
due AS MATERIALIZED (
  SELECT t.id AS tenant_id, coalesce(t.resumed_at, 0) AS resumed_at
  FROM holders CROSS JOIN tenants AS t ON t.id = holders.tenant_id
  WHERE t.mode = 'live' AND {standing.ACTS} AND EXISTS (
    SELECT 1 FROM feeds INDEXED BY feeds_due WHERE tenant_id = t.id AND {_DUE})
), waiting AS MATERIALIZED (
  SELECT f.tenant_id, f.id, f.unit_id, f.host, f.changed_at, f.next_due_at,
    max(coalesce(f.last_success_at, 0), f.updated_at, due.resumed_at) AS well_at
  FROM due CROSS JOIN feeds AS f ON f.tenant_id = due.tenant_id AND f.id IN (
    SELECT n.id FROM feeds AS n INDEXED BY feeds_due WHERE n.tenant_id = due.tenant_id AND {_DUE}
    ORDER BY n.next_due_at LIMIT {each("?3", "due", 20)})
), turns AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY next_due_at, id) AS turn
  FROM waiting
), places AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY host ORDER BY turn, next_due_at, id) AS place FROM turns
), taken AS MATERIALIZED (
  SELECT * FROM places WHERE place <= {SCHEDULED} OR host IN (SELECT value FROM json_each(?6))
  ORDER BY turn, next_due_at, id LIMIT ?2
)
SELECT turns.tenant_id, turns.id, turns.host, turns.changed_at, turns.well_at,
  {HELD_UNTIL} AS held_until, {waited_until("turns.tenant_id")} AS waited_until, coalesce(own.asked_at, 0) AS asked_at,
  CASE WHEN h.minute = ?4 THEN h.asked - h.by_hand ELSE 0 END AS asked,
  CASE WHEN h.minute = ?4 THEN h.by_hand ELSE 0 END AS by_hand,
  (SELECT o.end_date FROM occupancies AS o WHERE o.unit_id = turns.unit_id AND o.live = 1 AND o.start_date < ?5
   ORDER BY o.start_date DESC LIMIT 1) AS busy_until,
  coalesce((
    SELECT a.active FROM feed_alerts AS a
    WHERE a.tenant_id = turns.tenant_id AND a.feed_id = turns.id AND a.kind = 'trouble'
  ), 0) AS in_trouble
FROM taken AS turns LEFT JOIN calendar_hosts AS h ON h.host = turns.host
LEFT JOIN calendar_turns AS own ON own.host = turns.host AND own.tenant_id = turns.tenant_id
ORDER BY turns.turn, turns.next_due_at, turns.id"""

# It looks again whether the feed is still due: of two schedules that overlap one asks for it.
POSTPONE = """
UPDATE feeds SET next_due_at = job.due_at
FROM (SELECT value ->> 0 AS tenant_id, value ->> 1 AS id, value ->> 2 AS due_at FROM json_each(?1)) AS job
WHERE feeds.tenant_id = job.tenant_id AND feeds.id = job.id AND feeds.next_due_at <= ?2
RETURNING feeds.id"""

# Nobody was asked: what was postponed is due at once.
RECALL = """
UPDATE feeds SET next_due_at = ?2 WHERE (tenant_id, id) IN (
  SELECT value ->> 0, value ->> 1 FROM json_each(?1))"""


class Postponed(msgspec.Struct, frozen=True):
    id: str


def due(now: int, today: str, most: int, seen: int, unlimited: Collection[str]) -> Statement:
    """Up to `most` live feeds, of about so many `seen` that have waited longest, as `Due`. `today` is UTC's."""
    return sql(DUE, now, most, seen, now // MINUTE, today, json_text(sorted(unlimited)))


def postpone(plans: Sequence[Plan], now: int) -> Statement:
    """Each feed that is still due is due at its own next time; returns these, as `Postponed`."""
    rows = [[plan.feed.tenant_id, plan.feed.id, plan.due_at] for plan in plans]
    return sql(POSTPONE, json_text(rows), now)


def recall(feeds: Sequence[Due], now: int) -> Statement:
    """Let these be due at once."""
    rows = [[feed.tenant_id, feed.id] for feed in feeds]
    return sql(RECALL, json_text(rows), now)
