"""What a lease can refuse."""

from propflow.errors import Conflict, NotFound, Unprocessable


def lease_not_found(param: str | None = None) -> NotFound:
    return NotFound("lease_not_found", "There is no lease with this id.", param=param)


def invalid_transition(status: str, verb: str) -> Conflict:
    return Conflict("invalid_transition", f"A lease that is {status} cannot be changed by {verb}.", status_now=status)


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The lease is being changed by others. Try again.")


def wrong_currency(expected: str, param: str) -> Unprocessable:
    return Unprocessable("wrong_currency", f"The currency here is {expected}.", param=f"{param}.currency")


def invalid_term(detail: str, param: str) -> Unprocessable:
    return Unprocessable("invalid_term", detail, param=param)


def schedule_too_long(most: int) -> Unprocessable:
    return Unprocessable("schedule_too_long", f"Ask for at most {most} periods: later `from`, earlier `until`.",
                         param="until")  # fmt: skip
