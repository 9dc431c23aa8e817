"""What the end of a conflict means to others: stale exports, the audit, and events."""

from api.commit import Fact, audited
from api.conflicts.repository import ConflictRow
from api.context import Context
from propflow.events import Event
from propflow.messages import UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id


def resolved(ctx: Context, row: ConflictRow, resolution: str, nights: tuple[str, str] | None) -> Fact:
    """`nights` are those that the channel's entry has from now on."""
    held = (row.held_start, row.held_end) if row.held else None
    happened = [Event(
        type="conflict.resolved", object_id=row.id, unit_id=row.unit_id,
        changed={"status": "resolved", "resolution": resolution, "reason": None}, previous={"status": "open"},
    )]  # fmt: skip
    if held != nights and row.occupancy_id is not None:
        kind = "moved" if held and nights else "imported" if nights else "removed"
        added = {"kind": "ical", "feed_id": row.feed_id} if kind == "imported" else {}
        happened.append(Event(
            type=f"occupancy.{kind}", object_id=row.occupancy_id, unit_id=row.unit_id, changed=_fields(nights) | added,
            previous=_fields(held),
        ))  # fmt: skip
    message = UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=row.unit_id
    )
    entry = audited(
        ctx, "conflict.resolved", row.id, unit_id=row.unit_id, feed_id=row.feed_id, resolution=resolution,
        before=_fields(held), after=_fields(nights),
    )  # fmt: skip
    return Fact(message=message, to=Destination.CALSYNC, audit=entry, events=tuple(happened))


def _fields(nights: tuple[str | None, str | None] | None) -> dict[str, str | None]:
    return {} if nights is None else {"start": nights[0], "end": nights[1]}
