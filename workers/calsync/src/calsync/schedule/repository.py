"""SQL of the schedule: the feeds that are due, and the runs that are asked for."""

from collections.abc import Sequence

import msgspec

from propflow import outbox
from propflow.bindings.d1 import Statement, sql
from propflow.messages import FeedSyncRequested, encode

# Those that wait longest, one of each tenant after the other: a tenant with very many takes nobody's turn. Feeds of a
# test space are read when somebody asks for it, never by themselves.
DUE = """
WITH waiting AS MATERIALIZED (
  SELECT f.tenant_id, f.id, f.next_due_at, max(coalesce(f.last_success_at, 0), f.updated_at) AS well_at
  FROM feeds AS f INDEXED BY feeds_due CROSS JOIN tenants AS t ON t.id = f.tenant_id
  WHERE f.status = 'active' AND f.next_due_at <= ?1 AND t.mode = 'live' ORDER BY f.next_due_at LIMIT ?3
)
SELECT tenant_id, id, well_at, coalesce((
    SELECT a.active FROM feed_alerts AS a
    WHERE a.tenant_id = waiting.tenant_id AND a.feed_id = waiting.id AND a.kind = 'trouble'
  ), 0) AS in_trouble
FROM waiting
ORDER BY row_number() OVER (PARTITION BY tenant_id ORDER BY next_due_at, id), next_due_at, id LIMIT ?2"""

# Each statement looks again whether the feed is still due: two schedules that overlap ask for one run.
QUEUE_RUNS = """
INSERT INTO feed_runs (tenant_id, feed_id, id, status, created_at)
SELECT f.tenant_id, f.id, job.value ->> 'run_id', 'queued', ?2
FROM json_each(?1) AS job JOIN feeds AS f
  ON f.tenant_id = job.value ->> 'tenant_id' AND f.id = job.value ->> 'feed_id' AND f.next_due_at <= ?2"""

QUEUE_MESSAGES = """
INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)
SELECT f.tenant_id, job.value ->> 'outbox_id', 'feed.sync_requested', job.value ->> 'message', 4, ?3, ?2
FROM json_each(?1) AS job JOIN feeds AS f
  ON f.tenant_id = job.value ->> 'tenant_id' AND f.id = job.value ->> 'feed_id' AND f.next_due_at <= ?2
RETURNING message"""

POSTPONE = """
UPDATE feeds SET next_due_at = ?3
FROM (SELECT value ->> 'tenant_id' AS tenant_id, value ->> 'feed_id' AS id FROM json_each(?1)) AS job
WHERE feeds.tenant_id = job.tenant_id AND feeds.id = job.id AND feeds.next_due_at <= ?2"""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A feed whose time has come. `in_trouble`: people were told so already.

    `well_at`: when it was last read, or connected, resumed or changed since.
    """

    tenant_id: str
    id: str
    well_at: int
    in_trouble: bool


class Queued(msgspec.Struct, frozen=True):
    message: str


def due(now: int, most: int, seen: int) -> Statement:
    """Up to `most` live feeds of those `seen` that have waited longest, as `Due`."""
    return sql(DUE, now, most, seen)


def queue_runs(jobs: Sequence[FeedSyncRequested], *, now: int, next_due_at: int) -> list[Statement]:
    """A run, a message and a later time for each feed that is still due; the second returns the messages."""
    rows = [
        {"tenant_id": job.tenant_id, "feed_id": job.feed_id, "run_id": job.run_id, "outbox_id": job.outbox_id,
         "message": encode(job)}
        for job in jobs
    ]  # fmt: skip
    text = msgspec.json.encode(rows).decode()
    return [
        sql(QUEUE_RUNS, text, now),
        sql(QUEUE_MESSAGES, text, now, now + outbox.FIRST_SWEEP),
        sql(POSTPONE, text, now, next_due_at),
    ]
