"""What a change of a file means to others: audit and events. What people call it is not told, as it may name them."""

import msgspec

from api.core.commit import Fact, noted
from api.core.context import Context
from api.files.store.repository import FileRow
from api.files.store.rules import DOCUMENTS, collection_of
from propflow.audit import AuditEntry
from propflow.events import Event
from propflow.messages import Noted
from propflow.outbox import Destination, new_outbox_id

UNTOLD = ("title",)


def created(ctx: Context, row: FileRow) -> Fact:
    """Announced: nothing is there yet."""
    fact = noted(ctx, action(row, "created"), row.id, **about(row))
    event = Event(type=action(row, "created"), object_id=row.id, changed={**about(row), "file_name": None})
    return msgspec.structs.replace(fact, events=(event,))


def changed(ctx: Context, before: FileRow, after: FileRow) -> Fact:
    """Another kind, title or position."""
    names = [name for name in ("kind", "title", "position") if getattr(before, name) != getattr(after, name)]
    new, old = ({name: None if name in UNTOLD else getattr(row, name) for name in names} for row in (after, before))
    fact = noted(ctx, action(after, "changed"), after.id, before=old, after=new)
    return msgspec.structs.replace(
        fact, events=(Event(type=action(after, "changed"), object_id=after.id, changed=new, previous=old),)
    )


def deleted(ctx: Context, row: FileRow) -> Fact:
    """Gone for everybody; the object follows."""
    fact = noted(ctx, action(row, "deleted"), row.id, **about(row))
    return msgspec.structs.replace(fact, events=(deletion(row),))


def opened(ctx: Context, row: FileRow) -> Fact:
    """Somebody was given the address of an identity document."""
    return noted(ctx, action(row, "opened"), row.id, **about(row))


def uploaded(tenant_id: str, row: FileRow, ip: str, request_id: str, now: int) -> Fact:
    """It has arrived, sent by whoever was given the address: they act for who asked for it."""
    message = Noted(tenant_id=tenant_id, outbox_id=new_outbox_id(now), request_id=request_id)
    kind = action(row, "uploaded")
    entry = AuditEntry(
        actor=row.created_by, action=kind, object_id=row.id, request_id=request_id, ip=ip, changes=about(row)
    )
    event = Event(type=kind, object_id=row.id, changed={"status": "ready"}, previous={"status": "pending"})
    return Fact(message=message, to=Destination.AUDIT, audit=entry, events=(event,))


def deletion(row: FileRow) -> Event:
    """The end of a file."""
    return Event(type=action(row, "deleted"), object_id=row.id, previous=about(row))


def action(row: FileRow, verb: str) -> str:
    """`media.created`, `document.opened`."""
    return f"{collection_of(row.id).noun}.{verb}"


def about(row: FileRow) -> dict[str, str | int]:
    """Whose it is and what it is."""
    owner = {name: getattr(row, name) for name in DOCUMENTS.owners if getattr(row, name) is not None}
    return {**owner, "kind": row.kind, "content_type": row.content_type, "size": row.size}
