"""The transactional outbox: a row in the effect's batch, sent after commit, closed by its consumers.

A row waits for several destinations at once, one bit each. A destination clears its bit in the batch that holds its
effect, so the bit is also the dedupe marker; the sweeper re-sends what still waits. A message is never lost and its
effect happens once, whatever is killed in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntFlag
from typing import TypeVar

import msgspec

from propflow import clock, ids, log
from propflow.bindings.d1 import Database, Statement, Value, sql
from propflow.bindings.queues import MAX_BATCH, Queue
from propflow.fairness import turns
from propflow.json_text import json_text
from propflow.messages import Message, encode
from propflow.parts import json_lists


class Destination(IntFlag):
    """The bits of `outbox.waiting`."""

    NOTIFICATIONS = 1
    BILLING = 2
    CALSYNC = 4
    AUTOMATION = 8
    AUDIT = 16


T = TypeVar("T")
FIRST_SWEEP = clock.MINUTE  # how long the direct send has before the sweeper looks
LONGEST_WAIT = 6 * clock.HOUR
PARKED = 36_500 * clock.DAY  # until somebody resumes the tenant

INSERT = """
INSERT INTO outbox (tenant_id, id, type, message, waiting, audit, next_attempt_at, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"""

INSERT_ALL = """
INSERT INTO outbox (tenant_id, id, type, message, waiting, audit, next_attempt_at, created_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
FROM json_each(?1)"""

CLOSE = """
UPDATE outbox SET waiting = waiting & ~CAST(?3 AS INTEGER)
WHERE tenant_id = ?1 AND id = ?2 AND waiting & CAST(?3 AS INTEGER)"""

CLOSE_ALL = """
UPDATE outbox SET waiting = waiting & ~CAST(?2 AS INTEGER)
FROM (SELECT value ->> 0 AS tenant_id, value ->> 1 AS id FROM json_each(?1)) AS done
WHERE outbox.tenant_id = done.tenant_id AND outbox.id = done.id AND waiting & CAST(?2 AS INTEGER)"""

# A person's mails stand under the person's id, which is no tenant's: nobody suspends those.
STATES = """
SELECT o.id, o.waiting, t.suspended_at IS NOT NULL AS suspended FROM json_each(?1) AS wanted
JOIN outbox AS o ON o.tenant_id = wanted.value ->> 0 AND o.id = wanted.value ->> 1
LEFT JOIN tenants AS t ON t.id = o.tenant_id"""

# What waits longest of each tenant, one of each after the other, so that one with very many delays nobody else. What
# waits for its audit entry alone is sent nowhere: `audit.copy_due` takes care of it.
_DUE = "waiting <> 0 AND waiting & ~16 <> 0 AND next_attempt_at <= ?1"
_COLUMNS = "n.tenant_id, n.id, n.message, n.waiting, n.attempts, n.next_attempt_at"
DUE = f"""{turns("outbox", "outbox_waiting", held="waiting <> 0", due=_DUE, columns=_COLUMNS)}
SELECT tenant_id, id, message, waiting, attempts FROM turns ORDER BY turn, next_attempt_at, id LIMIT ?2"""

POSTPONE = """
UPDATE outbox SET attempts = attempts + 1, next_attempt_at = due.at
FROM (SELECT value ->> 0 AS tenant_id, value ->> 1 AS id, value ->> 2 AS at FROM json_each(?1)) AS due
WHERE outbox.tenant_id = due.tenant_id AND outbox.id = due.id"""

# What waits for somebody suspended takes no turn of a sweep. It looks again: who acts by now must not wait. Nor is it
# put aside before its audit entry is copied: `audit.copy_due` looks among what is due soon.
PARK = """
UPDATE outbox SET next_attempt_at = ?2
FROM (SELECT value ->> 0 AS tenant_id, value ->> 1 AS id FROM json_each(?1)) AS parked
JOIN tenants AS t ON t.id = parked.tenant_id AND t.suspended_at IS NOT NULL
WHERE outbox.tenant_id = parked.tenant_id AND outbox.id = parked.id AND outbox.next_attempt_at < ?2
  AND outbox.waiting & 16 = 0"""
UNPARK_ALL = """
UPDATE outbox INDEXED BY outbox_waiting SET next_attempt_at = ?2, attempts = 0
WHERE tenant_id IN (SELECT ?1 UNION ALL SELECT id FROM tenants WHERE live_id = ?1) AND waiting <> 0"""

REOPEN = """
UPDATE outbox SET waiting = waiting | CAST(?3 AS INTEGER), attempts = 0, next_attempt_at = ?4
WHERE tenant_id = ?1 AND id = ?2"""


# Whoever replays a dead letter needs the row, so it stays until that is done.
FORGET = """
DELETE FROM outbox WHERE (tenant_id, id) IN (
  SELECT o.tenant_id, o.id FROM outbox AS o WHERE o.waiting = 0 AND o.created_at <= ?1 AND NOT EXISTS (
    SELECT 1 FROM dead_letters AS d WHERE d.tenant_id = o.tenant_id AND d.outbox_id = o.id AND d.replayed_at IS NULL)
  LIMIT ?2)"""


class Waiting(msgspec.Struct, frozen=True):
    """What a row waits for; of a tenant that is `suspended` nothing is done meanwhile."""

    id: str
    waiting: int
    suspended: bool = False


class Due(msgspec.Struct, frozen=True):
    tenant_id: str
    id: str
    message: str
    waiting: int
    attempts: int


def new_outbox_id(now: int) -> str:
    """The id that a message carries and that its consumers close."""
    return ids.new_id("obx", now)


def record(message: Message, to: Destination, *, now: int, audit: msgspec.Struct | None = None) -> Statement:
    """The row of a business fact, for the batch that makes the fact true."""
    return sql(INSERT, *_row(message, to, now, audit))


def record_all(facts: Iterable[tuple[Message, Destination, msgspec.Struct | None]], *, now: int) -> list[Statement]:
    """The rows of many business facts, in as few statements as fit."""
    rows = (_row(message, to, now, audit) for message, to, audit in facts)
    return [sql(INSERT_ALL, text) for text, _ in json_lists(rows)]


def _row(message: Message, to: Destination, now: int, audit: msgspec.Struct | None) -> tuple[Value, ...]:
    audit_json = None if audit is None else json_text(audit)
    kind, text = str(message.__struct_config__.tag), encode(message)
    return message.tenant_id, message.outbox_id, kind, text, int(to), audit_json, now + FIRST_SWEEP, now


def close(message: Message, destination: Destination) -> Statement:
    """Clear one destination's bit. It changes nothing when the destination had finished before."""
    return sql(CLOSE, message.tenant_id, message.outbox_id, int(destination))


def close_all(messages: Sequence[Message], destination: Destination) -> Statement:
    """The same for many messages, of whichever tenants."""
    return sql(CLOSE_ALL, _named(messages), int(destination))


def states(messages: Sequence[Message]) -> Statement:
    """Read what the rows of these messages still wait for, as `Waiting`."""
    return sql(STATES, _named(messages))


def park(messages: Sequence[Message], *, now: int) -> Statement:
    """Let the rows of these messages wait for as long as their tenants are suspended."""
    return sql(PARK, _named(messages), now + PARKED)


def _named(messages: Sequence[Message]) -> str:
    return json_text([[message.tenant_id, message.outbox_id] for message in messages])


def unpark_all(tenant_id: str, *, now: int) -> Statement:
    """What waits for a tenant and its test space is due at once: they act again. One pass over their rows that wait."""
    return sql(UNPARK_ALL, tenant_id, now)


def reopen(tenant_id: str, outbox_id: str, destination: Destination, *, now: int) -> Statement:
    """Make a destination wait again (a replayed dead letter)."""
    return sql(REOPEN, tenant_id, outbox_id, int(destination), now)


def forget(before: int, limit: int) -> Statement:
    """Remove rows that nobody waits for any more, a bounded number at a time. Queues keep a message for days only."""
    return sql(FORGET, before, limit)


async def send(queues: Mapping[Destination, Queue], message: Message, to: Destination) -> None:
    """Send a committed message to its queues at once. Failing is harmless: the sweeper sends it again."""
    await send_all(queues, [(message, to)])


async def send_all(queues: Mapping[Destination, Queue], found: Sequence[tuple[Message, Destination]]) -> None:
    """The same for many, in as few calls as fit."""
    for destination, queue in queues.items():
        wanted = [message for message, to in found if destination & to]
        for chunk in chunks(wanted, MAX_BATCH):
            try:
                await queue.send([encode(message) for message in chunk])
            except Exception as error:
                named = [message.outbox_id for message in chunk]
                log.exception("outbox.send_failed", error, outbox_ids=named, destination=destination.name)


async def sweep(db: Database, queues: Mapping[Destination, Queue], *, now: int, limit: int = 500) -> int:
    """Send again what has waited too long, with growing pauses. Returns how many rows were due.

    The pause is written before the sending, so that a crash in between costs a delay and never a storm.
    """
    due = (await db.run(sql(DUE, now, limit))).rows(Due)
    if not due:
        return 0
    later = [[row.tenant_id, row.id, now + pause(row.attempts)] for row in due]
    await db.run(sql(POSTPONE, json_text(later)))
    for destination, queue in queues.items():
        bodies = [row.message for row in due if row.waiting & destination]
        for chunk in chunks(bodies, MAX_BATCH):
            try:
                await queue.send(chunk)
            except Exception as error:  # one queue that fails must not starve the others; these rows wait on
                log.exception("outbox.sweep_failed", error, destination=destination.name, messages=len(chunk))
    log.info("outbox.swept", rows=len(due))
    return len(due)


def pause(attempts: int) -> int:
    """Milliseconds until the next attempt: 1, 2, 4… minutes, at most six hours."""
    return min(clock.MINUTE << min(attempts, 20), LONGEST_WAIT)


def chunks(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Split a list into parts of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]
