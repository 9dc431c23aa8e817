"""A booking that somebody entered by hand is the stay that a channel lists: from then on they are one.

The entry goes on wanting its nights as what waits does, and the booking has them: whatever the booking gives up is the
entry's in the same commit, so nothing opens. Where the two differ a person decides.
"""

from typing import Any

import msgspec

from api.channels.conflicts import facts, repository
from api.channels.conflicts.ends import may_change_bookings, resolved, shown, theirs_of
from api.channels.conflicts.errors import booking_linked, booking_not_concerned, booking_of_a_part, event_gone
from api.channels.conflicts.repository import ConflictRow, LinkedRow
from api.channels.conflicts.service import view
from api.channels.conflicts.views import OurSide
from api.channels.entries import repository as events
from api.core.commit import Fact, commit
from api.core.context import Context
from api.edge.answers import Answer, answer
from api.occupancies import several, stays
from api.stays.bookings import moves
from api.stays.bookings import rules as booking_rules
from api.stays.bookings.errors import invalid_transition, stay_in_parts
from api.stays.bookings.parts import parts_of
from api.stays.bookings.reading import load as load_booking
from api.stays.bookings.reading import occupancy
from api.stays.bookings.repository import BookingRow
from propflow.errors import Conflict, Unprocessable
from propflow.handover import Nights


async def resolve(ctx: Context, row: ConflictRow, request: dict[str, Any]) -> Answer:
    """One stay from now on, of the channel's dates; where the booking cannot have them the conflict stays open."""
    if row.said_at is None or row.state != "conflict":
        raise event_gone()
    may_change_bookings(ctx)
    booking, there = await _booking(ctx, row, request["booking_id"])
    if there and (booking.check_in, booking.check_out) == (row.start_date, row.end_date):
        linked = repository.link(ctx.tenant_id, row, booking.id, booking.version, ctx.now, fits=True)
        told = _told(ctx, row, booking, row.nights)
        made = shown(ctx, row, request, row.nights)
        return await commit(ctx, made, [*resolved(ctx, row, request), *linked], told, unit_id=row.unit_id)
    try:
        return await _follow(ctx, row, booking, request, there=there)
    except (Conflict, Unprocessable):
        return await _differ(ctx, row, booking)


async def _booking(ctx: Context, row: ConflictRow, booking_id: str) -> tuple[BookingRow, bool]:
    """The booking, if the conflict is with it and it can be the same stay, and whether it is in the entry's unit."""
    sides = (await ctx.bindings.core.run(repository.ours(ctx.tenant_id, row, ctx.now))).rows(OurSide)
    if booking_id not in {row.booking_id, *(one.ref_id for one in sides if one.kind == "booking")}:
        raise booking_not_concerned()
    booking = await load_booking(ctx, booking_id, param="booking_id")
    if booking.status not in booking_rules.MOVABLE:
        raise invalid_transition(booking.status, "same_stay")
    if len(parts_of(booking)) > 1:
        raise stay_in_parts("booking_id")
    statement = repository.linked(ctx.tenant_id, row, booking.id, booking.unit_id)
    stands = (await ctx.bindings.core.run(statement)).rows(LinkedRow)[0]
    there = booking.unit_id == row.unit_id or stands.covers
    if not there and row.booking_id != booking.id:
        raise booking_of_a_part()
    if stands.elsewhere:
        raise booking_linked()
    return booking, there


async def _follow(
    ctx: Context, row: ConflictRow, booking: BookingRow, request: dict[str, Any], *, there: bool
) -> Answer:
    """The booking has the channel's dates, at its price. They are a fact, so no rule of ours about stays is asked."""
    place = {
        "unit_id": booking.unit_id if there else row.unit_id, "check_in": row.start_date, "check_out": row.end_date,
        "reprice": "none", "ignore_restrictions": not ctx.caller.is_key,
    }  # fmt: skip
    made = await moves.moved(ctx, booking, place)
    theirs, units = theirs_of(row), sorted({row.unit_id, booking.unit_id})
    statements = [
        stays.hold_back(ctx.tenant_id), *resolved(ctx, row, request),
        *repository.link(ctx.tenant_id, row, booking.id, booking.version, ctx.now, fits=True),
        *stays.give_back(ctx.tenant_id, [theirs.id], ctx.now), *made.statements,
        stays.wait(ctx.tenant_id, theirs, row.uid, ctx.now), stays.let_go(ctx.tenant_id),
        stays.settle(ctx.tenant_id, units, ctx.now),
    ]  # fmt: skip
    told = [*([made.fact] if made.fact is not None else []), *_told(ctx, row, booking, [])]
    return await several.take(ctx, shown(ctx, row, request, []), [occupancy(made.after), theirs], statements, told)


async def _differ(ctx: Context, row: ConflictRow, booking: BookingRow) -> Answer:
    """One stay, of which the two say other dates: the conflict is about what differs."""
    after = msgspec.structs.replace(row, booking_id=booking.id, version=row.version + 1)
    statements = [
        *repository.touch(ctx.tenant_id, row),
        *repository.link(ctx.tenant_id, row, booking.id, booking.version, ctx.now, fits=False),
        events.count_word(ctx.tenant_id, row.feed_id),
    ]  # fmt: skip
    made = answer(200, view(after), version=after.version)
    told = [facts.differs(ctx, row, booking.id), facts.joined(ctx, row, booking.id, row.nights)]
    return await commit(ctx, made, statements, told, unit_id=row.unit_id)


def _told(ctx: Context, row: ConflictRow, booking: BookingRow, nights: list[Nights]) -> list[Fact]:
    """The end of the conflict, and what the entry is now."""
    return [facts.resolved(ctx, row, "same_stay", row.nights), facts.joined(ctx, row, booking.id, nights)]
