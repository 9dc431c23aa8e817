"""Upkeep of files: what was never uploaded or is kept no longer is deleted, and what is deleted leaves R2.

A row goes after its object, and only when no upload can bring the object back. So there is no object without a row,
whatever is killed in between: `files_due` finds all that is to be done.
"""

from collections import defaultdict
from collections.abc import Sequence

from api.core.context import Bindings
from api.files.store import facts, repository, rules
from api.files.store.repository import DueRow
from propflow import events, ids, log, outbox
from propflow.audit import AuditEntry
from propflow.bindings.d1 import GuardFailed
from propflow.clock import now_ms
from propflow.messages import Noted
from propflow.outbox import Destination, new_outbox_id

ACTOR = "system"


class NotSwept(Exception):
    """What is due of some tenants has to wait for the next run."""


async def run(bindings: Bindings, limit: int) -> int:
    """Delete and remove at most `limit` files each, tenant by tenant. Returns how many; raises NotSwept after all when
    something could not be done."""
    now, done, failed = now_ms(), 0, 0
    for deleted, work in ((False, _delete), (True, _remove)):
        due = (await bindings.core.run(repository.due(now, deleted, limit))).rows(DueRow)
        for tenant_id, rows in _by_tenant(due).items():
            try:
                done += await work(bindings, tenant_id, rows, now)
            except Exception as error:
                failed += 1
                log.exception("files.not_swept", error, tenant_id=tenant_id)
    if failed:
        raise NotSwept(f"the files of {failed} tenants")
    return done


async def _delete(bindings: Bindings, tenant_id: str, rows: Sequence[DueRow], now: int) -> int:
    """Delete files in one batch with their events; none when somebody was faster with one of them. They are due by the
    real time, and bear the tenant's."""
    present = rows[0].now
    message = Noted(tenant_id=tenant_id, outbox_id=new_outbox_id(now), request_id="")
    entry = AuditEntry(
        actor=ACTOR, action="files.expired", object_id=tenant_id, changes={"files": [row.id for row in rows]}
    )
    named = [(ids.new_id("evt", now), facts.deletion(row)) for row in rows]
    statements = [
        *repository.delete_all(tenant_id, rows, now, present),
        outbox.record(message, Destination.AUDIT, now=now, audit=entry),
        *events.record_all(tenant_id, named, actor=ACTOR, request_id="", now=present),
    ]
    try:
        await bindings.core.batch(statements)
    except GuardFailed:
        log.info("files.changed_meanwhile", tenant_id=tenant_id)  # the next run finds what is still due
        return 0
    return len(rows)


async def _remove(bindings: Bindings, tenant_id: str, rows: Sequence[DueRow], now: int) -> int:
    """Remove the objects of deleted files, then their rows."""
    by_prefix: dict[str, list[DueRow]] = defaultdict(list)
    for row in rows:
        by_prefix[rules.collection_of(row.id).prefix].append(row)
    for found in by_prefix.values():
        keys = [rules.object_key(tenant_id, row.id, row.kind) for row in found]
        await bindings.files(found[0].id).delete(tenant_id, keys)
    await bindings.core.batch(repository.removed(rows, now))
    return len(rows)


def _by_tenant(rows: Sequence[DueRow]) -> dict[str, list[DueRow]]:
    found: dict[str, list[DueRow]] = defaultdict(list)
    for row in rows:
        found[row.tenant_id].append(row)
    return found
