"""What becomes of an upload: the object first, then the row, so that nothing acknowledged can be missing.

The first complete upload counts. One that comes again, because the answer to it was lost or the Worker died before the
row was written, finds the object there, writes the row and is answered alike.
"""

from typing import TypeGuard

import msgspec

from api.core.context import Bindings
from api.files.store import facts, repository, rules
from api.files.store.errors import nothing_here
from api.files.store.repository import FileRow, Present
from api.files.store.signing import Link
from propflow import audit, events, guards, ids, outbox
from propflow.bindings.d1 import GuardFailed
from propflow.bindings.streams import Incoming
from propflow.clock import now_ms


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends, for the audit, and under which request id."""

    ip: str
    request_id: str


async def find(bindings: Bindings, link: Link) -> FileRow:
    """The row that an address is about; raises NotFound when it is gone, was never, or its tenant is suspended."""
    statement = repository.at_door(link.tenant_id, link.file_id, reads=link.method == "GET")
    row = (await bindings.core.run(statement)).one(FileRow)
    if not _is_about(row, link):
        raise nothing_here()
    return row


async def store(bindings: Bindings, link: Link, row: FileRow, body: Incoming, sent: Sent) -> tuple[str, bool]:
    """Put the body where the address says. Returns the ETag of what lies there, and whether it is this body.

    Raises StreamBroken when it was not all sent, NotFound when the file was deleted meanwhile.
    """
    bucket = bindings.files(row.id)
    stored = await bucket.put_new(link.tenant_id, link.key, body, link.size, link.content_type)
    there = stored or await bucket.head(link.tenant_id, link.key)
    if there is None:
        raise nothing_here()  # it was there a moment ago: deleted
    try:
        await _complete(bindings, link.tenant_id, row, there.etag, sent)
    except GuardFailed:
        await _was_settled(bindings, link)
    return there.etag, stored is not None


async def _complete(bindings: Bindings, tenant_id: str, row: FileRow, etag: str, sent: Sent) -> None:
    """The row is ready, with its event and its entry in the audit, in one batch. A test clock counts for what is seen
    of it, the real time for when it goes and for messages and ids."""
    now = now_ms()
    present = (await bindings.core.run(repository.present(tenant_id, now))).one(Present) or Present(now)
    fact = facts.uploaded(tenant_id, row, sent.ip, sent.request_id, now)
    statements = [
        repository.complete(tenant_id, row.id, etag, rules.due_when_ready(row.kind, now), present.now),
        guards.changed(),
        outbox.record(fact.message, fact.to, now=now, audit=fact.audit),
    ]
    for event in fact.events:
        event_id = ids.new_id("evt", now)
        statements.append(
            events.record(tenant_id, event_id, event, actor=row.created_by, request_id=sent.request_id, now=present.now)
        )
    await bindings.core.batch(statements)
    bindings.background(audit.copy_one(bindings.core, bindings.audit, fact.message, fact.audit, now))


async def _was_settled(bindings: Bindings, link: Link) -> None:
    """Somebody else was faster: a twin of this upload, which is fine, or who deleted the file. Then the object goes,
    too; if that fails, upkeep removes it, because the row stays until no upload can be under way. A tenant that was
    suspended meanwhile keeps what was acknowledged."""
    row = (await bindings.core.run(repository.get(link.tenant_id, None, link.file_id))).one(FileRow)
    if not _is_about(row, link):
        await bindings.files(link.file_id).delete(link.tenant_id, [link.key])
        raise nothing_here()


def _is_about(row: FileRow | None, link: Link) -> TypeGuard[FileRow]:
    return row is not None and rules.object_key(link.tenant_id, row.id, row.kind) == link.key
