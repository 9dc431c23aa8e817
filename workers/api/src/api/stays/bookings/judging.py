"""What stands against a booking's new place: units that are not let, and rules, as far as they are asked."""

from collections.abc import Sequence

from api.core.context import Context
from api.stays.bookings import offered, parts
from api.stays.bookings.offered import Offered
from api.stays.bookings.repository import BookingRow
from api.stays.rates import offers
from api.stays.rates.views import Reason


def judged(ctx: Context, row: BookingRow, found: Sequence[Offered], *, ignore: bool) -> list[str]:
    """The codes of the restrictions that somebody of the staff chose to ignore.

    Raises Conflict where nights of a unit that is not let are taken, and Unprocessable with the reasons when there are
    some and nobody did.
    """
    return offers.allowed(against(ctx, row, found, ignore=ignore), ignore=ignore)


def against(ctx: Context, row: BookingRow, found: Sequence[Offered], *, ignore: bool) -> list[Reason]:
    """What the rules have against the move. Raises Conflict where it takes nights of a unit that is not let."""
    offers.check_may(ctx, ignore=ignore)
    new = taking(row, found)
    if row.status == "checked_in" and len(found) == 1:
        return offered.unprepared(ctx, new)
    for one in new:
        offers.check_let(one.offer)
    of_stay = offered.reasons(ctx, found) if _asks_anew(row, found) else []
    return [*of_stay, *offered.unprepared(ctx, new)]


def _asks_anew(row: BookingRow, found: Sequence[Offered]) -> bool:
    """Whether the rules of stays are asked: of who is to come, and not of who keeps the dates in several units."""
    same = (row.check_in, row.check_out) == (found[0].part.start, found[-1].part.end)
    return row.status != "checked_in" and not (same and len(found) > 1)


def taking(row: BookingRow, found: Sequence[Offered]) -> list[Offered]:
    """Those parts that take nights. Who only gives some up stays where they were let in, whatever was said since."""
    new = parts.taking(parts.parts_of(row), [one.part for one in found])
    return [one for one in found if one.part in new]


def new_to(row: BookingRow, found: Sequence[Offered]) -> list[Offered]:
    """Those in units that the booking has not had: those it has were let to as many, here or where it was sold."""
    had = {one.unit_id for one in parts.parts_of(row)}
    return [one for one in found if one.part.unit_id not in had]
