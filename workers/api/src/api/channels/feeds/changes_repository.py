"""Statements that change a feed or remove it. A run in flight notices: it applies nothing to another version."""

from collections.abc import Sequence

import msgspec

from api.channels.feeds.repository import FeedRow
from api.core.restriction import of_unit
from api.occupancies import stays
from propflow import guards
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text
from propflow.messages import UnitCalendarChanged, encode

# With another address nothing that was heard under the old one counts any more.
CHANGE = """
UPDATE feeds SET name = ?4, status = ?5, host = ?6, next_due_at = ?7, version = version + 1, updated_at = ?8,
  url_sealed = coalesce(?9, url_sealed),
  etag = CASE WHEN ?9 IS NULL THEN etag END, content_hash = CASE WHEN ?9 IS NULL THEN content_hash END,
  failures = CASE WHEN ?9 IS NULL THEN failures ELSE 0 END, error = CASE WHEN ?9 IS NULL THEN error END,
  unread = CASE WHEN ?9 IS NULL THEN unread ELSE 0 END,
  empty_since = CASE WHEN ?9 IS NULL THEN empty_since END,
  empty_readings = CASE WHEN ?9 IS NULL THEN empty_readings ELSE 0 END
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER) AND deleted_at IS NULL"""

# What the old address no longer listed was not missed by the new one: its first reading is no second miss. And it may
# count the versions of its entries in another way.
LISTED_AGAIN = """
UPDATE feed_events SET missing_since = NULL, mass = 0, entry_version = '[0,"",""]'
WHERE tenant_id = ?1 AND feed_id = ?2 AND (missing_since IS NOT NULL OR entry_version <> '[0,"",""]')"""

# But whether the new one lists what is one stay with a booking nobody knows yet: until then it is shown the booking.
UNHEARD = """
UPDATE feed_events INDEXED BY feed_events_linked SET missing_since = ?3, mass = 0, reason = 'unheard'
WHERE tenant_id = ?1 AND booking_id IS NOT NULL AND feed_id = ?2 AND state IN ('conflict', 'waiting')"""
SHOWN = """
INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)
SELECT ?1, ?2, 'unit.calendar_changed', ?3, 4, ?4, ?4 WHERE changes() > 0"""

REMOVABLE = f"""
SELECT f.id, f.unit_id, f.version, f.last_attempt_at, f.words, f.deleted_at, p.time_zone, EXISTS (
  SELECT 1 FROM feed_events AS e INDEXED BY feed_events_linked
  WHERE e.tenant_id = ?1 AND e.booking_id IS NOT NULL AND e.feed_id = ?2) AS linked
FROM feeds AS f
JOIN units AS u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id
WHERE f.tenant_id = ?1 AND f.id = ?2 AND {of_unit("f", "?3")}"""

# The lower bound, the last row that starts before today, keeps the history out of it. A stay that has begun is not
# among them, for its guest is in the house; a closure that has begun is, with all of its ranges. `away` is what
# somebody moved to another unit that the caller sees.
TO_COME = f"""
WITH away AS MATERIALIZED (
  SELECT e.occupancy_id, e.moved_to AS unit_id FROM feed_events AS e INDEXED BY feed_events_moved
  WHERE e.tenant_id = ?1 AND e.feed_id = ?2 AND e.moved_to IS NOT NULL AND e.state <> 'replaced'
    AND {of_unit("e", "?5", "moved_to")}
), lives AS MATERIALIZED (
  SELECT ?3 AS unit_id UNION SELECT unit_id FROM away
), gone AS MATERIALIZED (
  SELECT DISTINCT coalesce(o.stay_id, o.id) AS stay_id
  FROM (
    SELECT unit_id FROM lives UNION
    SELECT p.part_id FROM lives CROSS JOIN unit_parts AS p ON p.tenant_id = ?1 AND p.combined_id = lives.unit_id
  ) AS placed
  CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.unit_id = placed.unit_id AND o.live = 1 AND o.kind = 'ical'
    AND o.ref_id = ?2 AND o.end_date > ?4 AND o.main_id IS NULL AND o.start_date >= coalesce((
      SELECT b.start_date FROM occupancies AS b
      WHERE b.unit_id = placed.unit_id AND b.live = 1 AND b.start_date <= ?4
      ORDER BY b.start_date DESC LIMIT 1), '')
    AND ((o.start_date > ?4 AND o.stay_id IS NULL) OR EXISTS (
      SELECT 1 FROM feed_events AS e
      WHERE e.tenant_id = ?1 AND e.feed_id = ?2 AND e.end_date > ?4 AND e.occupancy_id = coalesce(o.stay_id, o.id)
        AND (e.kind = 'block' OR (e.start_date > ?4 AND o.stay_id IS NOT NULL))))
)
SELECT gone.stay_id, n.start_date AS start, n.end_date AS "end", true AS own,
  coalesce((SELECT away.unit_id FROM away WHERE away.occupancy_id = gone.stay_id), ?3) AS unit_id
FROM gone CROSS JOIN stay_nights AS n ON n.tenant_id = ?1 AND n.stay_id = gone.stay_id
UNION ALL
SELECT gone.stay_id, n.start_date, n.end_date, false,
  coalesce((SELECT away.unit_id FROM away WHERE away.occupancy_id = gone.stay_id), ?3)
FROM gone CROSS JOIN occupancies AS n INDEXED BY occupancies_of_stay ON n.tenant_id = ?1 AND n.stay_id = gone.stay_id
  AND n.live = 1 AND n.main_id IS NULL AND n.source = 'combined'
ORDER BY 2"""

# The row stays, for its runs and what it imported; its address does not. `last_attempt_at` tells that no run was
# faster, and `words` that nobody said anything about its entries.
REMOVE = """
UPDATE feeds SET status = 'paused', deleted_at = coalesce(deleted_at, ?5), url_sealed = '', etag = NULL,
  content_hash = NULL, error = NULL, version = version + 1, updated_at = ?5
WHERE tenant_id = ?1 AND id = ?2 AND version = CAST(?3 AS INTEGER) AND last_attempt_at IS ?4
  AND words = CAST(?6 AS INTEGER)"""
# Whose nights were opened has none any more.
ENTRIES_REMOVED = """
UPDATE feed_events SET state = 'removed', word = NULL, mass = 0, reason = 'feed_deleted',
  updated_at = max(CAST(?4 AS INTEGER), updated_at + 1)
WHERE tenant_id = ?1 AND feed_id = ?2 AND state IN ('imported', 'conflict', 'waiting')
  AND occupancy_id IN (SELECT value FROM json_each(?3))"""
# By the open conflicts of the feed; the events first, because they look for what is still open. Their ids are those
# that a run would give them (calsync).
TELL_CONFLICTS = """
INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id,
                    created_at)
SELECT ?1, coalesce((SELECT max(position) FROM events WHERE tenant_id = ?1), 0) + row_number() OVER (ORDER BY c.id),
  'evt_' || substr(c.id, 5, 23) || '00z', 'conflict.resolved', c.id, c.unit_id,
  coalesce((SELECT max(sequence) FROM events WHERE tenant_id = ?1 AND object_id = c.id), 0) + 1,
  json_object('status', 'resolved', 'start', c.start_date, 'end', c.end_date, 'resolution', 'gone'), '{}', ?3, ?4, ?5
FROM conflicts AS c INDEXED BY conflicts_open
WHERE c.tenant_id = ?1 AND c.feed_id = ?2 AND c.status = 'open'"""
SETTLE_CONFLICTS = """
UPDATE conflicts INDEXED BY conflicts_open SET status = 'resolved', resolution = 'gone', resolved_at = ?3,
  version = version + 1
WHERE tenant_id = ?1 AND feed_id = ?2 AND status = 'open'"""
# Nobody hears of them any more, so what they have is all that they get.
UNLINK = """
UPDATE feed_events INDEXED BY feed_events_linked SET booking_id = NULL
WHERE tenant_id = ?1 AND feed_id = ?2 AND booking_id IS NOT NULL"""
WAIT_NO_MORE = """
DELETE FROM waiting_stays INDEXED BY waiting_stays_of_unit WHERE tenant_id = ?1 AND feed_id = ?2 AND unit_id IN (
  SELECT ?3 UNION ALL SELECT e.moved_to FROM feed_events AS e INDEXED BY feed_events_moved
  WHERE e.tenant_id = ?1 AND e.feed_id = ?2 AND e.moved_to IS NOT NULL)"""
END_ALERTS = "UPDATE feed_alerts SET active = 0 WHERE tenant_id = ?1 AND feed_id = ?2 AND active = 1"

# The same for all feeds of a tenant. What they imported stays, as after `imported=keep`.
REMOVE_ALL = """
UPDATE feeds SET status = 'paused', deleted_at = ?2, url_sealed = '', etag = NULL, content_hash = NULL, error = NULL,
  version = version + 1, updated_at = ?2
WHERE tenant_id = ?1 AND deleted_at IS NULL"""
WAIT_NO_MORE_ALL = "DELETE FROM waiting_stays WHERE tenant_id = ?1"
UNLINK_ALL = """
UPDATE feed_events INDEXED BY feed_events_linked SET booking_id = NULL
WHERE tenant_id = ?1 AND booking_id IS NOT NULL"""
TELL_ALL_CONFLICTS = TELL_CONFLICTS.replace(" AND c.feed_id = ?2", "").replace("?3, ?4, ?5", "?2, ?3, ?4")
SETTLE_ALL_CONFLICTS = """
UPDATE conflicts INDEXED BY conflicts_open SET status = 'resolved', resolution = 'gone', resolved_at = ?2,
  version = version + 1
WHERE tenant_id = ?1 AND status = 'open'"""
END_ALL_ALERTS = "UPDATE feed_alerts SET active = 0 WHERE tenant_id = ?1 AND active = 1"


class Removable(msgspec.Struct, frozen=True, kw_only=True):
    """A feed to be deleted, or one that was and whose nights may still be kept. `linked`: a stay of it is one with a
    booking."""

    id: str
    unit_id: str
    version: int
    last_attempt_at: int | None
    words: int
    deleted_at: int | None
    time_zone: str
    linked: bool = False


class Nights(msgspec.Struct, frozen=True, kw_only=True):
    """Nights that a stay of a feed has, in its `own` unit or in a part of it alone. `unit_id` is its unit."""

    stay_id: str
    unit_id: str
    start: str
    end: str
    own: bool = True


def change(tenant_id: str, before: FeedRow, after: FeedRow, url_sealed: str | None) -> Statement:
    """Another name, status or address of exactly the version that was read; put a guard behind it."""
    return sql(
        CHANGE, tenant_id, before.id, before.version, after.name, after.status, after.host, after.next_due_at,
        after.updated_at, url_sealed,
    )  # fmt: skip


def listed_again(feed_id: str, change: UnitCalendarChanged, *, now: int, real: int) -> list[Statement]:
    """Nothing is missing under an address that was not read yet, nor is anything known to be listed there. `change` is
    about the feed's unit; `now` is the time of its clock."""
    tenant_id = change.tenant_id
    return [
        sql(LISTED_AGAIN, tenant_id, feed_id), sql(UNHEARD, tenant_id, feed_id, now),
        sql(SHOWN, tenant_id, change.outbox_id, encode(change), real),
    ]  # fmt: skip


def removable(tenant_id: str, properties: str | None, feed_id: str) -> Statement:
    """A feed of a unit that the caller sees, deleted or not, as `Removable`."""
    return sql(REMOVABLE, tenant_id, feed_id, properties)


def to_come(tenant_id: str, properties: str | None, feed: Removable, today: str) -> Statement:
    """What it imported and nobody has begun to use, in units that the caller sees, as `Nights`."""
    return sql(TO_COME, tenant_id, feed.id, feed.unit_id, today, properties)


def remove(tenant_id: str, feed: Removable, now: int) -> Statement:
    """Delete exactly what was read; put a guard behind it."""
    return sql(REMOVE, tenant_id, feed.id, feed.version, feed.last_attempt_at, now, feed.words)


def release(tenant_id: str, feed_id: str, nights: Sequence[Nights], now: int) -> list[Statement]:
    """Open these nights, all or none (`guard_failed`)."""
    gone = sorted({one.stay_id for one in nights})
    return [
        *stays.give_back(tenant_id, gone, now),
        guards.changed_all(len(nights)),
        sql(ENTRIES_REMOVED, tenant_id, feed_id, json_text(gone), now),
    ]


def wait_no_more(tenant_id: str, feed: Removable) -> list[Statement]:
    """No stay of the feed gets more nights than it has, and none is one with a booking any more."""
    unlinked = [sql(UNLINK, tenant_id, feed.id)] if feed.linked else []
    return [sql(WAIT_NO_MORE, tenant_id, feed.id, feed.unit_id), *unlinked]


def settle(tenant_id: str, feed_id: str, *, actor: str, request_id: str, now: int) -> list[Statement]:
    """What the feed reported and did not fit concerns nobody any more, nor what people were told of it."""
    return [
        sql(TELL_CONFLICTS, tenant_id, feed_id, actor, request_id, now),
        sql(SETTLE_CONFLICTS, tenant_id, feed_id, now), sql(END_ALERTS, tenant_id, feed_id),
    ]  # fmt: skip


def remove_all(tenant_id: str, *, actor: str, request_id: str, now: int) -> list[Statement]:
    """Delete all feeds of a tenant, keep the nights that they took, and settle what they reported."""
    return [
        sql(REMOVE_ALL, tenant_id, now), sql(WAIT_NO_MORE_ALL, tenant_id), sql(UNLINK_ALL, tenant_id),
        sql(TELL_ALL_CONFLICTS, tenant_id, actor, request_id, now), sql(SETTLE_ALL_CONFLICTS, tenant_id, now),
        sql(END_ALL_ALERTS, tenant_id),
    ]  # fmt: skip
