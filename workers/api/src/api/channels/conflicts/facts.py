"""What the end of a conflict means to others: stale exports, the audit, and events."""

from typing import Any

from api.channels.conflicts.repository import ConflictRow
from api.core.commit import Fact, audited, noted
from api.core.context import Context
from api.occupancies.facts import fields, occupancy_changed
from propflow.events import Event
from propflow.handover import Nights
from propflow.messages import UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id


def resolved(ctx: Context, row: ConflictRow, resolution: str, nights: list[Nights]) -> Fact:
    """`nights` are those that the channel's entry has from now on."""
    happened = [Event(
        type="conflict.resolved", object_id=row.id, unit_id=row.unit_id,
        changed={"status": "resolved", "resolution": resolution, "reason": None}, previous={"status": "open"},
    )]  # fmt: skip
    changed = occupancy_changed(row.occupancy_id or "", row.unit_id, row.feed_id, row.nights, nights)
    if changed is not None:
        happened.append(changed)
    message = UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=row.unit_id
    )
    entry = audited(
        ctx, "conflict.resolved", row.id, unit_id=row.unit_id, feed_id=row.feed_id, resolution=resolution,
        before=fields(row.nights), after=fields(nights),
    )  # fmt: skip
    return Fact(message=message, to=Destination.CALSYNC, audit=entry, events=tuple(happened))


def joined(ctx: Context, row: ConflictRow, booking_id: str, nights: list[Nights]) -> Fact:
    """The entry is one stay with a booking; `nights` are those that it has from now on."""
    about: dict[str, Any] = {"object_id": row.occupancy_id or "", "unit_id": row.unit_id}
    happened = [Event(type="feed_event.joined", changed={"booking_id": booking_id}, **about)]
    changed = occupancy_changed(row.occupancy_id or "", row.unit_id, row.feed_id, row.nights, nights)
    if changed is not None:
        happened.append(changed)
    fact = noted(
        ctx, "feed_event.joined", row.occupancy_id or "", unit_id=row.unit_id, feed_id=row.feed_id,
        booking_id=booking_id, before=fields(row.nights), after=fields(nights),
    )  # fmt: skip
    return Fact(message=fact.message, to=fact.to, audit=fact.audit, events=tuple(happened))


def differs(ctx: Context, row: ConflictRow, booking_id: str) -> Fact:
    """It is one stay with a booking that cannot have its dates: a person goes on deciding."""
    event = Event(type="conflict.changed", object_id=row.id, unit_id=row.unit_id, changed={"booking_id": booking_id})
    fact = noted(ctx, "conflict.changed", row.id, unit_id=row.unit_id, feed_id=row.feed_id, booking_id=booking_id)
    return Fact(message=fact.message, to=fact.to, audit=fact.audit, events=(event,))
