"""What an entry of a feed can refuse."""

from propflow.errors import Conflict, NotFound


def run_not_found() -> NotFound:
    return NotFound("feed_run_not_found", "There is no run with this id.")


def event_not_found() -> NotFound:
    return NotFound("feed_event_not_found", "There is no entry with this id.")


def decision_not_found() -> NotFound:
    return NotFound("decision_not_found", "There is no decision with this id.")


def invalid_verb(state: str, verb: str) -> Conflict:
    return Conflict("invalid_transition", f"An entry that is {state} cannot be changed by {verb}.", status_now=state)


def not_reversible(change: str) -> Conflict:
    return Conflict("not_reversible", f"A decision that is {change} cannot be taken back here.", change=change)


def decided_since() -> Conflict:
    return Conflict("decided_since", "Something else has been decided about this entry since. Look at it again.")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The entry is being changed by others. Try again.")
