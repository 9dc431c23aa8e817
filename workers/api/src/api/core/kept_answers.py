"""Answers that are too long for the row of their Idempotency-Key: they lie in R2, and the row says where.

the row of the object, within the tenant's amount → the object → the batch with the effect, which refers to it

A row comes before its object and goes after it, so that there is no object without one. What a batch that failed has
left goes like the others, when no key can refer to it any more. Beyond the amount an answer is not kept: its key still
stands for what was done, and whoever sends it again is told so. It is the same while R2 is away: no write fails for its
answer.
"""

from collections import defaultdict

import msgspec

from api.core import idempotency
from api.core.context import Bindings, Key
from api.core.idempotency import KEPT, LONGEST_BODY, MOST_KEPT, NOT_KEPT, Kept, Stored
from api.edge.answers import Answer
from propflow import ids
from propflow.bindings.d1 import Statement, sql
from propflow.clock import HOUR
from propflow.errors import Conflict, Unavailable
from propflow.json_text import json_text

ADD = f"""
INSERT INTO kept_answers (tenant_id, id, size, due_at) SELECT ?1, ?2, ?3, ?4 WHERE ?3 + coalesce((
  SELECT used FROM usage_counters WHERE tenant_id = ?1 AND meter = 'answer_bytes' AND period = ''), 0) <= {MOST_KEPT}"""
DUE = "SELECT tenant_id, id FROM kept_answers INDEXED BY kept_answers_due WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2"
DONE = "It was carried out before, and its long answer was not kept. Read what it did."
REFUSED = (
    "It was refused before and changed nothing, and its long answer was not kept."
    " To learn why, send it with another Idempotency-Key."
)
REMOVE = "DELETE FROM kept_answers WHERE tenant_id = ?1 AND id IN (SELECT value FROM json_each(?2))"


class DueRow(msgspec.Struct, frozen=True):
    """An object that no key refers to any more."""

    tenant_id: str
    id: str


async def keep(bindings: Bindings, tenant_id: str, answer: Answer, now: int) -> Kept:
    """What the row of a key is to hold of an answer. A long one is written to R2 first."""
    content = answer.body.encode()
    if len(content) <= LONGEST_BODY:
        return Kept(answer.body)
    kept_id = ids.new_id("ans", now)
    # Later than any key that refers to it: the batch that does may still be on its way.
    added = await bindings.core.run(sql(ADD, tenant_id, kept_id, len(content), now + KEPT + HOUR))
    if not added.changed:
        return Kept("", NOT_KEPT)
    try:
        await bindings.exports.put(tenant_id, object_key(tenant_id, kept_id), content, "application/json")
    except Unavailable:
        return Kept("", NOT_KEPT)
    return Kept("", kept_id)


async def replay(bindings: Bindings, tenant_id: str, stored: Stored, key: Key) -> Answer:
    """The stored answer, marked as a replay.

    Raises Unprocessable when the request was another one, Conflict (409) when its answer was not kept.
    """
    found = idempotency.replay(stored, key)
    if stored.kept_id is None:
        return found
    content = None
    if stored.kept_id != NOT_KEPT:
        content = await bindings.exports.get(tenant_id, object_key(tenant_id, stored.kept_id))
    if content is None:
        raise Conflict(
            "answer_not_kept", REFUSED if stored.status >= 400 else DONE,
            first_status=stored.status, location=found.headers.get("Location"),
        )  # fmt: skip
    return msgspec.structs.replace(found, body=content.decode())


async def sweep(bindings: Bindings, now: int, limit: int) -> int:
    """Remove objects that no key refers to any more, then their rows. Returns how many."""
    due = (await bindings.core.run(sql(DUE, now, limit))).rows(DueRow)
    if not due:
        return 0
    by_tenant: dict[str, list[str]] = defaultdict(list)
    for row in due:
        by_tenant[row.tenant_id].append(row.id)
    for tenant_id, found in by_tenant.items():
        await bindings.exports.delete(tenant_id, [object_key(tenant_id, kept_id) for kept_id in found])
    await bindings.core.batch([_remove(tenant_id, found) for tenant_id, found in by_tenant.items()])
    return len(due)


def object_key(tenant_id: str, kept_id: str) -> str:
    """Where an answer lies."""
    return f"tenants/{tenant_id}/answers/{kept_id}"


def _remove(tenant_id: str, kept_ids: list[str]) -> Statement:
    return sql(REMOVE, tenant_id, json_text(kept_ids))
