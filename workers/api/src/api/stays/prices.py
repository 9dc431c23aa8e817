"""Prices: the nights by the unit's rates and rules, fees and taxes by the rules that all Workers share."""

from collections.abc import Sequence
from datetime import date

import msgspec

from api.inventory.properties.service import charges
from api.stays import sales
from api.stays.rates.repository import OfferRow
from api.stays.rates.rules import earned, terms_of, today_at
from api.stays.sales import Run, Sale
from propflow.json_text import json_text
from propflow.models import Stay
from propflow.money import Money
from propflow.prices import price


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """A price as it is stored: `lines` and `sale`, what it is the price of, are JSON. Old rows have no sale."""

    total: Money
    lines: str
    sale: str | None


def price_stay(offer: OfferRow, check_in: str, check_out: str, guests: int, now: int) -> Priced:
    """The price of one stay today, its lines adding up to the total."""
    return price_sale(sale_of(offer, check_in, check_out, guests, now), offer.currency)


def price_sale(sale: Sale, currency: str) -> Priced:
    """The price of one sale."""
    made = price(sales.stay_of(sale, currency))
    return Priced(total=made.total, lines=json_text(made.lines), sale=json_text(sale))


def stay_of(offer: OfferRow, check_in: str, check_out: str, guests: int, now: int) -> Stay:
    """What there is to price of a stay in a unit: the nights' amounts, the discounts and the charges."""
    return sales.stay_of(sale_of(offer, check_in, check_out, guests, now), offer.currency)


def sale_of(offer: OfferRow, check_in: str, check_out: str, guests: int, now: int) -> Sale:
    """The stay as it is sold today."""
    return sale_of_parts([(offer, check_in, check_out)], guests, now)


def sale_of_parts(parts: Sequence[tuple[OfferRow, str, str]], guests: int, now: int) -> Sale:
    """The same for a stay that changes its unit: one after the other, in units of one property.

    Each unit's rules say what is earned by the length of the whole stay, and by the days until it begins.
    """
    first, last = date.fromisoformat(parts[0][1]), date.fromisoformat(parts[-1][2])
    runs: list[Run] = []
    for offer, start, end in parts:
        terms = terms_of(offer)
        off = earned(terms.rules, (last - first).days, (first - today_at(offer, now)).days)
        nights = terms.nights(date.fromisoformat(start), date.fromisoformat(end))
        runs += sales.runs_of(nights, start, off)
    return Sale(runs=sales.joined(runs), guests=guests, charges=charges(parts[0][0].charges))
