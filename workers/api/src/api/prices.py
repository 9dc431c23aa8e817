"""Prices: the nights by the unit's rates and rules, fees and taxes by the billing Worker, one call for any number."""

from collections.abc import Sequence
from datetime import date

from api.context import Context
from api.properties.service import charges
from api.rates.repository import OfferRow
from api.rates.rules import discounts, terms_of, today_at
from propflow.models import Price, PriceRequest, Stay


async def price_stay(ctx: Context, offer: OfferRow, check_in: str, check_out: str, guests: int) -> Price:
    """The price of one stay, its lines adding up to the total."""
    return (await price_stays(ctx, [stay_of(offer, check_in, check_out, guests, ctx.now)]))[0]


async def price_stays(ctx: Context, stays: Sequence[Stay]) -> list[Price]:
    """The prices of many stays, in their order."""
    if not stays:
        return []
    return await ctx.bindings.billing.call("price", PriceRequest(stays=list(stays)), list[Price])


def stay_of(offer: OfferRow, check_in: str, check_out: str, guests: int, now: int) -> Stay:
    """What billing needs to know about a stay in a unit: the nights' amounts, the discounts and the charges."""
    terms, first = terms_of(offer), date.fromisoformat(check_in)
    runs = terms.nights(first, date.fromisoformat(check_out))
    days_before = (first - today_at(offer, now)).days
    return Stay(
        key=offer.id, guests=guests, currency=offer.currency, nights=runs,
        discounts=discounts(terms.rules, runs, days_before), charges=charges(offer.charges),
    )  # fmt: skip
