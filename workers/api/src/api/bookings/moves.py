"""Other nights, another unit, or each other's units: always in one commit."""

from typing import Any

import msgspec

from api import idempotency
from api.answers import Answer, answer
from api.bookings import edits, facts, repository, rules
from api.bookings.errors import changed_meanwhile, same_booking, same_unit
from api.bookings.reading import load, occupancy, shown, view
from api.bookings.repository import BookingRow
from api.bookings.repricing import repriced
from api.bookings.states import ATTEMPTS
from api.bookings.views import Swapped
from api.commit import Fact, commit
from api.context import Context
from api.occupancies import changes, several
from api.occupancies.service import remembered, take
from api.preconditions import check
from api.rates import offers
from api.rates.repository import OfferRow
from api.stays import check_guests, nights_of
from api.units import service as units
from api.units.errors import unit_not_found
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, Statement
from propflow.errors import Conflict


async def move(ctx: Context, booking_id: str, request: dict[str, Any], if_match: str | None) -> Answer:
    """Other nights or another unit, priced as `reprice` says. If-Match is checked when sent."""
    idempotency.require(ctx)
    try:
        for _ in range(ATTEMPTS):
            row = await load(ctx, booking_id)
            if if_match is not None:
                check(if_match, row.version)
            try:
                return await _move(ctx, row, request)
            except ConstraintFailed as refused:
                if refused.name != "guard_failed":
                    raise
        raise changed_meanwhile()
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _move(ctx: Context, row: BookingRow, request: dict[str, Any]) -> Answer:
    after, statements, fact = await moved(ctx, row, request)
    if fact is None:
        return await commit(ctx, shown(row), [])
    return await take(ctx, shown(after), occupancy(after), statements, fact)


async def moved(
    ctx: Context, row: BookingRow, request: dict[str, Any]
) -> tuple[BookingRow, list[Statement], Fact | None]:
    """The booking in its new place, and what makes it so; no fact when it is there already.

    It fails as `guard_failed` when somebody was faster.
    """
    after, reprice = placed(ctx, row, request), request["reprice"]
    if place(row) == place(after):
        return await _stays(ctx, row, reprice)
    offer = await offered(ctx, after)
    ignore = request["ignore_restrictions"]
    # Who has arrived is there: the rules about coming and going are for who is to come.
    ignored = (
        [] if row.status == "checked_in" else offers.check(ctx, offer, after.check_in, after.check_out, ignore=ignore)
    )
    after = await repriced(ctx, offer, row, after, reprice)
    statements = [
        repository.move(ctx.tenant_id, row, after), guards.changed(),
        changes.relocate(ctx.tenant_id, row.occupancy_id, after.unit_id, after.check_in, after.check_out, ctx.now),
        guards.changed(),
    ]  # fmt: skip
    if not ignore:
        statements += offers.keep_apart(ctx, offer, row.occupancy_id, after.check_in, after.check_out)
    return after, statements, facts.moved(ctx, row, after, ignored)


def placed(ctx: Context, row: BookingRow, request: dict[str, Any]) -> BookingRow:
    """The booking on other nights or in another unit, not priced yet. Raises Conflict when it may not move."""
    after = msgspec.structs.replace(
        row, unit_id=request.get("unit_id", row.unit_id), check_in=request.get("check_in", row.check_in),
        check_out=request.get("check_out", row.check_out), version=row.version + 1, updated_at=ctx.now,
    )  # fmt: skip
    rules.check_move(row.status, row.check_in, after.check_in)
    nights_of(after.check_in, after.check_out)
    return after


def place(row: BookingRow) -> tuple[str, str, str]:
    """Where and when it is."""
    return row.unit_id, row.check_in, row.check_out


async def offered(ctx: Context, after: BookingRow) -> OfferRow:
    """The unit of a booking with all that decides on its nights. Raises NotFound, or Unprocessable for too many."""
    statement = offers.ask(ctx, after.unit_id, after.check_in, after.check_out, own=after.occupancy_id)
    offer = (await ctx.bindings.core.run(statement)).one(OfferRow)
    if offer is None:
        raise unit_not_found("unit_id")
    check_guests(after.guests, offer.max_guests)
    return offer


async def _stays(
    ctx: Context, row: BookingRow, reprice: rules.Reprice
) -> tuple[BookingRow, list[Statement], Fact | None]:
    """It is where it is to be already: there is only its price to make anew, when all of it is asked for."""
    after = await edits.edited(ctx, row, {}, reprice)
    if after == row:
        return row, [], None
    statements, fact = edits.written(ctx, row, after)
    return after, statements, fact


async def swap(ctx: Context, booking_id: str, other_booking_id: str) -> Answer:
    """Each booking gets the unit of the other and keeps its nights and its price, both or neither."""
    idempotency.require(ctx)
    if booking_id == other_booking_id:
        raise same_booking()
    try:
        for _ in range(ATTEMPTS):
            one = await load(ctx, booking_id, param="booking_id")
            other = await load(ctx, other_booking_id, param="other_booking_id")
            try:
                return await _swap(ctx, one, other)
            except ConstraintFailed as refused:
                if refused.name != "guard_failed":
                    raise
        raise changed_meanwhile()
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _swap(ctx: Context, one: BookingRow, other: BookingRow) -> Answer:
    if one.unit_id == other.unit_id:
        raise same_unit()
    pairs = [(one, _to(ctx, one, other.unit_id)), (other, _to(ctx, other, one.unit_id))]
    for before, after in pairs:
        rules.check_move(before.status, before.check_in, after.check_in)
        check_guests(before.guests, (await units.load(ctx, after.unit_id)).max_guests)
    statements: list[Statement] = []
    for before, after in pairs:
        statements += [repository.move(ctx.tenant_id, before, after), guards.changed()]
    statements += changes.exchange(ctx.tenant_id, [occupancy(after) for _, after in pairs], ctx.now)
    made = answer(200, Swapped(data=[view(after) for _, after in pairs]))
    wanted = [occupancy(after) for _, after in pairs]
    return await several.take(ctx, made, wanted, statements, [facts.moved(ctx, *pair) for pair in pairs])


def _to(ctx: Context, row: BookingRow, unit_id: str) -> BookingRow:
    return msgspec.structs.replace(row, unit_id=unit_id, version=row.version + 1, updated_at=ctx.now)
