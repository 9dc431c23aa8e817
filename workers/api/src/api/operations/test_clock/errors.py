"""What a test clock can refuse."""

from propflow.errors import Conflict, Forbidden, Unprocessable


def test_space_only() -> Forbidden:
    return Forbidden("test_space_only", "Only a test space has a clock. Use a test key (pf_test_…).")


def clock_runs_forward(now: str) -> Unprocessable:
    return Unprocessable("clock_runs_forward", f"For this space it is {now} already.", param="frozen_time")


def clock_too_far(years: int) -> Unprocessable:
    return Unprocessable("clock_too_far", f"The clock goes at most {years} years ahead.", param="frozen_time")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The clock was moved meanwhile. Read it again.")
