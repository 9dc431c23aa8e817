"""Bookings as they are: one by id, and as the API shows it."""

import msgspec

from api.core.context import Context
from api.edge.answers import Answer, answer, instant
from api.inventory.properties import cancellation
from api.occupancies.repository import OccupancyRow
from api.stays.bookings import parts, repository
from api.stays.bookings.errors import booking_not_found
from api.stays.bookings.repository import BookingRow
from api.stays.bookings.views import Booking, Guest, Part
from propflow.models import PriceLine
from propflow.money import Money


async def load(ctx: Context, booking_id: str, *, with_zone: bool = False, param: str | None = None) -> BookingRow:
    """The booking or NotFound, also outside of what the caller sees; `param` names the field that held the id."""
    ask = repository.get_with_zone if with_zone else repository.get
    row = (await ctx.bindings.core.run(ask(ctx.tenant_id, ctx.caller.properties, booking_id))).one(BookingRow)
    if row is None:
        raise booking_not_found(param)
    return row


def shown(row: BookingRow, status: int = 200) -> Answer:
    """The answer that shows one booking, with its ETag."""
    location = f"/v1/bookings/{row.id}" if status == 201 else None
    return answer(status, view(row), location=location, version=row.version)


def view(row: BookingRow) -> Booking:
    """A row as the API shows it."""
    return Booking(
        id=row.id, reference=row.reference, status=row.status, unit_id=row.unit_id, check_in=row.check_in,
        check_out=row.check_out, guests=row.guests,
        guest=Guest(name=row.guest_name, email=row.guest_email, phone=row.guest_phone),
        occupancy_id=row.occupancy_id, parts=[_part(one) for one in parts.parts_of(row)],
        total=Money(amount=row.total_amount, currency=row.currency),
        lines=msgspec.json.decode(row.lines, type=list[PriceLine]), source=row.source, quote_id=row.quote_id,
        cancel_reason=row.cancel_reason, notes=row.notes,
        guest_list=msgspec.json.decode(row.guest_list, type=list[Guest]), group_id=row.group_id,
        cancellation_policy=cancellation.parse(row.cancellation_policy), refund=_refund(row),
        invoiced_elsewhere=_invoiced_elsewhere(row), created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )  # fmt: skip


def _part(part: parts.Part) -> Part:
    return Part(unit_id=part.unit_id, occupancy_id=part.occupancy_id, start=part.start, end=part.end)


def occupancy(row: BookingRow) -> OccupancyRow:
    """The nights in the ledger of a booking that does not change its unit."""
    [one] = occupancies(row)
    return one


def occupancies(row: BookingRow) -> list[OccupancyRow]:
    """The nights of each of its parts."""
    return [parts.occupancy(row.id, one) for one in parts.parts_of(row)]


def _refund(row: BookingRow) -> Money | None:
    return None if row.refund_amount is None else Money(amount=row.refund_amount, currency=row.currency)


def _invoiced_elsewhere(row: BookingRow) -> Money | None:
    return None if row.invoiced_elsewhere is None else msgspec.json.decode(row.invoiced_elsewhere, type=Money)
