"""What a hold can refuse."""

from propflow.errors import Conflict, NotFound


def hold_not_found() -> NotFound:
    return NotFound("hold_not_found", "There is no hold with this id.")


def hold_used() -> Conflict:
    return Conflict("hold_used", "A booking was made with this hold. Cancel the booking instead.")
