"""What operators can be refused."""

from propflow.errors import Conflict, NotFound, Unprocessable


def dead_letter_not_found() -> NotFound:
    return NotFound("dead_letter_not_found", "There is no dead letter with this id.")


def not_replayable() -> Conflict:
    return Conflict("not_replayable", "This message names no outbox row, so there is nothing to do again.")


def replayed_before() -> Conflict:
    return Conflict("replayed_before", "This dead letter was replayed before. If it failed again it has a new id.")


def user_not_found() -> NotFound:
    return NotFound("user_not_found", "There is nobody with this id.")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "Somebody else disabled or enabled an owner at the same time. Send it again.")


def tenant_not_found() -> NotFound:
    return NotFound("tenant_not_found", "There is no tenant with this id.")


def test_space_follows() -> Unprocessable:
    return Unprocessable("test_space", "A test space is suspended and resumed with its live tenant. Name that one.")


def no_owner() -> Conflict:
    return Conflict("no_owner", "No owner of this tenant can sign in, so nobody answers for it. Enable one of them.")


def alert_not_found() -> NotFound:
    return NotFound("alert_not_found", "There is no alert of this kind with this subject.")
