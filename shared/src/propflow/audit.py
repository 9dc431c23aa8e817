"""Who did what: written with the effect through the outbox, then copied to DB_AUDIT.

Two D1 databases share no transaction, so the copy is made after the commit and repeated until it is there.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from propflow import clock, log
from propflow.bindings.d1 import Database, Statement, sql
from propflow.fairness import turns
from propflow.json_text import json_text
from propflow.messages import Message
from propflow.parts import parts

INSERT = """
INSERT INTO audit_events (tenant_id, id, at, actor, action, object_id, changes, request_id, ip)
SELECT value ->> 'tenant_id', value ->> 'id', value ->> 'at', value ->> 'actor', value ->> 'action',
       value ->> 'object_id', value ->> 'changes', value ->> 'request_id', value ->> 'ip'
FROM json_each(?1) WHERE true ON CONFLICT (tenant_id, id) DO NOTHING"""

# By its age and not by its next attempt, which is postponed for the sake of other destinations. That only bounds what
# is looked through: what is put aside for a suspended tenant lies behind it. Those of one tenant, however many, delay
# nobody else's.
_DUE = "waiting & 16 AND waiting <> 0 AND next_attempt_at <= ?3 AND created_at <= ?1"
_COLUMNS = "n.tenant_id, n.id, n.audit, n.created_at"
WAITING = f"""{turns("outbox", "outbox_waiting", held="waiting <> 0", due=_DUE, columns=_COLUMNS)}
SELECT tenant_id, id, audit, created_at FROM turns ORDER BY turn, created_at, id LIMIT ?2"""

GRACE = clock.MINUTE  # how long the copy right after the commit has
SOON = 30 * clock.DAY  # nothing is postponed for as long, but only put aside
MOST_PAGES = 20  # of a run
MOST_FAILURES = 10  # of a run: then it is not the entries

CLOSE_ALL = """
UPDATE outbox SET waiting = waiting & ~16, audit = NULL
FROM (SELECT value ->> 0 AS tenant_id, value ->> 1 AS id FROM json_each(?1)) AS copied
WHERE outbox.tenant_id = copied.tenant_id AND outbox.id = copied.id"""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` is a user, a key or `system`; `changes` names fields and ids, never secrets or message bodies."""

    actor: str
    action: str
    object_id: str
    request_id: str = ""
    ip: str = ""
    changes: dict[str, Any] = {}


class _Row(msgspec.Struct, frozen=True):
    tenant_id: str
    id: str
    audit: str
    created_at: int


async def copy_one(core: Database, audit: Database, message: Message, entry: AuditEntry, now: int) -> None:
    """Copy the entry of a fact right after its commit."""
    await _copy(core, audit, [_row(message, entry, now)])


async def copy_all(core: Database, audit: Database, made: Sequence[tuple[Message, AuditEntry]], now: int) -> None:
    """The same for the entries of many facts, in as few copies as fit."""
    await _copy_each(core, audit, [_row(message, entry, now) for message, entry in made])


def _row(message: Message, entry: AuditEntry, now: int) -> _Row:
    return _Row(message.tenant_id, message.outbox_id, json_text(entry), now)


def due(now: int, limit: int) -> Statement:
    """What an earlier attempt to copy left behind."""
    return sql(WAITING, now - GRACE, limit, now + SOON)


async def copy_due(core: Database, audit: Database, *, now: int, limit: int = 200) -> int:
    """Copy what an earlier attempt left behind. Returns how many entries were copied."""
    copied = 0
    for _ in range(MOST_PAGES):
        rows = (await core.run(due(now, limit))).rows(_Row)
        done = await _copy_each(core, audit, rows)
        copied += done
        if len(rows) < limit or done < len(rows):
            break
    return copied


async def _copy_each(core: Database, audit: Database, rows: Sequence[_Row]) -> int:
    """In parts that fit; one by one when a part fails, so that an entry that cannot be copied stops no other."""
    copied = failures = 0
    waiting = list(parts(rows, lambda row: len(row.audit)))
    while waiting:
        part = waiting.pop(0)
        try:
            copied += await _copy(core, audit, part)
        except Exception as error:
            if len(part) > 1:
                waiting = [[row] for row in part] + waiting
                continue
            failures += 1
            log.exception("audit.copy_failed", error, outbox_id=part[0].id)
            if failures >= MOST_FAILURES:
                raise
    return copied


async def _copy(core: Database, audit: Database, rows: Sequence[_Row]) -> int:
    if rows:
        await audit.run(sql(INSERT, json_text([_event(row) for row in rows])))
        await core.run(sql(CLOSE_ALL, json_text([[row.tenant_id, row.id] for row in rows])))
    return len(rows)


def _event(row: _Row) -> dict[str, Any]:
    entry = msgspec.json.decode(row.audit, type=AuditEntry)
    return {
        "tenant_id": row.tenant_id, "id": row.id, "at": row.created_at, "actor": entry.actor, "action": entry.action,
        "object_id": entry.object_id, "changes": json_text(entry.changes),
        "request_id": entry.request_id, "ip": entry.ip,
    }  # fmt: skip
