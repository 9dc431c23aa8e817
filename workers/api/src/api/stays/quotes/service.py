"""Quotes: a price with its lines, kept for a while."""

import msgspec

from api.core.commit import commit
from api.core.context import Context
from api.edge.answers import Answer, answer, instant
from api.stays.nights import check_guests, nights_of
from api.stays.prices import price_stay
from api.stays.quotes import repository
from api.stays.quotes.repository import QuoteRow
from api.stays.quotes.views import Quote
from api.stays.rates import offers
from propflow import ids
from propflow.clock import HOUR
from propflow.models import PriceLine
from propflow.money import Money

KEPT = 24 * HOUR


async def create(ctx: Context, *, unit_id: str, check_in: str, check_out: str, guests: int) -> Answer:
    """Price a stay and keep the price for a day. It takes no nights."""
    nights_of(check_in, check_out)
    unit = await offers.load(ctx, unit_id, check_in, check_out)
    check_guests(guests, unit.max_guests)
    offers.check(ctx, unit, check_in, check_out)
    price = price_stay(unit, check_in, check_out, guests, ctx.now)
    row = QuoteRow(
        id=ids.new_id("quo", ctx.real_now), unit_id=unit.id, check_in=check_in, check_out=check_out, guests=guests,
        total_amount=price.total.amount, currency=price.total.currency,
        lines=price.lines, sale=price.sale, expires_at=ctx.now + KEPT,
    )  # fmt: skip
    return await commit(ctx, answer(201, view(row)), [repository.insert(ctx.tenant_id, row, ctx.now)])


def view(row: QuoteRow) -> Quote:
    """A row as the API shows it."""
    return Quote(
        id=row.id, unit_id=row.unit_id, check_in=row.check_in, check_out=row.check_out, guests=row.guests,
        total=Money(amount=row.total_amount, currency=row.currency),
        lines=msgspec.json.decode(row.lines, type=list[PriceLine]), expires_at=instant(row.expires_at),
    )  # fmt: skip
