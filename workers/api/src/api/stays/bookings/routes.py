"""`/v1/bookings` and `/v1/booking_groups`."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Body, Query, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.listing import After, Limit, Since, one_of, since
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier, LocalDate, NoBody
from api.stays.bookings import edits, groups, moves, previews, service, states
from api.stays.bookings.repository import Filters
from api.stays.bookings.rules import reprice_of
from api.stays.bookings.schemas import (
    BookingCancel,
    BookingCreate,
    BookingEdit,
    BookingGroupCreate,
    BookingMove,
    BookingSwap,
)
from api.stays.bookings.views import Booking, BookingGroup, BookingPreview, Status, Swapped

router = APIRouter(tags=["occupancy"])
ROOT, GROUPS = "/v1/bookings", "/v1/booking_groups"
Reader = Annotated[Context, Allowed("bookings:read")]
Writer = Annotated[Context, Allowed("bookings:write")]
Keyed = Annotated[Context, Allowed("bookings:write", key="needed")]
Nothing = Annotated[NoBody | None, Body()]


@router.post(ROOT, status_code=201, responses=shows(201, Booking, fails=(409,)))
async def create(body: BookingCreate, ctx: Keyed) -> Response:
    """Book a stay. Needs an Idempotency-Key. 409 `unit_unavailable` names what is in the way.

    With `hold_id` the nights of the hold are taken over; with `quote_id` its price is kept. A confirmed booking is
    told to the guest by e-mail and SMS, invoiced, and exported to the channels.
    """
    return to_response(await service.create(ctx, body.model_dump()))


@router.get(ROOT, responses=shows(200, Booking, listed=True))
async def list_all(
    ctx: Reader,
    status: Annotated[str | None, Query(max_length=100, description="One or more statuses, by commas.")] = None,
    unit_id: Identifier | None = None,
    check_in_from: Annotated[LocalDate | None, Query(alias="check_in[gte]")] = None,
    updated_since: Since = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The tenant's bookings, cancelled ones included.

    Sorted by id; with `status` or `check_in[gte]`, by date of arrival; with `updated_since`, by time of the last
    change. A booking that changes while you read the pages appears again at the end. The time of a change is when its
    request began: if you poll, start a minute before the last time you saw, or follow `/v1/events` instead.
    """
    filters = Filters(
        statuses=one_of(status, get_args(Status), "status"), unit_id=unit_id, check_in_from=check_in_from,
        updated_since=since(updated_since),
    )  # fmt: skip
    return to_response(await service.list_all(ctx, filters, after, limit))


@router.get(ROOT + "/{booking_id}", responses=shows(200, Booking, tagged=True))
async def show(booking_id: Identifier, ctx: Reader) -> Response:
    """One booking."""
    return to_response(await service.show(ctx, booking_id))


@router.patch(ROOT + "/{booking_id}", responses=shows(200, Booking, BookingPreview, fails=FAILS))
async def edit(booking_id: Identifier, body: BookingEdit, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Changes guests, notes, or the price. Needs If-Match.

    What is charged by the person follows the number of guests; `reprice: "all"` prices the whole stay as it is sold
    now, `"none"` leaves the price as it is. A changed invoice is credited and issued again, and the guest is told.
    With `dry_run` nothing is written: the answer is a BookingPreview, for which If-Match may be left out.
    """
    fields = body.model_dump(exclude_unset=True)
    act = previews.of_edit if body.dry_run else edits.edit
    return to_response(await act(ctx, booking_id, fields, body.reprice, if_match))


@router.post(ROOT + "/{booking_id}/confirm", responses=shows(200, Booking, fails=(409,)))
async def confirm(booking_id: Identifier, ctx: Writer, body: Nothing = None) -> Response:
    """Confirm a pending booking. Confirming twice is answered alike and happens once."""
    return to_response(await states.change(ctx, booking_id, "confirm"))


@router.post(ROOT + "/{booking_id}/cancel", responses=shows(200, Booking, fails=(409,)))
async def cancel(booking_id: Identifier, ctx: Writer, body: Annotated[BookingCancel | None, Body()] = None) -> Response:
    """Cancel: the nights are free at once, the invoice is credited, the guest is told. Twice happens once.

    `refund` says what the cancellation policy gives back, by the day it is at the property; what it keeps is invoiced.
    """
    return to_response(await states.change(ctx, booking_id, "cancel", body.reason if body else None))


@router.post(ROOT + "/{booking_id}/reinstate", responses=shows(200, Booking, fails=(409,)))
async def reinstate(booking_id: Identifier, ctx: Keyed, body: Nothing = None) -> Response:
    """Takes a cancellation back, if the nights are still free. Needs an Idempotency-Key.

    The booking is again what it was: one that was pending is pending, and no message and no invoice comes of it before
    it is confirmed.
    """
    return to_response(await states.reinstate(ctx, booking_id))


@router.post(ROOT + "/{booking_id}/check_in", responses=shows(200, Booking, fails=(409,)))
async def check_in(booking_id: Identifier, ctx: Writer, body: Nothing = None) -> Response:
    """Notes that the guest of a confirmed booking has arrived.

    409 `too_early` before the day of arrival, or one day sooner where the property has `check_in_days_before: 1`;
    409 `too_late` after the day of departure. Days are the property's own.
    """
    return to_response(await states.change(ctx, booking_id, "check_in"))


@router.post(ROOT + "/{booking_id}/undo_check_in", responses=shows(200, Booking, fails=(409,)))
async def undo_check_in(booking_id: Identifier, ctx: Writer, body: Nothing = None) -> Response:
    """Takes a check-in back: the booking is confirmed again, and the guest gets no message."""
    return to_response(await states.change(ctx, booking_id, "undo_check_in"))


@router.post(ROOT + "/{booking_id}/check_out", responses=shows(200, Booking, fails=(409,)))
async def check_out(booking_id: Identifier, ctx: Writer, body: Nothing = None) -> Response:
    """Notes that the guest has left. Who leaves early frees the nights from today on, where the property is.

    409 `too_early` before the day of arrival.
    """
    return to_response(await states.change(ctx, booking_id, "check_out"))


@router.post(ROOT + "/{booking_id}/undo_check_out", responses=shows(200, Booking, fails=(409,)))
async def undo_check_out(booking_id: Identifier, ctx: Keyed, body: Nothing = None) -> Response:
    """Takes a check-out back: the guest is still there. Needs an Idempotency-Key.

    The nights that were freed are taken again; 409 `unit_unavailable` names who has one of them by now.
    """
    return to_response(await states.undo_check_out(ctx, booking_id))


@router.post(ROOT + "/{booking_id}/no_show", responses=shows(200, Booking, fails=(409,)))
async def no_show(booking_id: Identifier, ctx: Writer, body: Nothing = None) -> Response:
    """The guest did not come, from the day of arrival on: the nights after today are free, the invoice stands."""
    return to_response(await states.change(ctx, booking_id, "no_show"))


@router.post(ROOT + "/{booking_id}/move", responses=shows(200, Booking, BookingPreview, fails=(409, 412)))
async def move(booking_id: Identifier, body: BookingMove, ctx: Keyed, if_match: IfMatch = None) -> Response:
    """Gives a booking other dates or another unit, in one step. Needs an Idempotency-Key; If-Match counts if sent.

    With `from` the guest changes the unit on that day: one booking with two `parts` and one invoice, whose nights are
    in the calendars and exports of both units. Both must be of one property. `unit_id` without `from` puts the whole
    stay into one unit again, and other dates lengthen or shorten the first and the last part.

    Until the guest has arrived, the rules about stays are asked of other dates and of a stay in one unit: of one in
    parts the first unit about the arrival and the length of the whole stay, and the last one about the departure.
    A guest who keeps the dates and only changes the unit is asked for none of them. Each unit that gives nights must be
    let, and keep its days of preparation next to other guests.

    Nights that stay keep the price at which they were sold, nights that go leave with theirs, and nights that come cost
    what they cost today; in another unit all nights are new. `reprice` chooses otherwise: `"all"` prices the whole stay
    as it is sold now, `"none"` leaves the price as it is. A changed invoice is credited and issued again, and the guest
    is told. 409 `unit_unavailable` names what is in the way.

    With `dry_run` nothing is written and no Idempotency-Key is needed: the answer is a BookingPreview, also where the
    nights are taken.
    """
    request = body.model_dump(exclude_unset=True, by_alias=True) | _chosen(body)
    act = previews.of_move if body.dry_run else moves.move
    return to_response(await act(ctx, booking_id, request, if_match))


@router.post(ROOT + "/swap", responses=shows(200, Swapped, fails=(409,)))
async def swap(body: BookingSwap, ctx: Keyed) -> Response:
    """Let two bookings change places, both or neither. Needs an Idempotency-Key. Nights and prices stay."""
    return to_response(await moves.swap(ctx, body.booking_id, body.other_booking_id))


@router.post(GROUPS, status_code=201, responses=shows(201, BookingGroup, fails=(409,)))
async def create_group(body: BookingGroupCreate, ctx: Keyed) -> Response:
    """Make up to 20 bookings, all or none. Needs an Idempotency-Key. 409 names each conflict with its `index`."""
    wanted = [one.model_dump() for one in body.bookings]
    return to_response(await groups.create(ctx, wanted, body.name))


@router.get(GROUPS + "/{group_id}", responses=shows(200, BookingGroup, tagged=True))
async def show_group(group_id: Identifier, ctx: Reader) -> Response:
    """The bookings of a group as they are now."""
    return to_response(await groups.show(ctx, group_id))


@router.post(GROUPS + "/{group_id}/cancel", responses=shows(200, BookingGroup, fails=(409,)))
async def cancel_group(
    group_id: Identifier, ctx: Writer, body: Annotated[BookingCancel | None, Body()] = None
) -> Response:
    """Cancel all bookings of a group that are not cancelled yet, or none."""
    return to_response(await groups.cancel(ctx, group_id, body.reason if body else None))


def _chosen(body: BookingMove) -> dict[str, Any]:
    said = body.model_dump(include={"reprice", "keep_price"}, exclude_unset=True)
    reprice = reprice_of(said.get("reprice"), said.get("keep_price"))
    return {"reprice": reprice, "ignore_restrictions": body.ignore_restrictions}
