"""Statements about entries of feeds and decisions, as people see them and change them. Runs write them in calsync."""

from collections.abc import Sequence
from itertools import chain

import msgspec

from api.core.restriction import of_unit
from propflow import guards, ids
from propflow.bindings.d1 import Statement, sql
from propflow.clock import DAY, to_rfc3339
from propflow.handover import Nights, ranges_of
from propflow.json_text import json_text
from propflow.parts import json_lists

FEED = f"""
SELECT id, unit_id, host FROM feeds
WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL AND {of_unit("feeds", "?3")}"""
RUN = """
SELECT id, status, seen, created, updated, removed, conflicts, ignored, problems, error, created_at, finished_at
FROM feed_runs WHERE tenant_id = ?1 AND feed_id = ?2 AND id = ?3"""
# Whether the booking that it is one stay with still has nights.
_BOOKED = """
EXISTS (
  SELECT 1 FROM bookings AS b CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.id = b.occupancy_id AND o.live = 1
  WHERE b.tenant_id = ?1 AND b.id = e.booking_id)"""
# The nights of what is gone may be those of a booking.
_DECISION = f"""
SELECT d.id, d.uid, d.previous_uid, d.change, d.reason, d.start_date, d.end_date, d.previous_start, d.previous_end,
  d.occupancy_id, d.reverted_at, d.created_at, d.change IN ('missing', 'removed') AND EXISTS (
    SELECT 1 FROM feed_events AS e WHERE e.tenant_id = ?1 AND e.feed_id = ?2 AND e.uid = d.uid AND {_BOOKED}) AS booked
FROM feed_decisions AS d WHERE d.tenant_id = ?1 AND d.feed_id = ?2 AND d.run_id = ?3"""
DECISIONS = f"{_DECISION} ORDER BY d.id LIMIT ?4"
DECISION = f"{_DECISION} AND d.id = ?4"

_EVENT = f"""
SELECT e.uid, e.kind, e.start_date, e.end_date, e.state, e.reason, e.word, e.missing_since, e.occupancy_id,
  e.updated_at, e.moved_to, e.booking_id, {_BOOKED} AS booked, c.id AS conflict_id,
  {ranges_of("e.occupancy_id")} AS ranges
FROM feed_events AS e
LEFT JOIN conflicts AS c ON c.tenant_id = e.tenant_id AND c.feed_id = e.feed_id AND c.uid = e.uid AND c.status = 'open'
WHERE e.tenant_id = ?1 AND e.feed_id = ?2 AND e.state <> 'replaced'
  AND (e.moved_to IS NULL OR {of_unit("e", "?3", "moved_to")})"""
BY_UID = f"{_EVENT} AND e.uid = ?4"
BY_OCCUPANCY = f"{_EVENT} AND e.occupancy_id = ?4"
LIST = f"{_EVENT} AND e.occupancy_id > ?4 AND (?6 IS NULL OR e.state = ?6) ORDER BY e.occupancy_id LIMIT ?5"
MISSING = f"{_EVENT} AND e.mass = 1 AND e.missing_since IS NOT NULL AND e.state IN ('imported', 'conflict', 'waiting')"

# Exactly what was read; a run that decides on older knowledge starts again (`words`).
SAY = """
UPDATE feed_events SET state = ?5, word = ?6, missing_since = ?7, mass = 0, occupancy_id = ?8, reason = ?9,
  booking_id = NULL, updated_at = max(CAST(?10 AS INTEGER), updated_at + 1)
WHERE tenant_id = ?1 AND feed_id = ?2 AND uid = ?3 AND updated_at = CAST(?4 AS INTEGER)"""
# The same of many, each exactly what was read.
REMOVE_ALL = """
UPDATE feed_events SET state = 'removed', word = NULL, mass = 0, reason = 'accepted',
  updated_at = max(CAST(?4 AS INTEGER), updated_at + 1)
WHERE tenant_id = ?1 AND feed_id = ?2 AND (uid, updated_at) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?3))"""
RESTORE = """
UPDATE feed_events SET state = 'imported', word = 'apart', mass = 0, updated_at = ?4,
  missing_since = coalesce((SELECT clock_at FROM tenants WHERE id = ?1), ?4)
WHERE tenant_id = ?1 AND feed_id = ?2 AND uid = ?3 AND state = 'replaced'"""
# Whether it is missing is what its channel says, wherever it lives.
MOVE = """
UPDATE feed_events SET moved_to = ?5, state = 'imported', booking_id = NULL,
  reason = CASE WHEN missing_since IS NULL THEN 'a_person_moved_it' ELSE reason END,
  updated_at = max(CAST(?6 AS INTEGER), updated_at + 1)
WHERE tenant_id = ?1 AND feed_id = ?2 AND uid = ?3 AND updated_at = CAST(?4 AS INTEGER) AND (?5 IS NULL OR EXISTS (
  SELECT 1 FROM units AS u WHERE u.tenant_id = ?1 AND u.id = ?5 AND u.status = 'active'))"""
# What takes no nights of its own yet is judged by the next run, which opens its conflict again.
UNLINK = """
UPDATE feed_events SET booking_id = NULL, reason = ?5, updated_at = max(CAST(?6 AS INTEGER), updated_at + 1)
WHERE tenant_id = ?1 AND feed_id = ?2 AND uid = ?3 AND updated_at = CAST(?4 AS INTEGER)"""
COUNT_WORD = "UPDATE feeds SET words = words + 1 WHERE tenant_id = ?1 AND id = ?2"
END_CONFLICTS = """
UPDATE conflicts SET status = 'resolved', resolution = 'ignore', resolved_by = ?3, resolved_at = ?4,
  version = version + 1
WHERE tenant_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND status = 'open'"""
REVERTED = """
UPDATE feed_decisions SET reverted_by = ?5, reverted_at = ?6
WHERE tenant_id = ?1 AND feed_id = ?2 AND run_id = ?3 AND id = ?4 AND reverted_at IS NULL"""

# Each feed has its turn, by the end of its id, as with its runs. Decisions go with their run. What slides leaves a row
# a day under another UID; what a channel lists no more and is over tells nobody anything.
FORGET_DECISIONS = """
DELETE FROM feed_decisions WHERE (tenant_id, feed_id, run_id, id) IN (
  SELECT d.tenant_id, d.feed_id, d.run_id, d.id FROM feeds AS f
  CROSS JOIN feed_decisions AS d ON d.tenant_id = f.tenant_id AND d.feed_id = f.id AND d.run_id < (
    SELECT min(r.id) FROM feed_runs AS r WHERE r.tenant_id = f.tenant_id AND r.feed_id = f.id)
  WHERE substr(f.id, -2) = ?1 LIMIT ?2)"""
FORGET_EVENTS = """
DELETE FROM feed_events WHERE (tenant_id, feed_id, uid) IN (
  SELECT e.tenant_id, e.feed_id, e.uid FROM feeds AS f
  CROSS JOIN feed_events AS e ON e.tenant_id = f.tenant_id AND e.feed_id = f.id
  WHERE substr(f.id, -2) = ?1 AND (
    e.end_date < ?3 OR (e.state IN ('removed', 'replaced', 'setting', 'echo', 'ignored') AND e.end_date < ?4)
    OR ((e.state = 'replaced' OR (e.state = 'removed' AND e.reason = 'not_listed')) AND e.updated_at < ?5))
  LIMIT ?2)"""

# What waits goes with its entry.
FORGET_WAITING = """
DELETE FROM waiting_stays WHERE (tenant_id, id) IN (
  SELECT w.tenant_id, w.id FROM feeds AS f
  CROSS JOIN waiting_stays AS w INDEXED BY waiting_stays_of_unit ON w.tenant_id = f.tenant_id AND w.unit_id IN (
    SELECT home.unit_id FROM feeds AS home WHERE home.tenant_id = f.tenant_id AND home.id = f.id UNION ALL
    SELECT e.moved_to FROM feed_events AS e INDEXED BY feed_events_moved
    WHERE e.tenant_id = f.tenant_id AND e.feed_id = f.id AND e.moved_to IS NOT NULL) AND w.feed_id = f.id
  WHERE substr(f.id, -2) = ?1 AND w.end_date < ?3 LIMIT ?2)"""

MOST = 5_000  # decisions of a run: as many as a calendar has entries


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    unit_id: str
    host: str


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row with the ranges (JSON) that it keeps closed. `booked`: the booking that it is one stay with has nights."""

    uid: str
    kind: str
    start_date: str
    end_date: str
    state: str
    occupancy_id: str
    updated_at: int
    reason: str | None = None
    word: str | None = None
    missing_since: int | None = None
    ranges: str = "[]"
    conflict_id: str | None = None
    moved_to: str | None = None
    booking_id: str | None = None
    booked: bool = False

    @property
    def nights(self) -> list[Nights]:
        """The ranges that it keeps closed, in their order."""
        return msgspec.json.decode(self.ranges, type=list[Nights])


class DecisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A decision. `booked`: it is about what is gone, whose nights are those of a booking that is the same stay."""

    id: str
    uid: str
    change: str
    reason: str
    start_date: str
    end_date: str
    occupancy_id: str
    created_at: int
    previous_uid: str | None = None
    previous_start: str | None = None
    previous_end: str | None = None
    reverted_at: int | None = None
    booked: bool = False


def feed(tenant_id: str, properties: str | None, feed_id: str) -> Statement:
    """The feed of a unit that the caller sees, as `FeedRow`."""
    return sql(FEED, tenant_id, feed_id, properties)


def run(tenant_id: str, feed_id: str, run_id: str) -> list[Statement]:
    """A run as `RunRow` of feeds, and its decisions as `DecisionRow`."""
    return [sql(RUN, tenant_id, feed_id, run_id), sql(DECISIONS, tenant_id, feed_id, run_id, MOST)]


def decision(tenant_id: str, feed_id: str, run_id: str, decision_id: str) -> Statement:
    """One decision, as `DecisionRow`."""
    return sql(DECISION, tenant_id, feed_id, run_id, decision_id)


def by_uid(tenant_id: str, properties: str | None, feed_id: str, uid: str) -> Statement:
    """One entry, as `EventRow`; not one that was moved to a unit that the caller does not see."""
    return sql(BY_UID, tenant_id, feed_id, properties, uid)


def by_occupancy(tenant_id: str, properties: str | None, feed_id: str, occupancy_id: str) -> Statement:
    """The same by the id that people know."""
    return sql(BY_OCCUPANCY, tenant_id, feed_id, properties, occupancy_id)


def list_after(
    tenant_id: str, properties: str | None, feed_id: str, after: str, limit: int, state: str | None
) -> Statement:
    """Such entries by id, as `EventRow`."""
    return sql(LIST, tenant_id, feed_id, properties, after, limit, state)


def missing_together(tenant_id: str, properties: str | None, feed_id: str) -> Statement:
    """Such as have vanished with others and wait for a word, as `EventRow`."""
    return sql(MISSING, tenant_id, feed_id, properties)


def say(
    tenant_id: str, feed_id: str, row: EntryRow, *, state: str, word: str | None, missing_since: int | None,
    reason: str, now: int, occupancy_id: str = "",
) -> list[Statement]:  # fmt: skip
    """Another state of exactly what was read (`guard_failed`)."""
    return [
        sql(
            SAY, tenant_id, feed_id, row.uid, row.updated_at, state, word, missing_since,
            occupancy_id or row.occupancy_id, reason, now,
        ),
        guards.changed(), count_word(tenant_id, feed_id),
    ]  # fmt: skip


def move(tenant_id: str, feed_id: str, row: EntryRow, after: EntryRow, now: int) -> list[Statement]:
    """Another unit that is let, of exactly what was read (`guard_failed`)."""
    return [
        sql(MOVE, tenant_id, feed_id, row.uid, row.updated_at, after.moved_to, now),
        guards.changed(),
        count_word(tenant_id, feed_id),
    ]


def unlink(tenant_id: str, feed_id: str, row: EntryRow, after: EntryRow, now: int) -> list[Statement]:
    """No stay of a booking any more, of exactly what was read (`guard_failed`)."""
    return [
        sql(UNLINK, tenant_id, feed_id, row.uid, row.updated_at, after.reason, now),
        guards.changed(),
        count_word(tenant_id, feed_id),
    ]


def remove_all(tenant_id: str, feed_id: str, rows: Sequence[EntryRow], now: int) -> list[Statement]:
    """They are gone: all of exactly what was read, or none (`guard_failed`)."""
    read = json_lists((row.uid, row.updated_at) for row in rows)
    guarded = [(sql(REMOVE_ALL, tenant_id, feed_id, text, now), guards.changed_all(count)) for text, count in read]
    return [*chain.from_iterable(guarded), count_word(tenant_id, feed_id)]


def count_word(tenant_id: str, feed_id: str) -> Statement:
    """A run of the feed that does not know of this starts again."""
    return sql(COUNT_WORD, tenant_id, feed_id)


def restore(tenant_id: str, feed_id: str, uid: str, now: int) -> list[Statement]:
    """An entry that went on under another UID stands for itself again, and is missing from now on."""
    return [sql(RESTORE, tenant_id, feed_id, uid, now), guards.changed()]


def end_conflicts(tenant_id: str, conflict_ids: Sequence[str], principal_id: str, now: int) -> list[Statement]:
    """The conflicts of entries that take no nights any more are none, all of them (`guard_failed`)."""
    return [
        sql(END_CONFLICTS, tenant_id, json_text(conflict_ids), principal_id, now),
        guards.changed_all(len(conflict_ids)),
    ]


def forget_decisions(turn: int, limit: int) -> Statement:
    """Remove the decisions of runs that are forgotten."""
    return sql(FORGET_DECISIONS, ids.ending(turn), limit)


def forget_events(turn: int, *, now: int, limit: int) -> Statement:
    """Remove entries that ended 400 days ago, 60 days if they had no nights, and what has slid away a week ago."""
    ended, idle = (to_rfc3339(now - days * DAY)[:10] for days in (400, 60))
    return sql(FORGET_EVENTS, ids.ending(turn), limit, ended, idle, now - 7 * DAY)


def forget_waiting(turn: int, *, now: int, limit: int) -> Statement:
    """Stays that ended 400 days ago want no nights any more."""
    return sql(FORGET_WAITING, ids.ending(turn), limit, to_rfc3339(now - 400 * DAY)[:10])


def reverted(
    tenant_id: str, feed_id: str, run_id: str, decision_id: str, principal_id: str, now: int
) -> list[Statement]:
    """Once (`guard_failed`)."""
    return [sql(REVERTED, tenant_id, feed_id, run_id, decision_id, principal_id, now), guards.changed()]
