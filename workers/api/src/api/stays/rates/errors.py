"""What rates can refuse."""

from api.stays.rates.views import Reason
from propflow.errors import Conflict, Forbidden, Unprocessable

LONGEST_LIST = 500  # ranges of a unit


def stay_not_allowed(reasons: list[Reason]) -> Unprocessable:
    """The unit's rules are against the stay; `reasons` says which."""
    return Unprocessable("stay_not_allowed", "The unit's rules do not allow this stay.", reasons=reasons)


def rates_overlap(first: int, second: int, param: str = "rates") -> Unprocessable:
    """Two ranges of a list name the same night."""
    return Unprocessable(
        "rates_overlap", f"The ranges {first} and {second} (counted from 0) overlap.", param=f"{param}.{second}",
        overlap=[first, second],
    )  # fmt: skip


def empty_range(param: str) -> Unprocessable:
    return Unprocessable("invalid_range", "end must be after start.", param=param)


def empty_rate(param: str) -> Unprocessable:
    return Unprocessable("empty_rate", "Say something about the range: a rate, a stay or a closing.", param=param)


def stay_bounds_crossed(param: str) -> Unprocessable:
    return Unprocessable("invalid_stay_bounds", "max_stay must not be less than min_stay.", param=param)


def gap_bound_crossed() -> Unprocessable:
    return Unprocessable(
        "invalid_stay_bounds", "gap_min_stay must not be more than min_stay.", param="gap_min_stay"
    )  # fmt: skip


def too_many_rates() -> Unprocessable:
    return Unprocessable("too_many_rates", f"A unit has at most {LONGEST_LIST} ranges.", param="rates")


def wrong_currency(expected: str, param: str) -> Unprocessable:
    return Unprocessable("wrong_currency", f"The property's currency is {expected}.", param=param)


def people_only() -> Forbidden:
    return Forbidden(
        "people_only", "No API key may ignore a unit's restrictions. Sign in as a person.", param="ignore_restrictions"
    )


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The rates are being changed by others. Try again.")
