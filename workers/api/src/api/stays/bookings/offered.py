"""The units of a booking with all that decides on its nights: its price, and what stands against them."""

from collections.abc import Sequence

import msgspec

from api.core.context import Context
from api.inventory.units.errors import unit_not_found
from api.stays.bookings.errors import other_property
from api.stays.bookings.parts import Part, parts_of
from api.stays.bookings.repository import BookingRow
from api.stays.nights import check_guests
from api.stays.prices import sale_of_parts
from api.stays.rates import offers
from api.stays.rates.repository import OfferRow
from api.stays.rates.views import Reason
from api.stays.sales import Sale
from propflow.bindings.d1 import Statement
from propflow.errors import Unprocessable

COMING = frozenset({"min_stay", "max_stay", "closed_to_arrival", "advance_notice"})
GOING = frozenset({"closed_to_departure", "booking_window"})


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a stay and its unit on its nights; `own` are the occupancies of the whole stay."""

    part: Part
    offer: OfferRow
    own: Sequence[str]


async def load(ctx: Context, row: BookingRow, before: BookingRow | None = None) -> list[Offered]:
    """Every part of the booking with its unit; `before` is the booking as it still is.

    Raises NotFound, also outside of what the caller sees, and Unprocessable where the parts are of several properties.
    """
    parts = parts_of(row)
    own = [one.occupancy_id for one in [*parts, *(parts_of(before) if before else [])]]
    asked = [offers.ask(ctx, one.unit_id, one.start, one.end, own=own) for one in parts]
    found: list[Offered] = []
    for part, result in zip(parts, await ctx.bindings.core.batch(asked), strict=True):
        offer = result.one(OfferRow)
        if offer is None:
            raise unit_not_found("unit_id")
        found.append(Offered(part=part, offer=offer, own=own))
    if len({one.offer.property_id for one in found}) > 1:
        raise other_property()
    return found


def check_room(guests: int, found: Sequence[Offered]) -> None:
    """Raises Unprocessable when one of the units is too small."""
    check_guests(guests, min((one.offer.max_guests for one in found), default=guests))


def sold_today(ctx: Context, found: Sequence[Offered], guests: int) -> Sale:
    """The whole stay as it would be sold now."""
    return sale_of_parts([(one.offer, one.part.start, one.part.end) for one in found], guests, ctx.now)


def reasons(ctx: Context, found: Sequence[Offered]) -> list[Reason]:
    """What the rules about coming, going and the length have against the whole stay.

    The unit in which it begins is asked about coming and the length, and the one in which it ends about going.
    """
    whole = found[0].part.start, found[-1].part.end
    first, last = (offers.reasons(ctx, one.offer, *whole) for one in (found[0], found[-1]))
    return [*(one for one in first if one.code in COMING), *(one for one in last if one.code in GOING)]


def unprepared(ctx: Context, found: Sequence[Offered]) -> list[Reason]:
    """Whose days of preparation the parts would take: each unit must be prepared between two guests."""
    against = [one for unit in found for one in offers.reasons(ctx, unit.offer, unit.part.start, unit.part.end)]
    return [one for one in against if one.code == "prep"]


def keep_apart(ctx: Context, found: Sequence[Offered]) -> list[Statement]:
    """What follows the taking of these nights where units must be prepared; it fails as `guard_failed`."""
    return [
        statement
        for one in found
        for statement in offers.keep_apart(ctx, one.offer, one.own, one.part.start, one.part.end)
    ]


def too_close(found: Sequence[Offered]) -> Unprocessable:
    """The refusal for what `keep_apart` found."""
    return offers.too_close(max((one.offer for one in found), key=lambda offer: offer.terms().preparation_days))
