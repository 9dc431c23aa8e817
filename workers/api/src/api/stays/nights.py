"""Pure rules about a stay, shared by availability, quotes, holds and bookings."""

from datetime import date

from propflow.errors import Unprocessable

LONGEST = 730  # nights


def nights_of(check_in: str, check_out: str) -> int:
    """How many nights `[check_in, check_out)` has. Raises Unprocessable when it is empty, reversed or too long."""
    count = (date.fromisoformat(check_out) - date.fromisoformat(check_in)).days
    if count < 1:
        raise Unprocessable("invalid_stay", "check_out must be after check_in.", param="check_out")
    if count > LONGEST:
        raise Unprocessable("stay_too_long", f"A stay has at most {LONGEST} nights.", param="check_out")
    return count


def check_guests(guests: int, max_guests: int) -> None:
    """Raises Unprocessable when the unit is too small."""
    if guests > max_guests:
        raise Unprocessable("too_many_guests", f"This unit takes at most {max_guests} guests.", param="guests")
