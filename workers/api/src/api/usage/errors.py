"""What can be wrong with a question about usage."""

from propflow.errors import Unprocessable


def invalid_range(longest: int) -> Unprocessable:
    detail = f"Choose an end after the start, at most {longest} days later."
    return Unprocessable("invalid_range", detail, param="end")
