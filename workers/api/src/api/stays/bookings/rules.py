"""Decisions about bookings: pure, with time as an argument."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from api.occupancies.repository import OccupancyRow
from api.stays.bookings.errors import (
    guest_is_there,
    hold_expired,
    hold_mismatch,
    invalid_transition,
    keep_price_differs,
    not_within,
    not_yet_arriving,
    not_yet_there,
    stay_is_over,
    too_early,
)
from api.stays.bookings.repository import BookingRow
from api.stays.bookings.views import LinePrice
from propflow.models import PriceLine

Reprice = Literal["changed", "all", "none"]
"""What a change prices: what it changes, the whole stay, or nothing."""

# verb → (statuses it may start from, status it leads to)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "confirm": (frozenset({"pending"}), "confirmed"),
    "cancel": (frozenset({"pending", "confirmed"}), "cancelled"),
    "check_in": (frozenset({"confirmed"}), "checked_in"),
    "check_out": (frozenset({"checked_in"}), "checked_out"),
    "no_show": (frozenset({"confirmed"}), "no_show"),
    "reinstate": (frozenset({"cancelled"}), "confirmed"),
    "undo_check_in": (frozenset({"checked_in"}), "confirmed"),
    "undo_check_out": (frozenset({"checked_out"}), "checked_in"),
}
MOVABLE = frozenset({"pending", "confirmed", "checked_in"})
OWED = frozenset({"confirmed", "checked_in", "checked_out", "no_show"})  # whose price is invoiced
TOLD = frozenset({"confirmed", "checked_in"})  # whose guests know of the booking and are still to come or there


def transition(status: str, verb: str) -> str | None:
    """The status that a verb leads to; None when the booking is there already. Raises Conflict when it may not.

    What a cancelled booking comes back as, `reinstated` says.
    """
    allowed, target = TRANSITIONS[verb]
    if status == target or (verb == "reinstate" and status == "pending"):
        return None
    if status not in allowed:
        raise invalid_transition(status, verb)
    return target


def reinstated(refund: int | None) -> str:
    """As what a cancelled booking comes back: as what it was cancelled as. Only a pending one was given nothing back.

    Nothing was to be paid for it, so it has no refund; any other has one, of nothing perhaps.
    """
    return "pending" if refund is None else "confirmed"


def check_day(verb: str, check_in: str, check_out: str, today: str, days_before: int = 0) -> None:
    """Raises Conflict where the verb does not fit the day that it is at the property.

    A guest is checked in from the day of arrival, or `days_before` it, to the day of departure, and leaves from the day
    of arrival on; until then who did not come may still come.
    """
    match verb:
        case "check_in":
            first = (date.fromisoformat(check_in) - timedelta(days=days_before)).isoformat()
            if today < first:
                raise not_yet_arriving(first)
            if today > check_out:
                raise stay_is_over(check_out)
        case "check_out" if today < check_in:
            raise not_yet_there(check_in)
        case "no_show" if today < check_in:
            raise too_early(check_in)


def kept_until(verb: str, check_in: str, check_out: str, today: str) -> str | None:
    """When the nights end that are still taken after a guest has left or did not come; None when there are none.

    Who leaves gives back tonight; who did not come may still come tonight.
    """
    day = date.fromisoformat(today)
    end = min(check_out, (day + timedelta(days=1)).isoformat() if verb == "no_show" else today)
    return end if end > check_in else None


def check_move(status: str, check_in: str, new_check_in: str) -> None:
    """Whether a booking may get other nights or another unit. Raises Conflict when it may not."""
    if status not in MOVABLE:
        raise invalid_transition(status, "move")
    if status == "checked_in" and new_check_in != check_in:
        raise guest_is_there()


def check_within(start: str, check_in: str, check_out: str) -> None:
    """Raises Unprocessable where a change of unit does not lie in the stay. It may begin with it."""
    if not check_in <= start < check_out:
        raise not_within(check_in, check_out)


def reprice_of(reprice: Reprice | None, keep_price: bool | None) -> Reprice:
    """What is to be priced, in whichever word it was said; None is one that was not said.

    Before there was `reprice`, a price was kept or made anew as a whole. Raises Unprocessable where words contradict.
    """
    if keep_price is None:
        return reprice or "changed"
    if reprice is not None and keep_price != (reprice == "none"):
        raise keep_price_differs(reprice)
    return reprice or ("none" if keep_price else "all")


def owes_else(before: BookingRow, after: BookingRow) -> bool:
    """Whether the price of a booking is another, or says something else."""
    return (before.total_amount, before.currency, before.lines) != (after.total_amount, after.currency, after.lines)


def compared(before: Sequence[PriceLine], after: Sequence[PriceLine]) -> list[LinePrice]:
    """Two prices, line by line; the differences add up to that of the totals."""
    was, now = _amounts(before), _amounts(after)
    return [
        LinePrice(kind=kind, name=name, before=was.get((kind, name), 0), after=now.get((kind, name), 0),
                  difference=now.get((kind, name), 0) - was.get((kind, name), 0))
        for kind, name in now | was
    ]  # fmt: skip


def _amounts(lines: Sequence[PriceLine]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for line in lines:
        key = line.kind, "Nights" if line.kind == "night" else line.name
        found[key] = found.get(key, 0) + line.amount
    return found


def check_hold(hold: OccupancyRow, unit_id: str, check_in: str, check_out: str, now: int) -> None:
    """Whether the hold still keeps exactly these nights of this unit."""
    if (hold.unit_id, hold.start_date, hold.end_date) != (unit_id, check_in, check_out):
        raise hold_mismatch()
    if not hold.live or hold.expires_at is None or hold.expires_at <= now:
        raise hold_expired()
