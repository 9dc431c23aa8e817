"""SQL of feeds and their runs. What a calendar changes in the ledger is in `handover.py`."""

from calsync.feeds.models import NO_SILENCE, Feed, Known, Silence
from propflow import guards
from propflow.bindings.d1 import Result, Statement, sql
from propflow.handover import ranges_of
from propflow.messages import FeedSyncRequested

FEED = """
SELECT f.unit_id, f.host, f.url_sealed, f.status, f.etag, f.content_hash, f.failures, f.last_attempt_at,
       f.empty_since, f.empty_readings, f.words, p.time_zone, t.clock_at, r.status AS run_status, f.version,
       t.suspended_at IS NOT NULL AS suspended,
       f.changed_at, f.last_success_at, f.error, f.unread,
       (SELECT o.end_date FROM occupancies o WHERE o.unit_id = f.unit_id AND o.live = 1 AND o.start_date < ?4
        ORDER BY o.start_date DESC LIMIT 1) AS busy_until,
       coalesce((SELECT group_concat(a.kind) FROM feed_alerts a
        WHERE a.tenant_id = ?1 AND a.feed_id = ?2 AND a.active = 1), '') AS alerts
FROM feeds f
JOIN tenants t ON t.id = f.tenant_id
JOIN units u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
JOIN properties p ON p.tenant_id = u.tenant_id AND p.id = u.property_id
LEFT JOIN feed_runs r ON r.tenant_id = f.tenant_id AND r.feed_id = f.id AND r.id = ?3
WHERE f.tenant_id = ?1 AND f.id = ?2"""

# What a booking has of the unit where an entry lives, alone or as a part of its own.
_BOOKED = """
CASE WHEN e.booking_id IS NOT NULL THEN (
  SELECT json_array(o.start_date, o.end_date) FROM bookings AS b
  CROSS JOIN feeds AS f ON f.tenant_id = ?1 AND f.id = ?2
  CROSS JOIN occupancies AS o ON o.tenant_id = ?1 AND o.live = 1
    AND o.id IN (b.occupancy_id, b.occupancy_id || ':' || coalesce(e.moved_to, f.unit_id))
  WHERE b.tenant_id = ?1 AND b.id = e.booking_id AND o.unit_id = coalesce(e.moved_to, f.unit_id)) END"""

# Only what waits for nights may have several ranges.
_KNOWN = f"""
SELECT e.uid, e.start_date AS start, e.end_date AS "end", e.kind, e.state, e.occupancy_id, e.missing_since, e.mass,
       e.reason, e.word, e.said_on, e.entry_version, e.moved_to, e.booking_id, {_BOOKED} AS booked,
       CASE WHEN e.state = 'replaced' THEN '[]' WHEN e.state IN ('conflict', 'waiting')
       THEN {ranges_of("e.occupancy_id")}
       ELSE coalesce((
         SELECT json_array(json_array(o.start_date, o.end_date)) FROM occupancies AS o
         WHERE o.tenant_id = ?1 AND o.id = e.occupancy_id AND o.live = 1 AND o.kind = 'ical'), '[]') END AS ranges
FROM feed_events e
WHERE e.tenant_id = ?1 AND e.feed_id = ?2"""

# Long past events are history: what a feed says about them changes nothing, so they are not read at each run. But a
# conflict may keep nights to come however long ago its own range ended; the next run closes it, so these are few.
_SINCE = """date((coalesce((SELECT clock_at FROM tenants WHERE id = ?1), ?3)) / 1000, 'unixepoch', '-30 days')"""
KNOWN = f"""{_KNOWN} AND e.end_date >= {_SINCE}
UNION ALL{_KNOWN} AND e.end_date < {_SINCE} AND e.state IN ('conflict', 'waiting')"""

# `last_attempt_at`, `version` and `words` are the tokens of optimistic concurrency: who decided on what another run or
# a person has changed, on an address that was replaced, or for a feed that was paused or deleted, starts again.
SUCCEED = """
UPDATE feeds SET etag = ?4, content_hash = ?5, failures = 0, error = NULL, last_attempt_at = ?6, last_success_at = ?6,
  next_due_at = ?7, empty_since = ?8, empty_readings = ?9, changed_at = ?10, unread = ?13
WHERE tenant_id = ?1 AND id = ?2 AND last_attempt_at IS ?3 AND version = CAST(?11 AS INTEGER)
  AND words = CAST(?12 AS INTEGER)"""

FAIL = """
UPDATE feeds SET failures = failures + 1, error = ?4, last_attempt_at = ?5, next_due_at = ?6
WHERE tenant_id = ?1 AND id = ?2 AND last_attempt_at IS ?3 AND version = CAST(?7 AS INTEGER)"""

# By the open conflicts of one feed; the events first, because they look for what is still open.
TELL_ENDED = """
INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id,
                    created_at)
SELECT ?1, coalesce((SELECT max(position) FROM events WHERE tenant_id = ?1), 0) + row_number() OVER (ORDER BY c.id),
  'evt_' || substr(c.id, 5, 23) || '00z', 'conflict.resolved', c.id, c.unit_id,
  coalesce((SELECT max(sequence) FROM events WHERE tenant_id = ?1 AND object_id = c.id), 0) + 1,
  json_object('status', 'resolved', 'start', c.start_date, 'end', c.end_date, 'resolution', 'over'), '{}', ?2, ?5, ?4
FROM conflicts AS c INDEXED BY conflicts_open
WHERE c.tenant_id = ?1 AND c.feed_id = ?2 AND c.status = 'open' AND c.end_date <= ?3"""
RESOLVE_ENDED = """
UPDATE conflicts INDEXED BY conflicts_open SET status = 'resolved', resolved_at = ?4, resolution = 'over',
  version = version + 1
WHERE tenant_id = ?1 AND feed_id = ?2 AND status = 'open' AND end_date <= ?3"""

PUT_OFF = "UPDATE feeds SET next_due_at = ?3 WHERE tenant_id = ?1 AND id = ?2"

# What the schedule finds is a run from then on.
START = """
INSERT INTO feed_runs (tenant_id, feed_id, id, status, created_at)
SELECT tenant_id, id, ?3, 'queued', ?4 FROM feeds WHERE tenant_id = ?1 AND id = ?2
ON CONFLICT DO NOTHING"""

FINISH = """
UPDATE feed_runs SET status = ?4, seen = ?5, error = ?6, problems = ?7, finished_at = ?8, ignored = ?9
WHERE tenant_id = ?1 AND feed_id = ?2 AND id = ?3 AND status = 'queued'"""


def load(job: FeedSyncRequested, now: int, today: str = "") -> list[Statement]:
    """Read the feed and what it said of the last 30 days and the time to come; see `loaded`. `today` is UTC's."""
    return [
        sql(FEED, job.tenant_id, job.feed_id, job.run_id, today),
        sql(KNOWN, job.tenant_id, job.feed_id, now),
    ]


def loaded(results: list[Result]) -> tuple[Feed | None, dict[str, Known]]:
    """What `load` has read."""
    return results[0].one(Feed), {row.uid: row for row in results[1].rows(Known)}


def succeed(
    job: FeedSyncRequested, feed: Feed, *, etag: str | None, content_hash: str | None, now: int, next_due_at: int,
    silence: Silence = NO_SILENCE, changed_at: int | None = None, unread: int = 0,
) -> list[Statement]:  # fmt: skip
    """Record a success, first in its batch: it rolls back (guard_failed) when another run was faster."""
    token = feed.last_attempt_at
    return [
        sql(
            SUCCEED, job.tenant_id, job.feed_id, token, etag, content_hash, attempt(feed, now), next_due_at,
            silence.since, silence.readings, changed_at, feed.version, feed.words, unread,
        ),
        guards.changed(),
    ]  # fmt: skip


def resolve_ended(job: FeedSyncRequested, today: str, now: int) -> list[Statement]:
    """Close the feed's open conflicts whose range has ended, whatever became of the run."""
    return [
        sql(TELL_ENDED, job.tenant_id, job.feed_id, today, now, job.request_id),
        sql(RESOLVE_ENDED, job.tenant_id, job.feed_id, today, now),
    ]


def fail(job: FeedSyncRequested, feed: Feed, error: str, *, now: int, next_due_at: int) -> list[Statement]:
    """Record a failure, guarded like a success."""
    token = feed.last_attempt_at
    return [
        sql(FAIL, job.tenant_id, job.feed_id, token, error, attempt(feed, now), next_due_at, feed.version),
        guards.changed(),
    ]


def attempt(feed: Feed, now: int) -> int:
    """The instant of this attempt; never that of the one before, whose token it replaces."""
    return max(now, (feed.last_attempt_at or 0) + 1)


def start(job: FeedSyncRequested, now: int) -> list[Statement]:
    """The run that is ended next in the batch, as far as nobody has asked for it before."""
    return [sql(START, job.tenant_id, job.feed_id, job.run_id, now)] if job.rowless else []


def finish(
    job: FeedSyncRequested, status: str, *, seen: int = 0, ignored: int = 0, error: str | None = None,
    problems: str = "[]", now: int,
) -> Statement:  # fmt: skip
    """End a run that changed nothing in the ledger."""
    return sql(FINISH, job.tenant_id, job.feed_id, job.run_id, status, seen, error, problems, now, ignored)


def put_off(job: FeedSyncRequested, next_due_at: int) -> Statement:
    """Let the schedule read the feed at `next_due_at`, without an attempt now."""
    return sql(PUT_OFF, job.tenant_id, job.feed_id, next_due_at)
