"""Statements about feeds as the API sees them; the calsync Worker writes what it finds in them."""

import string

import msgspec

from api.core.restriction import of_unit
from propflow import ids
from propflow.bindings.d1 import Statement, sql

COLUMNS = """id, unit_id, name, host, status, error, failures, unread, last_attempt_at, last_success_at, next_due_at,
version, created_at, updated_at, (
  SELECT json_object('id', r.id, 'status', r.status, 'seen', r.seen, 'created', r.created, 'updated', r.updated,
    'removed', r.removed, 'conflicts', r.conflicts, 'ignored', r.ignored, 'problems', json_array_length(r.problems))
  FROM feed_runs AS r WHERE r.tenant_id = feeds.tenant_id AND r.feed_id = feeds.id AND r.status <> 'queued'
  ORDER BY r.id DESC LIMIT 1
) AS last_run"""
GET = f"""
SELECT {COLUMNS} FROM feeds
WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL AND {of_unit("feeds", "?3")}"""
LIST = f"""
SELECT {COLUMNS} FROM feeds
WHERE tenant_id = ?1 AND id > ?2 AND deleted_at IS NULL AND (?4 IS NULL OR unit_id = ?4) AND {of_unit("feeds", "?5")}
ORDER BY id LIMIT ?3"""
# Counted in the statement itself, so that no two can pass together.
INSERT = """
INSERT INTO feeds (tenant_id, id, unit_id, name, host, url_sealed, next_due_at, created_at, updated_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8
WHERE (
  SELECT count(*) FROM feeds INDEXED BY feeds_connected WHERE tenant_id = ?1 AND unit_id = ?3 AND deleted_at IS NULL
) < CAST(?9 AS INTEGER)"""
INSERT_RUN = """
INSERT INTO feed_runs (tenant_id, feed_id, id, status, created_at) VALUES (?1, ?2, ?3, 'queued', ?4)"""
RUN_COLUMNS = (
    "id, status, seen, created, updated, removed, conflicts, ignored, problems, error, created_at, finished_at"
)
RUN = f"SELECT {RUN_COLUMNS} FROM feed_runs WHERE tenant_id = ?1 AND feed_id = ?2 AND id = ?3"
QUEUED_RUN = """
SELECT id FROM feed_runs
WHERE tenant_id = ?1 AND feed_id = ?2 AND status = 'queued' AND created_at > ?3 ORDER BY id DESC LIMIT 1"""
RUNS = f"""
SELECT {RUN_COLUMNS} FROM feed_runs
WHERE tenant_id = ?1 AND feed_id = ?2 AND (?3 = '' OR id < ?3) ORDER BY id DESC LIMIT ?4"""
# Walking through the runs of all feeds at once would be too much, so each feed has its turn, by the end of its id.
FORGET_RUNS = """
WITH turn AS MATERIALIZED (
  SELECT f.tenant_id, f.id, max(?2, coalesce((
    SELECT r.id FROM feed_runs AS r WHERE r.tenant_id = f.tenant_id AND r.feed_id = f.id
    ORDER BY r.id DESC LIMIT 1 OFFSET ?3), '')) AS oldest_kept
  FROM feeds AS f WHERE substr(f.id, -2) = ?1
)
DELETE FROM feed_runs WHERE (tenant_id, feed_id, id) IN (
  SELECT r.tenant_id, r.feed_id, r.id FROM turn
  JOIN feed_runs AS r ON r.tenant_id = turn.tenant_id AND r.feed_id = turn.id AND r.id < turn.oldest_kept
  LIMIT ?4)"""

# A test space whose clock was put away has seen what is to come: its next run must not be later still.
FEEDS_BACK = """
UPDATE feeds SET last_attempt_at = min(last_attempt_at, CAST(?2 AS INTEGER)),
  last_success_at = min(last_success_at, CAST(?2 AS INTEGER)), empty_since = min(empty_since, CAST(?2 AS INTEGER))
WHERE tenant_id = ?1 AND (last_attempt_at > ?2 OR last_success_at > ?2 OR empty_since > ?2)"""
MISSED_BACK = "UPDATE feed_events SET missing_since = CAST(?2 AS INTEGER) WHERE tenant_id = ?1 AND missing_since > ?2"
# An index by time would be written with each request to a host, so here each initial has its turn.
INITIALS = string.digits + string.ascii_lowercase
FORGET_TURNS = """
DELETE FROM calendar_turns WHERE (host, tenant_id) IN (
  SELECT host, tenant_id FROM calendar_turns WHERE host >= ?1 AND host < ?1 || '{' AND asked_at < ?2 LIMIT ?3)"""
FORGET_HOSTS = """
DELETE FROM calendar_hosts WHERE host IN (
  SELECT host FROM calendar_hosts WHERE host >= ?1 AND host < ?1 || '{' AND minute < ?2 LIMIT ?3)"""


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A feed without its address; `last_run` is JSON."""

    id: str
    unit_id: str
    name: str
    host: str
    status: str = "active"
    error: str | None = None
    failures: int = 0
    unread: int = 0
    last_attempt_at: int | None = None
    last_success_at: int | None = None
    next_due_at: int
    version: int = 1
    created_at: int
    updated_at: int
    last_run: str | None = None


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `problems` is JSON."""

    id: str
    status: str
    seen: int
    created: int
    updated: int
    removed: int
    conflicts: int
    ignored: int
    problems: str
    error: str | None
    created_at: int
    finished_at: int | None


def get(tenant_id: str, properties: str | None, feed_id: str) -> Statement:
    """One feed of a unit that the caller sees, as `FeedRow`."""
    return sql(GET, tenant_id, feed_id, properties)


def list_after(tenant_id: str, properties: str | None, after: str, limit: int, unit_id: str | None) -> Statement:
    """Feeds of the units that the caller sees, by id, as `FeedRow`."""
    return sql(LIST, tenant_id, after, limit, unit_id, properties)


def insert(tenant_id: str, row: FeedRow, url_sealed: str, most: int) -> Statement:
    """A new feed, unless its unit has so many already; the address is sealed. Put a guard behind it."""
    return sql(
        INSERT, tenant_id, row.id, row.unit_id, row.name, row.host, url_sealed, row.next_due_at, row.created_at, most
    )  # fmt: skip


def insert_run(tenant_id: str, feed_id: str, run_id: str, now: int) -> Statement:
    """A run that waits for the calsync Worker."""
    return sql(INSERT_RUN, tenant_id, feed_id, run_id, now)


class QueuedRun(msgspec.Struct, frozen=True):
    id: str


def queued_run(tenant_id: str, feed_id: str, since: int) -> Statement:
    """A run that was asked for and has not begun, as `QueuedRun`."""
    return sql(QUEUED_RUN, tenant_id, feed_id, since)


def run(tenant_id: str, feed_id: str, run_id: str) -> Statement:
    """One run, as `RunRow`."""
    return sql(RUN, tenant_id, feed_id, run_id)


def list_runs(tenant_id: str, feed_id: str, before: str, limit: int) -> Statement:
    """The runs of a feed, newest first, as `RunRow`."""
    return sql(RUNS, tenant_id, feed_id, before, limit)


def forget_runs(turn: int, *, before: int, keep: int, limit: int) -> Statement:
    """Remove runs older than `before` and all but the newest `keep` of each feed whose turn it is."""
    return sql(FORGET_RUNS, ids.ending(turn), ids.first_id("run", before), keep - 1, limit)


def back_to(tenant_id: str, now: int) -> list[Statement]:
    """Let nothing that the tenant's feeds know be later than `now`."""
    return [sql(FEEDS_BACK, tenant_id, now), sql(MISSED_BACK, tenant_id, now)]


def forget_hosts(turn: int, *, before: int, limit: int) -> Statement:
    """Remove those of the calendar hosts whose turn it is that nobody has asked since the minute `before`."""
    return sql(FORGET_HOSTS, INITIALS[turn % len(INITIALS)], before, limit)


def forget_turns(turn: int, *, before: int, limit: int) -> Statement:
    """Remove what tenants had of those of the calendar hosts whose turn it is, of those not asked since `before`."""
    return sql(FORGET_TURNS, INITIALS[turn % len(INITIALS)], before, limit)
