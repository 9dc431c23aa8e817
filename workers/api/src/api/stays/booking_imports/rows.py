"""The booking that a line says: its cells as a body of the API, and the row that this makes."""

from typing import Any

import msgspec

from api.core.context import Context
from api.inventory.imports.amounts import decimal_signs
from api.inventory.imports.columns import fields_of, money, named, paragraphs, status, text, whole
from api.inventory.imports.dates import Order, iso_date, orders
from api.inventory.imports.rules import KEY, Line
from api.inventory.units.repository import NamedUnit
from api.stays.booking_imports import claims
from api.stays.booking_imports.errors import ambiguous_date, invalid_total, wrong_currency
from api.stays.booking_imports.places import PLACE
from api.stays.bookings.repository import BookingRow
from api.stays.bookings.rules import OWED
from api.stays.bookings.service import new_row
from api.stays.nights import nights_of
from api.stays.prices import Priced
from api.stays.sales import Extent, of_nights
from api.stays.sales_from_lines import evenly
from propflow.json_text import json_text
from propflow.models import night_line
from propflow.money import Money

TOTAL, CURRENCY, DATES = "total", "currency", ("check_in", "check_out")
COLUMNS = {
    "reference": text, "unit_reference": text, "unit_id": text, "property_reference": text, "property_id": text,
    "status": status, "check_in": text, "check_out": text, "guests": whole, "guest.name": text, "guest.email": text,
    "guest.phone": text, TOTAL: text, CURRENCY: text, "source": text, "notes": paragraphs, "cancellation_policy": named,
}  # fmt: skip


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How the file writes: what stands before decimals, and whether days or months come first."""

    signs: frozenset[str]
    orders: frozenset[Order]


def habits_of(lines: list[Line]) -> Habits:
    """What its cells that can be read in one way only say of the others."""
    dates = [line.cells[column] for line in lines for column in DATES if column in line.cells]
    totals = [line.cells[TOTAL] for line in lines if TOTAL in line.cells]
    return Habits(signs=decimal_signs(totals), orders=orders(dates))


def fields_in(line: Line, unit: NamedUnit, habits: Habits) -> dict[str, Any]:
    """The line as a body. Which unit it is was looked up, and amounts are in the currency of its property."""
    if line.cells.get(CURRENCY, unit.currency).upper() != unit.currency:
        raise wrong_currency(unit.currency)
    said = {column: cell for column, cell in line.cells.items() if column not in PLACE and column != CURRENCY}
    fields = {"guest": {}} | fields_of(said, COLUMNS)
    for column in (name for name in DATES if name in fields):
        fields[column] = _date(column, fields[column], habits)
    if TOTAL in fields:
        fields[TOTAL] = money(fields[TOTAL], unit.currency, habits.signs, invalid_total)
    return fields


def _date(column: str, cell: str, habits: Habits) -> str:
    day = iso_date(cell, habits.orders)
    if day is None:
        raise ambiguous_date(column)
    return day


def row_of(ctx: Context, unit: NamedUnit, fields: dict[str, Any]) -> BookingRow:
    """The booking as the other system sold it. What a stay is owed for was invoiced there."""
    count = nights_of(fields["check_in"], fields["check_out"])
    row = new_row(ctx, fields | {"quote_id": None}, unit, price(fields, count))
    elsewhere = json_text(fields[TOTAL]) if row.status in OWED else None
    return msgspec.structs.replace(
        row, reference=fields[KEY], invoiced_elsewhere=elsewhere, imported_nights=claims.stored(row)
    )


def price(fields: dict[str, Any], count: int) -> Priced:
    """What the file says of so many nights, all included and the same for each night: there is no more to know of it.

    The lines are those that billing gives such a sale, so that a change that adds nothing changes no line.
    """
    extent = Extent(check_in=fields["check_in"], check_out=fields["check_out"], guests=fields["guests"])
    nights = evenly(fields[TOTAL]["amount"], count)
    lines = [night_line(count, amount) for count, amount in nights if amount]
    lines_json, sale = (json_text(one) for one in (lines, of_nights(nights, extent, (), [])))
    return Priced(total=Money(**fields[TOTAL]), lines=lines_json, sale=sale)
