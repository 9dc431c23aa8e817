"""What a feed can refuse."""

from propflow.errors import Conflict, LimitExceeded, NotFound

MOST = 10  # that are connected to one unit


def feed_not_found() -> NotFound:
    return NotFound("feed_not_found", "There is no feed with this id.")


def feed_paused() -> Conflict:
    return Conflict("feed_paused", "The feed is paused. Set its status to active first.")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The calendar is being read at this moment. Try again.")


def too_many() -> Conflict:
    return Conflict("too_many_feeds", f"A unit has at most {MOST} feeds. Delete one of them first.", param="unit_id")


def refused_for_now(refused: LimitExceeded) -> LimitExceeded:
    """A run that was asked for and waits until its host may be asked for the tenant again."""
    detail = f"{refused.detail} The run that was asked for is carried out by itself when it may be."
    return LimitExceeded(refused.code, detail, retry_after=refused.retry_after)
