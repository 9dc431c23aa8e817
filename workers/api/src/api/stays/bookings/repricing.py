"""What a change of a booking does to its price: only what changed is priced, or all of it, or nothing."""

from collections.abc import Sequence

import msgspec

from api.core.context import Context
from api.inventory.properties.service import charges
from api.stays import sales
from api.stays.bookings import parts
from api.stays.bookings.errors import currency_differs
from api.stays.bookings.offered import Offered, sold_today
from api.stays.bookings.repository import BookingRow
from api.stays.bookings.rules import Reprice, owes_else
from api.stays.prices import Priced, price_sale
from api.stays.rates.repository import OfferRow
from api.stays.sales import Extent, Sale, days_of
from api.stays.sales_from_lines import from_lines
from propflow.json_text import json_text
from propflow.models import PriceLine


def repriced(
    ctx: Context, found: Sequence[Offered], before: BookingRow, after: BookingRow, reprice: Reprice
) -> BookingRow:
    """`after` with its price. `found` are its units on its nights.

    Raises Unprocessable when amounts of two currencies would be added: those of nights, or a price and its refund.
    """
    offer = found[0].offer
    sold = _sold(before, offer)
    if reprice == "none":
        kept = sales.kept(sold, _extent(before), _extent(after))
        return msgspec.structs.replace(after, sale=json_text(kept))
    fresh = sold_today(ctx, found, after.guests)
    elsewhere = _elsewhere(before, after)
    sale = fresh if reprice == "all" else _changed(sold, before, after, fresh, elsewhere)
    new = bool(elsewhere) or sales.new_nights(sold, sale)
    mixed = new if sale is not fresh else before.refund_amount is not None
    if mixed and before.currency != offer.currency:
        raise currency_differs(before.currency, offer.currency)
    return _with(after, price_sale(sale, offer.currency if sale is fresh else before.currency))


def _changed(sold: Sale, before: BookingRow, after: BookingRow, fresh: Sale, elsewhere: frozenset[str]) -> Sale:
    """A night is one of a unit: where no unit stays, no night is left that was sold.

    Where a price came without taxes and fees because it includes them, what is sold beside it includes them, too.
    """
    if not _units(before) & _units(after):
        return fresh
    beside = sales.all_included(fresh) if before.reference is not None and not sold.charges else fresh
    found = sales.changed(sold, _extent(before), _extent(after), beside, elsewhere)
    return fresh if found is beside else found


def _units(row: BookingRow) -> set[str]:
    return {one.unit_id for one in parts.parts_of(row)}


def _elsewhere(before: BookingRow, after: BookingRow) -> frozenset[str]:
    """The nights that are in another unit than before."""
    ranges = parts.elsewhere(parts.parts_of(before), parts.parts_of(after))
    return frozenset(day for start, end in ranges for day in days_of(start, end))


def _sold(row: BookingRow, offer: OfferRow) -> Sale:
    if row.sale is not None:
        return msgspec.json.decode(row.sale, type=Sale)
    lines = msgspec.json.decode(row.lines, type=list[PriceLine])
    return from_lines(lines, _extent(row), charges(offer.charges))


def _extent(row: BookingRow) -> Extent:
    return Extent(check_in=row.check_in, check_out=row.check_out, guests=row.guests)


def _with(row: BookingRow, price: Priced) -> BookingRow:
    """The row with another price, which is not that of its quote any more. What a cancelled booking keeps stays."""
    refund = row.refund_amount
    if refund is not None:
        refund = max(0, refund + price.total.amount - row.total_amount)
    after = msgspec.structs.replace(
        row, total_amount=price.total.amount, currency=price.total.currency, lines=price.lines, sale=price.sale,
        refund_amount=refund,
    )  # fmt: skip
    return msgspec.structs.replace(after, quote_id=None) if owes_else(row, after) else after
