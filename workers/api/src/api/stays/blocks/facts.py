"""What a change of blocks means to others: stale exports, the audit, and events."""

from collections.abc import Sequence
from typing import Any

from api.core.commit import Fact, audited, noted
from api.core.context import Context
from api.stays.blocks.repository import BlockRow
from propflow.events import Event
from propflow.messages import UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id


def created(ctx: Context, rows: Sequence[BlockRow]) -> Fact:
    """New blocks: one, or a series."""
    made = [{"kind": row.kind, "series_id": row.series_id, **_nights(row)} for row in rows]
    events = [_event("block.created", row, changed=fields) for row, fields in zip(rows, made, strict=True)]
    return _calendar_changed(ctx, "block.created", rows, events)


def moved(ctx: Context, before: BlockRow, after: BlockRow) -> Fact:
    """Other nights, and perhaps another note."""
    was, now = _nights(before), _nights(after)
    if before.note != after.note:  # what people write may be about people, so only that it changed is told
        was["note"] = now["note"] = None
    return _calendar_changed(ctx, "block.moved", [after], [_event("block.moved", after, now, was)])


def changed(ctx: Context, before: BlockRow, after: BlockRow) -> Fact:
    """Another note: no calendar is stale."""
    fact = noted(ctx, "block.changed", after.id, unit_id=after.unit_id)
    event = _event("block.changed", after, {"note": None}, {"note": None})
    return Fact(message=fact.message, to=fact.to, audit=fact.audit, events=(event,))


def deleted(ctx: Context, rows: Sequence[BlockRow]) -> Fact:
    """The nights are free again."""
    return _calendar_changed(
        ctx, "block.deleted", rows, [_event("block.deleted", row, {}, _nights(row)) for row in rows]
    )


def _calendar_changed(ctx: Context, action: str, rows: Sequence[BlockRow], events: Sequence[Event]) -> Fact:
    first = rows[0]
    message = UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=first.unit_id
    )
    entry = audited(
        ctx, action, first.id, unit_id=first.unit_id, kind=first.kind,
        blocks=[{"id": row.id, **_nights(row)} for row in rows],
    )  # fmt: skip
    return Fact(message=message, to=Destination.CALSYNC, audit=entry, events=tuple(events))


def _event(
    kind: str, row: BlockRow, changed: dict[str, Any] | None = None, previous: dict[str, Any] | None = None
) -> Event:
    return Event(type=kind, object_id=row.id, unit_id=row.unit_id, changed=changed or {}, previous=previous or {})


def _nights(row: BlockRow) -> dict[str, Any]:
    return {"start": row.start_date, "end": row.end_date}
