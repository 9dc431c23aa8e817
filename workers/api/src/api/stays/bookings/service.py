"""Bookings: create, show, list."""

from typing import Any

import msgspec

from api.core import idempotency
from api.core.context import Context
from api.edge.answers import Answer, page
from api.edge.paging import place
from api.inventory.properties.service import stored_policy
from api.inventory.units.errors import unit_not_found
from api.inventory.units.repository import UnitRow
from api.occupancies import repository as occupancies
from api.occupancies.repository import OccupancyRow
from api.occupancies.service import remembered, take
from api.stays.bookings import facts, repository, rules
from api.stays.bookings.errors import hold_expired, hold_not_found
from api.stays.bookings.reading import load, shown, view
from api.stays.bookings.reading import occupancy as occupancy_of
from api.stays.bookings.repository import BookingRow, Filters
from api.stays.holds import service as holds
from api.stays.nights import check_guests, nights_of
from api.stays.prices import Priced, price_stay
from api.stays.quotes import repository as quotes
from api.stays.quotes.errors import quote_not_found
from api.stays.quotes.repository import QuoteRow
from api.stays.quotes.rules import check_quote
from api.stays.rates import offers
from api.stays.rates.repository import OfferRow
from propflow import ids
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.errors import Conflict
from propflow.money import Money


async def create(ctx: Context, request: dict[str, Any]) -> Answer:
    """Take the nights and create the booking, both or neither."""
    idempotency.require(ctx)
    try:
        return await _create(ctx, request)
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _create(ctx: Context, request: dict[str, Any]) -> Answer:
    nights_of(request["check_in"], request["check_out"])
    unit, quote, hold = await _load(ctx, request)
    check_guests(request["guests"], unit.max_guests)
    if hold is not None:
        rules.check_hold(hold, unit.id, request["check_in"], request["check_out"], ctx.now)
    ignored = _check_rules(ctx, request, unit, hold)
    row = new_row(ctx, request, unit, await _price(ctx, request, unit, quote))
    if hold is not None:
        row = msgspec.structs.replace(row, occupancy_id=hold.id, quote_id=quote.id if quote else None)
    occupancy = occupancy_of(row)
    statements = [*_occupy(ctx, request, unit, occupancy, hold), repository.insert(ctx.tenant_id, row)]
    try:
        return await take(ctx, shown(row, 201), occupancy, statements, facts.created(ctx, row, ignored))
    except GuardFailed:
        raise (offers.too_close(unit) if hold is None else hold_expired()) from None


async def _load(ctx: Context, request: dict[str, Any]) -> tuple[OfferRow, QuoteRow | None, OccupancyRow | None]:
    """Everything the decision needs, in one round trip."""
    seen = ctx.caller.properties
    found = await ctx.bindings.core.batch([
        offers.ask(ctx, request["unit_id"], request["check_in"], request["check_out"]),
        quotes.get(ctx.tenant_id, seen, request["quote_id"] or holds.quote_of(request["hold_id"] or "")),
        occupancies.get(ctx.tenant_id, seen, holds.occupancy_of(request["hold_id"] or "")),
    ])  # fmt: skip
    unit, quote, hold = found[0].one(OfferRow), found[1].one(QuoteRow), found[2].one(OccupancyRow)
    if unit is None:
        raise unit_not_found("unit_id")
    if request["quote_id"] is not None and quote is None:
        raise quote_not_found()
    if request["hold_id"] is not None and (hold is None or hold.ref_id != request["hold_id"]):
        # a hold that became a booking is spent, not unknown
        raise hold_expired() if hold is not None and hold.kind == "booking" else hold_not_found()
    return unit, quote, hold


def _check_rules(ctx: Context, request: dict[str, Any], unit: OfferRow, hold: OccupancyRow | None) -> list[str]:
    """What the staff ignores. The nights of a hold were allowed when it was made."""
    if hold is not None:
        return []
    return offers.check(ctx, unit, request["check_in"], request["check_out"], ignore=request["ignore_restrictions"])


async def _price(ctx: Context, request: dict[str, Any], unit: OfferRow, quote: QuoteRow | None) -> Priced:
    """The price of the quote, or of the hold, while it is promised, else today's."""
    if quote is not None:
        check_quote(quote, unit.id, request["check_in"], request["check_out"], request["guests"], ctx.now)
        return quoted(quote)
    return price_stay(unit, request["check_in"], request["check_out"], request["guests"], ctx.now)


def quoted(quote: QuoteRow) -> Priced:
    """The price that a quote promises."""
    total = Money(amount=quote.total_amount, currency=quote.currency)
    return Priced(total=total, lines=quote.lines, sale=quote.sale)


def new_row(ctx: Context, request: dict[str, Any], unit: UnitRow, price: Priced) -> BookingRow:
    """The booking that a request asks for, with the policy of its property unless it has its own."""
    guest = request["guest"]
    return BookingRow(
        id=ids.new_id("bkg", ctx.real_now), unit_id=unit.id, occupancy_id=ids.new_id("occ", ctx.real_now),
        status=request["status"], check_in=request["check_in"], check_out=request["check_out"],
        guests=request["guests"], guest_name=guest["name"], guest_email=guest["email"], guest_phone=guest["phone"],
        total_amount=price.total.amount, currency=price.total.currency, lines=price.lines, sale=price.sale,
        quote_id=request["quote_id"],
        source=request["source"], notes=request["notes"],
        cancellation_policy=stored_policy(request["cancellation_policy"]) or unit.cancellation_policy,
        created_at=ctx.now, updated_at=ctx.now,
    )  # fmt: skip


def _occupy(
    ctx: Context, request: dict[str, Any], unit: OfferRow, occupancy: OccupancyRow, hold: OccupancyRow | None
) -> list[Statement]:
    if hold is None:
        taken = [occupancies.insert(ctx.tenant_id, occupancy, ctx.now)]
        if not request["ignore_restrictions"]:
            taken += offers.keep_apart(ctx, unit, [occupancy.id], occupancy.start_date, occupancy.end_date)
        return taken
    return occupancies.take_over_hold(ctx.tenant_id, hold.id, occupancy.ref_id, ctx.now)


async def show(ctx: Context, booking_id: str) -> Answer:
    """One booking."""
    return shown(await load(ctx, booking_id))


async def list_all(ctx: Context, filters: Filters, after: str | None, limit: int) -> Answer:
    """The tenant's bookings, cancelled ones included."""
    statement = repository.list_after(
        ctx.tenant_id, ctx.caller.properties, filters, place(after, "bkg", filters.first), limit + 1
    )
    rows = (await ctx.bindings.core.run(statement)).rows(BookingRow)
    return page([view(row) for row in rows], limit=limit, cursors=[filters.place_of(row).cursor for row in rows])
