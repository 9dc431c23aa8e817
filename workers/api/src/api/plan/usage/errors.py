"""What can be wrong with a question about usage."""

from propflow.errors import Forbidden, Unprocessable


def invalid_range(longest: int) -> Unprocessable:
    detail = f"Choose an end after the start, at most {longest} days later."
    return Unprocessable("invalid_range", detail, param="end")


def counted_for_all() -> Forbidden:
    detail = "Usage is counted for all properties together, and your membership is restricted to some of them."
    return Forbidden("restricted_to_properties", detail)
