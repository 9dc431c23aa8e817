"""What a feed can refuse."""

from propflow.errors import Conflict, NotFound


def feed_not_found() -> NotFound:
    return NotFound("feed_not_found", "There is no feed with this id.")


def feed_paused() -> Conflict:
    return Conflict("feed_paused", "The feed is paused. Set its status to active first.")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The calendar is being read at this moment. Try again.")
