"""Where a test clock may be moved: pure, instants in milliseconds."""

from api.operations.test_clock.errors import clock_runs_forward, clock_too_far
from propflow.clock import DAY, to_rfc3339

MOST_YEARS = 5
FURTHEST = MOST_YEARS * 366 * DAY  # ahead of the real time


def check_move(to: int, now: int, real_now: int) -> None:
    """Raises Unprocessable when the clock would go back or too far. `now` is what time it is for the space."""
    if to < now:
        raise clock_runs_forward(to_rfc3339(now))
    if to > real_now + FURTHEST:
        raise clock_too_far(MOST_YEARS)
