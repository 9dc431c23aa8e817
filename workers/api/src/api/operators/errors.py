"""What operators can be refused."""

from propflow.errors import Conflict, NotFound


def dead_letter_not_found() -> NotFound:
    return NotFound("dead_letter_not_found", "There is no dead letter with this id.")


def not_replayable() -> Conflict:
    return Conflict("not_replayable", "This message names no outbox row, so there is nothing to do again.")


def replayed_before() -> Conflict:
    return Conflict("replayed_before", "This dead letter was replayed before. If it failed again it has a new id.")


def user_not_found() -> NotFound:
    return NotFound("user_not_found", "There is nobody with this id.")
