"""What sessions refuse."""

from propflow.errors import NotFound


def session_not_found() -> NotFound:
    return NotFound("session_not_found", "There is no session with this id.")
