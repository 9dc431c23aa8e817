"""Holds: nights that are taken until a payment, or until they run out."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from api.core import idempotency
from api.core.commit import Fact, commit, noted
from api.core.context import Context
from api.core.retry import retried
from api.edge.answers import Answer, answer, instant
from api.inventory.units.errors import unit_not_found
from api.occupancies import changes
from api.occupancies import repository as occupancies
from api.occupancies.repository import OccupancyRow
from api.occupancies.service import remembered, take
from api.stays.holds.errors import hold_not_found, hold_used
from api.stays.holds.views import Hold
from api.stays.nights import check_guests, nights_of
from api.stays.prices import price_stay
from api.stays.quotes import repository as quotes
from api.stays.quotes.errors import quote_not_found
from api.stays.quotes.repository import QuoteRow
from api.stays.quotes.rules import check_quote
from api.stays.rates import offers
from api.stays.rates.repository import OfferRow
from propflow import guards, ids
from propflow.bindings.d1 import GuardFailed
from propflow.clock import SECOND
from propflow.errors import Conflict
from propflow.events import Event
from propflow.money import Money

ATTEMPTS = 2  # the hold may become a booking between our reading and our writing


async def create(ctx: Context, request: dict[str, Any]) -> Answer:
    """Take the nights for `ttl_seconds`. The hold and its occupancy share the random part of their ids."""
    idempotency.require(ctx)
    check_in, check_out = request["check_in"], request["check_out"]
    nights_of(check_in, check_out)
    unit, quote = await _load(ctx, request)
    ignored = offers.check(ctx, unit, check_in, check_out, ignore=request["ignore_restrictions"])
    expires_at = ctx.now + request["ttl_seconds"] * SECOND
    hold_id = ids.new_id("hold", ctx.real_now)
    row = OccupancyRow(
        id=occupancy_of(hold_id), unit_id=unit.id, start_date=check_in, end_date=check_out, kind="hold",
        ref_id=hold_id, expires_at=expires_at,
    )  # fmt: skip
    price = await _price(ctx, request, unit, quote, row)
    statements = [occupancies.insert(ctx.tenant_id, row, ctx.now)]
    if price is not None:
        statements.append(quotes.insert(ctx.tenant_id, price, ctx.now))
    if not request["ignore_restrictions"]:
        statements += offers.keep_apart(ctx, unit, [row.id], check_in, check_out)
    told = fact(ctx, "hold.created", row, ignored)
    try:
        return await take(ctx, answer(201, _view(row, price)), row, statements, told, wake_at=expires_at)
    except GuardFailed:
        raise offers.too_close(unit) from None
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _load(ctx: Context, request: dict[str, Any]) -> tuple[OfferRow, QuoteRow | None]:
    unit_id, check_in, check_out = request["unit_id"], request["check_in"], request["check_out"]
    if request["quote_id"] is None:
        return await offers.load(ctx, unit_id, check_in, check_out), None
    found = await ctx.bindings.core.batch([
        offers.ask(ctx, unit_id, check_in, check_out),
        quotes.get(ctx.tenant_id, ctx.caller.properties, request["quote_id"]),
    ])  # fmt: skip
    unit, quote = found[0].one(OfferRow), found[1].one(QuoteRow)
    if unit is None:
        raise unit_not_found("unit_id")
    if quote is None:
        raise quote_not_found()
    return unit, quote


async def _price(
    ctx: Context, request: dict[str, Any], unit: OfferRow, quote: QuoteRow | None, row: OccupancyRow
) -> QuoteRow | None:
    """The price that the hold keeps: a quote that ends with it, as another one promised it or as it is today."""
    guests = request["guests"]
    if quote is not None:
        check_quote(quote, unit.id, row.start_date, row.end_date, guests or quote.guests, ctx.now)
        return msgspec.structs.replace(quote, id=quote_of(row.ref_id), expires_at=row.expires_at)
    if guests is None:
        return None
    check_guests(guests, unit.max_guests)
    price = price_stay(unit, row.start_date, row.end_date, guests, ctx.now)
    return QuoteRow(
        id=quote_of(row.ref_id), unit_id=unit.id, check_in=row.start_date, check_out=row.end_date, guests=guests,
        total_amount=price.total.amount, currency=price.total.currency,
        lines=price.lines, sale=price.sale, expires_at=row.expires_at or 0,
    )  # fmt: skip


def _view(row: OccupancyRow, price: QuoteRow | None) -> Hold:
    return Hold(
        id=row.ref_id, occupancy_id=row.id, unit_id=row.unit_id, check_in=row.start_date, check_out=row.end_date,
        expires_at=instant(row.expires_at or 0), guests=None if price is None else price.guests,
        total=None if price is None else Money(amount=price.total_amount, currency=price.currency),
    )  # fmt: skip


async def delete(ctx: Context, hold_id: str) -> Answer:
    """Free the nights. A hold that has run out or was freed before is answered alike."""
    return await retried(partial(_delete, ctx, hold_id), hold_used, attempts=ATTEMPTS)


async def _delete(ctx: Context, hold_id: str) -> Answer:
    found = await ctx.bindings.core.run(occupancies.get(ctx.tenant_id, ctx.caller.properties, occupancy_of(hold_id)))
    row = found.one(OccupancyRow)
    if row is None or (row.kind == "hold" and row.ref_id != hold_id):
        raise hold_not_found()
    if row.kind != "hold":
        raise hold_used()
    if not row.live:
        return await commit(ctx, answer(204, None), [])
    if (row.expires_at or 0) <= ctx.now:
        closed = occupancies.expire_holds(ctx.tenant_id, row.unit_id, ctx.now)
        return await commit(ctx, answer(204, None), [closed], unit_id=row.unit_id)
    statements = [changes.release_hold(ctx.tenant_id, row.id, ctx.now), guards.changed()]
    return await commit(ctx, answer(204, None), statements, fact(ctx, "hold.released", row), unit_id=row.unit_id)


def fact(ctx: Context, action: str, row: OccupancyRow, ignored: Sequence[str] = ()) -> Fact:
    """What it means that a hold was made or given back."""
    kept = {"start": row.start_date, "end": row.end_date, "expires_at": instant(row.expires_at or 0)}
    made = action == "hold.created"
    event = Event(
        type=action, object_id=row.ref_id, unit_id=row.unit_id, changed=kept if made else {},
        previous={} if made else kept,
    )  # fmt: skip
    told = noted(ctx, action, row.ref_id, unit_id=row.unit_id, **offers.audited(ignored))
    return msgspec.structs.replace(told, events=(event,))


def occupancy_of(hold_id: str) -> str:
    """A hold is its occupancy under another name, so it needs no table of its own."""
    return "occ_" + hold_id.partition("_")[2]


def quote_of(hold_id: str) -> str:
    """The price that a hold keeps is a quote of its own, which ends with it."""
    return "quo_" + hold_id.partition("_")[2]
