"""SQL of pushes."""

from collections.abc import Sequence

import msgspec

from calsync.exports import repository as exports
from calsync.exports.rules import Taken
from calsync.pushes.models import Change, Progress, Pushed, Target
from propflow import clock, outbox, standing
from propflow.bindings.d1 import Result, Statement, sql
from propflow.fairness import turns
from propflow.json_text import json_text

ON_ITS_WAY = 2 * clock.MINUTE

# What was up to date has no message yet; what is behind has one, or a push that is followed, until it is overdue.
_UNASKED = "(pushed_revision >= revision OR next_attempt_at <= {now})"

# What fails keeps its pause: a change is no reason to knock more often. Else the message is on its way, and the
# schedule looks only when it should have come: a change meanwhile leaves that instant as it is.
MARK = f"""
UPDATE push_targets SET revision = revision + 1,
  next_attempt_at = CASE WHEN failures = 0 AND {_UNASKED.format(now="?4")} THEN ?3 ELSE next_attempt_at END
WHERE tenant_id = ?1 AND unit_id IN ({exports.sharing("SELECT value ->> 'unit_id' AS id FROM json_each(?2)")})
  AND status <> 'ending'"""

_MESSAGE = """json_object('type', 'calendar.push_requested', 'tenant_id', t.tenant_id, 'target_id', t.id,
  'outbox_id', {outbox}, 'request_id', {request})"""
_OUTBOX = "INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)"

# One message for each target that has none, before it is marked, by the first change that concerns it; a change that is
# told again sends again what waits.
ASK = f"""
{_OUTBOX}
SELECT t.tenant_id, t.outbox_id, 'calendar.push_requested',
  {_MESSAGE.format(outbox="t.outbox_id", request="t.request_id")}, 4, ?4, ?3
FROM (
  SELECT t.tenant_id, t.id, min(change.key), change.value ->> 'outbox_id' || ':' || t.id AS outbox_id,
    change.value ->> 'request_id' AS request_id
  FROM json_each(?2) AS change
  CROSS JOIN push_targets AS t ON t.tenant_id = ?1
    AND t.unit_id IN ({exports.sharing("SELECT change.value ->> 'unit_id' AS id")})
  WHERE t.status = 'active' AND t.failures = 0 AND ({_UNASKED.format(now="?3")} OR EXISTS (
    SELECT 1 FROM outbox AS o
    WHERE o.tenant_id = t.tenant_id AND o.id = change.value ->> 'outbox_id' || ':' || t.id AND o.waiting <> 0))
  GROUP BY t.id
) AS t WHERE true
ON CONFLICT (tenant_id, id) DO UPDATE SET waiting = 4 RETURNING message"""

TARGET = f"""
SELECT t.id, t.tenant_id, t.unit_id, t.kind, t.host, t.sealed, t.status, t.revision, t.pushed_revision, t.failures,
       t.claimed_until, p.time_zone, (SELECT {standing.WRITES_TO_OUTSIDERS} FROM tenants AS t WHERE t.id = ?1) AS known
FROM push_targets AS t
JOIN units AS u ON u.tenant_id = t.tenant_id AND u.id = t.unit_id
JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id
WHERE t.tenant_id = ?1 AND t.id = ?2"""

CLAIM = """
UPDATE push_targets SET claimed_until = ?4, last_attempt_at = ?3
WHERE tenant_id = ?1 AND id = ?2 AND claimed_until <= ?3 AND pushed_revision < revision
  AND status IN ('active', 'ending')
RETURNING revision"""

PUSHED = """
SELECT uid, end_date, content_hash, etag FROM pushed_entries WHERE tenant_id = ?1 AND target_id = ?2 ORDER BY uid"""

# `sealed` tells whether it was this address: what was brought to a former one says nothing about the present one.
REMEMBER = """
INSERT INTO pushed_entries (tenant_id, target_id, uid, end_date, content_hash, etag)
SELECT ?1, ?2, value ->> 'uid', value ->> 'end_date', value ->> 'content_hash', value ->> 'etag'
FROM json_each(?3) WHERE EXISTS (SELECT 1 FROM push_targets WHERE tenant_id = ?1 AND id = ?2 AND sealed = ?4)
ON CONFLICT (tenant_id, target_id, uid) DO UPDATE SET
  end_date = excluded.end_date, content_hash = excluded.content_hash, etag = excluded.etag"""

FORGET = """
DELETE FROM pushed_entries WHERE tenant_id = ?1 AND target_id = ?2 AND uid IN (SELECT value FROM json_each(?3))"""

# What changed meanwhile is followed by a message.
SUCCEED = """
UPDATE push_targets SET pushed_revision = max(pushed_revision, CAST(?3 AS INTEGER)), failures = 0, error = NULL,
  last_success_at = ?4, next_attempt_at = CASE WHEN revision > CAST(?3 AS INTEGER) THEN ?6 ELSE ?4 END
WHERE tenant_id = ?1 AND id = ?2 AND sealed = ?5"""

# Whoever gave another address meanwhile wants the next attempt to begin afresh.
FAIL = """
UPDATE push_targets SET failures = failures + 1, error = ?3, next_attempt_at = ?4,
  status = CASE WHEN ?5 AND status = 'active' THEN 'disabled' ELSE status END
WHERE tenant_id = ?1 AND id = ?2 AND sealed = ?6"""

# A message that comes later finds it behind all the same. What fails keeps its pause; else the instant is the one when
# the message should have come, and it has.
PUT_OFF = """
UPDATE push_targets SET next_attempt_at = CASE WHEN failures = 0 THEN ?3 ELSE max(next_attempt_at, ?3) END
WHERE tenant_id = ?1 AND id = ?2"""

RELEASE = "UPDATE push_targets SET claimed_until = 0 WHERE tenant_id = ?1 AND id = ?2"

END = "DELETE FROM push_targets WHERE tenant_id = ?1 AND id = ?2 AND status = 'ending'"

# More to do, or something changed while it was done.
FOLLOW = f"""
{_OUTBOX}
SELECT t.tenant_id, ?3, 'calendar.push_requested', {_MESSAGE.format(outbox="?3", request="?4")}, 4, ?6, ?5
FROM push_targets AS t
WHERE t.tenant_id = ?1 AND t.id = ?2 AND t.pushed_revision < t.revision AND t.failures = 0
  AND t.status IN ('active', 'ending')
RETURNING message"""

# One of each tenant after the other, as the schedule finds feeds.
_BEHIND = "pushed_revision < revision AND status IN ('active', 'ending')"
_DUE = f"{_BEHIND} AND next_attempt_at <= ?1 AND claimed_until <= ?1"
_COLUMNS = "n.tenant_id, n.id, n.next_attempt_at"
DUE = f"""{turns("push_targets", "push_targets_due", held=_BEHIND, due=_DUE, columns=_COLUMNS, acts=standing.ACTS)}
SELECT tenant_id, id FROM turns ORDER BY turn, next_attempt_at, id LIMIT ?2"""

# Each looks again whether it is still due: two schedules that overlap ask once.
QUEUE = f"""
{_OUTBOX}
SELECT t.tenant_id, job.value ->> 'outbox_id', 'calendar.push_requested',
  {_MESSAGE.format(outbox="job.value ->> 'outbox_id'", request="''")}, 4, ?3, ?2
FROM json_each(?1) AS job CROSS JOIN push_targets AS t
  ON t.tenant_id = job.value ->> 'tenant_id' AND t.id = job.value ->> 'id' AND t.next_attempt_at <= ?2
RETURNING message"""

POSTPONE = """
UPDATE push_targets SET next_attempt_at = ?3
FROM (SELECT value ->> 'tenant_id' AS tenant_id, value ->> 'id' AS id FROM json_each(?1)) AS job
WHERE push_targets.tenant_id = job.tenant_id AND push_targets.id = job.id AND push_targets.next_attempt_at <= ?2"""


class Claimed(msgspec.Struct, frozen=True):
    """The revision that is to be brought over."""

    revision: int


class Asked(msgspec.Struct, frozen=True):
    """A message that waits in the outbox."""

    message: str


class Due(msgspec.Struct, frozen=True):
    """A target whose time has come."""

    tenant_id: str
    id: str


def ask(tenant_id: str, changes: Sequence[Change], now: int) -> list[Statement]:
    """Calendars changed: their targets are behind, and those that were not get a message each (as `Asked`)."""
    text = json_text(changes)
    return [
        sql(ASK, tenant_id, text, now, now + outbox.FIRST_SWEEP),
        sql(MARK, tenant_id, text, now + ON_ITS_WAY, now),
    ]


def load(tenant_id: str, target_id: str) -> Statement:
    """One target, as `Target`."""
    return sql(TARGET, tenant_id, target_id)


def claim(target: Target, now: int, until: int) -> Statement:
    """Take a target that is behind for oneself, as `Claimed`; nothing when another has it."""
    return sql(CLAIM, target.tenant_id, target.id, now, until)


def contents(target: Target, since: str, until: str, most: int) -> list[Statement]:
    """Read what takes the unit's nights, as an export does, and what lies in the collection; see `read`."""
    return [
        exports.taken(target.tenant_id, target.unit_id, since, until, most),
        sql(PUSHED, target.tenant_id, target.id),
    ]


def read(results: Sequence[Result]) -> tuple[list[Taken], dict[str, Pushed]]:
    """What `contents` has read."""
    return results[0].rows(Taken), {row.uid: row for row in results[1].rows(Pushed)}


def progress(target: Target, done: Progress) -> list[Statement]:
    """What lies in the collection now."""
    put, gone = (json_text(part) for part in (done.put, done.gone))
    return [
        *([sql(REMEMBER, target.tenant_id, target.id, put, target.sealed)] if done.put else []),
        *([sql(FORGET, target.tenant_id, target.id, gone)] if done.gone else []),
    ]


def succeed(target: Target, revision: int, now: int) -> Statement:
    """The revision is over there."""
    return sql(SUCCEED, target.tenant_id, target.id, revision, now, target.sealed, now + ON_ITS_WAY)


def fail(target: Target, error: str, next_attempt_at: int | None, now: int) -> Statement:
    """It is not; with no next attempt the target is disabled."""
    given_up = int(next_attempt_at is None)
    return sql(FAIL, target.tenant_id, target.id, error, next_attempt_at or now, given_up, target.sealed)


def put_off(target: Target, until: int) -> Statement:
    """Its time has not come before `until`."""
    return sql(PUT_OFF, target.tenant_id, target.id, until)


def release(target: Target) -> Statement:
    """Let go of a claim, whatever became of the push."""
    return sql(RELEASE, target.tenant_id, target.id)


def end(target: Target) -> Statement:
    """Forget a target that is ending."""
    return sql(END, target.tenant_id, target.id)


def follow(target: Target, request_id: str, outbox_id: str, now: int) -> Statement:
    """Another message, as `Asked`, if the target is still behind."""
    at = now + outbox.FIRST_SWEEP
    return sql(FOLLOW, target.tenant_id, target.id, outbox_id, request_id, now, at)


def due(now: int, limit: int) -> Statement:
    """Targets of all tenants that are behind and whose time has come, as `Due`."""
    return sql(DUE, now, limit)


def queue(found: Sequence[Due], *, now: int, next_attempt_at: int) -> list[Statement]:
    """Messages for targets that are still due; the first statement returns `Asked`."""
    jobs = [
        {"tenant_id": one.tenant_id, "id": one.id, "outbox_id": outbox.new_outbox_id(now)} for one in found
    ]  # fmt: skip
    text = json_text(jobs)
    return [sql(QUEUE, text, now, now + outbox.FIRST_SWEEP), sql(POSTPONE, text, now, next_attempt_at)]
