"""What a calendar can refuse."""

from propflow.errors import Unprocessable

LONGEST = 366  # nights


def invalid_range() -> Unprocessable:
    return Unprocessable("invalid_range", "end must be after start.", param="end")


def range_too_long() -> Unprocessable:
    return Unprocessable("range_too_long", f"A calendar shows at most {LONGEST} nights.", param="end")
