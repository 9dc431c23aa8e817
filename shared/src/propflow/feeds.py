"""How well a feed is: what the API shows, calsync alerts about and notify writes of. Pure."""

from typing import Literal

from propflow import clock

STALE_AFTER = 12 * clock.HOUR  # without a success: twice the longest pause between two readings
FAILING_AFTER = 4  # failures in a row: about two hours of them

State = Literal["healthy", "degraded", "stale", "failing", "paused"]


def stale_since(last_success_at: int | None, created_at: int, now: int) -> int | None:
    """The instant from which on what is known of a calendar was too old; None as long as it is fresh enough."""
    since = (created_at if last_success_at is None else last_success_at) + STALE_AFTER
    return since if since <= now else None


def state(*, status: str, failures: int, stale: bool, unread: int) -> State:
    """`degraded`: the last reading failed, or something of the calendar could not be read; `failing`: several failed in
    a row; `stale`: none has succeeded for too long."""
    if status == "paused":
        return "paused"
    if stale:
        return "stale"
    if failures >= FAILING_AFTER:
        return "failing"
    return "degraded" if failures or unread else "healthy"
