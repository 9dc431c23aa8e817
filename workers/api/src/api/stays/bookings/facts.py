"""What a change of a booking means to others: messages, the audit, and events."""

from collections.abc import Sequence
from typing import Any

from api.core.commit import Fact, audited, noted
from api.core.context import Context
from api.occupancies.facts import fields
from api.stays.bookings.parts import Part, nights_in, parts_of, route
from api.stays.bookings.repository import BookingRow
from api.stays.bookings.rules import OWED, TOLD, owes_else
from api.stays.rates import offers
from propflow.events import Event
from propflow.messages import AnyMessage, BookingCancelled, BookingChanged, BookingConfirmed, UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id

EVERYBODY = Destination.NOTIFICATIONS | Destination.BILLING | Destination.CALSYNC
NIGHTS = ("check_in", "check_out")
PLACES = ("unit_id", "parts")


def created(ctx: Context, row: BookingRow, ignored: Sequence[str] = ()) -> Fact:
    """A new booking. Nobody is told of a pending one, so only the calendars must know."""
    event = _creation(row)
    message, to = _confirmed(ctx, row) if row.status == "confirmed" else _calendar(ctx, row)
    return Fact(message=message, to=to, audit=_entry(ctx, row, event, ignored), events=(event,))


def imported(ctx: Context, row: BookingRow, *, calendar: bool) -> Fact:
    """A booking that another system made: its guest was told there, and the invoice is there.

    `calendar`: the unit's calendar is to be told.
    """
    event = _creation(row)
    message, to = noted(ctx, event.type, row.id).message, Destination.AUDIT
    if calendar:
        message, to = _calendar(ctx, row)
    return Fact(message=message, to=to, audit=_entry(ctx, row, event), events=(event,))


def _creation(row: BookingRow) -> Event:
    changed = {name: value for name, value in _shown(row).items() if value is not None}
    changed |= {name: None for name, value in _private(row).items() if value}
    return Event(type="booking.created", object_id=row.id, unit_id=row.unit_id, changed=changed)


# What takes a verb back tells nobody outside: who was told of the booking was told the truth.
UNDONE = {"undo_check_in": "booking.check_in_undone", "undo_check_out": "booking.check_out_undone"}


def status_changed(
    ctx: Context, before: BookingRow, after: BookingRow, verb: str, had: Sequence[Part], has: Sequence[Part]
) -> Fact:  # fmt: skip
    """Another status; by it the booking has these nights, and had those."""
    event = _event(UNDONE.get(verb, f"booking.{after.status}"), before, after)
    message, to = noted(ctx, event.type, after.id).message, Destination.AUDIT
    if after.status == "confirmed" and verb not in UNDONE:
        message, to = _confirmed(ctx, after)
    elif after.status == "cancelled" and before.status != "pending":
        message = BookingCancelled(booking_id=after.id, **_units(after), **_ids(ctx))
        to = EVERYBODY
    elif had != has:
        message, to = _calendar(ctx, after)
    more = _nights_changed(after.id, {after.unit_id}, had, has)
    return Fact(message=message, to=to, audit=_entry(ctx, after, event), events=(event, *more))


def moved(ctx: Context, before: BookingRow, after: BookingRow, ignored: Sequence[str] = ()) -> Fact:
    """Other nights or another unit, and perhaps another price."""
    whole = _event("booking.relocated", before, after)
    to = EVERYBODY if after.status in TOLD else Destination.CALSYNC
    message, audit = _changed(ctx, before, after), _entry(ctx, after, whole, ignored)
    had, has = parts_of(before), parts_of(after)
    # Of a stay in one unit its own event says all; of one in parts it says which nights, but not which of a unit.
    named = {before.unit_id, after.unit_id} if len(had) == len(has) == 1 else set[str]()
    more, same = _nights_changed(after.id, named, had, has), route(had) == route(has)
    return Fact(message=message, to=to, audit=audit, events=(*_events(whole, () if same else PLACES), *more))


def _nights_changed(booking_id: str, named: set[str], had: Sequence[Part], has: Sequence[Part]) -> list[Event]:
    """What happened in the calendars of units of which the booking's own event does not tell."""
    units = dict.fromkeys(one.unit_id for one in [*had, *has] if one.unit_id not in named)
    nights = [(unit, nights_in(had, unit), nights_in(has, unit)) for unit in units]
    return [
        Event(type="booking.nights_changed", object_id=booking_id, unit_id=unit, changed=fields(now),
              previous=fields(was))
        for unit, was, now in nights if was != now
    ]  # fmt: skip


def _events(whole: Event, of_place: Sequence[str]) -> tuple[Event, ...]:
    """Moving to another unit is one event, other nights another; a new price belongs to the nights if they changed.

    `of_place` are the fields that tell of another unit, where there is one.
    """
    dated = any(name in whole.changed for name in NIGHTS)
    if not dated:
        return (whole,)
    places = [name for name in of_place if name in whole.changed]
    found = [_part("booking.date_changed", whole, [name for name in whole.changed if name not in places])]
    if places:
        found.append(_part("booking.relocated", whole, places))
    return tuple(found)


def _part(kind: str, whole: Event, names: Sequence[str]) -> Event:
    return Event(
        type=kind, object_id=whole.object_id, unit_id=whole.unit_id,
        changed={name: whole.changed[name] for name in names}, previous={name: whole.previous[name] for name in names},
    )  # fmt: skip


def updated(ctx: Context, before: BookingRow, after: BookingRow) -> Fact:
    """Other guests, notes or another price: no calendar depends on them, and the invoice and its guest on the price."""
    event = _event("booking.updated", before, after)
    message, to = noted(ctx, event.type, after.id).message, Destination.AUDIT
    if after.status in OWED and owes_else(before, after):
        message, to = _changed(ctx, before, after), Destination.BILLING
        if after.status in TOLD:
            to |= Destination.NOTIFICATIONS
    return Fact(message=message, to=to, audit=_entry(ctx, after, event), events=(event,))


def _confirmed(ctx: Context, row: BookingRow) -> tuple[AnyMessage, Destination]:
    return BookingConfirmed(booking_id=row.id, **_units(row), **_ids(ctx)), EVERYBODY


def _changed(ctx: Context, before: BookingRow, after: BookingRow) -> AnyMessage:
    return BookingChanged(booking_id=after.id, previous_unit_id=before.unit_id, **_units(after, before), **_ids(ctx))


def _calendar(ctx: Context, row: BookingRow) -> tuple[AnyMessage, Destination]:
    return UnitCalendarChanged(**_units(row), **_ids(ctx)), Destination.CALSYNC


def _units(row: BookingRow, before: BookingRow | None = None) -> dict[str, Any]:
    """The unit in which the stay begins, and all others that it has, or had."""
    found = [one.unit_id for one in [*parts_of(row), *(parts_of(before) if before else [])]]
    first = {row.unit_id} if before is None else {row.unit_id, before.unit_id}
    return {"unit_id": row.unit_id, "other_unit_ids": [one for one in dict.fromkeys(found) if one not in first]}


def _ids(ctx: Context) -> dict[str, Any]:
    return {"tenant_id": ctx.tenant_id, "outbox_id": new_outbox_id(ctx.real_now), "request_id": ctx.request_id}


def _event(kind: str, before: BookingRow, after: BookingRow) -> Event:
    was, now = _shown(before), _shown(after)
    changed: dict[str, Any] = {name: now[name] for name in now if now[name] != was[name]}
    previous: dict[str, Any] = {name: was[name] for name in changed}
    secret_was, secret_now = _private(before), _private(after)
    hidden = {name: None for name in secret_now if secret_now[name] != secret_was[name]}
    return Event(
        type=kind, object_id=after.id, unit_id=after.unit_id, changed=changed | hidden, previous=previous | hidden
    )


def _entry(ctx: Context, row: BookingRow, event: Event, ignored: Sequence[str] = ()) -> Any:
    return audited(
        ctx, event.type, row.id, status=row.status, unit_id=row.unit_id, before=event.previous, after=event.changed,
        **offers.audited(ignored),
    )  # fmt: skip


def _shown(row: BookingRow) -> dict[str, Any]:
    """What may be told to everybody who sees the booking's unit."""
    refund = row.refund_amount
    return {
        "status": row.status, "unit_id": row.unit_id, "parts": _parts(row),
        "check_in": row.check_in, "check_out": row.check_out,
        "guests": row.guests, "total": {"amount": row.total_amount, "currency": row.currency},
        "refund": None if refund is None else {"amount": refund, "currency": row.currency},
        "source": row.source, "group_id": row.group_id, "reference": row.reference,
    }  # fmt: skip


def _parts(row: BookingRow) -> list[dict[str, str]] | None:
    """Where the guest stays and when, of a stay that changes its unit."""
    found = parts_of(row)
    return [{"unit_id": one.unit_id, "start": one.start, "end": one.end} for one in found] if len(found) > 1 else None


def _private(row: BookingRow) -> dict[str, Any]:
    """What is, or may be, about people: only that it changed is told."""
    return {
        "guest": (row.guest_name, row.guest_email, row.guest_phone), "notes": row.notes,
        "guest_list": None if row.guest_list == "[]" else row.guest_list, "cancel_reason": row.cancel_reason,
    }  # fmt: skip
