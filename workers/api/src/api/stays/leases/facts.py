"""What a change of a lease means to others: stale exports, the audit, and an event."""

from typing import Any

from api.core.commit import Fact, audited, noted
from api.core.context import Context
from api.stays.leases.repository import LeaseRow
from propflow.events import Event
from propflow.messages import UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id

PERSONAL = ("renter_name", "renter_email", "renter_phone", "note", "reason")  # only that they changed is told
TOLD = {
    "status": "status", "start_date": "start", "end_date": "end", "occupancy_id": "occupancy_id", "due_day": "due_day",
    "rents": "rents", "renter_name": "renter", "renter_email": "renter", "renter_phone": "renter", "note": "note",
    "reason": "reason",
}  # fmt: skip


def of_change(ctx: Context, action: str, before: LeaseRow | None, after: LeaseRow) -> Fact:
    """A change of what is agreed; a draft has no nights, so no calendar is stale."""
    changed, previous = _difference(before, after)
    fact = noted(ctx, action, after.id, unit_id=after.unit_id, before=previous, after=changed)
    return Fact(message=fact.message, to=fact.to, audit=fact.audit, events=(_event(action, after, changed, previous),))


def of_nights(ctx: Context, action: str, before: LeaseRow, after: LeaseRow) -> Fact:
    """The unit's calendar changed as well."""
    changed, previous = _difference(before, after)
    message = UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=after.unit_id
    )
    entry = audited(ctx, action, after.id, unit_id=after.unit_id, before=previous, after=changed)
    event = _event(action, after, changed, previous)
    return Fact(message=message, to=Destination.CALSYNC, audit=entry, events=(event,))


def _event(action: str, row: LeaseRow, changed: dict[str, Any], previous: dict[str, Any]) -> Event:
    return Event(type=action, object_id=row.id, unit_id=row.unit_id, changed=changed, previous=previous)


def _difference(before: LeaseRow | None, after: LeaseRow) -> tuple[dict[str, Any], dict[str, Any]]:
    changed: dict[str, Any] = {}
    previous: dict[str, Any] = {}
    for column, name in TOLD.items():
        was, now = getattr(before, column, None), getattr(after, column)
        if was != now:
            hidden = column in PERSONAL
            changed[name] = None if hidden else now
            if before is not None:
                previous[name] = None if hidden else was
    return changed, previous
