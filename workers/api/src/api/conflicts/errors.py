"""What a conflict can refuse."""

from propflow.errors import Conflict, NotFound, Unprocessable


def conflict_not_found() -> NotFound:
    return NotFound("conflict_not_found", "There is no conflict with this id.")


def resolved_already(resolution: str | None) -> Conflict:
    return Conflict("conflict_resolved", "This conflict has been resolved.", resolution=resolution)


def not_movable(kind: str) -> Conflict:
    what = {"lease": "a lease", "ical": "a stay of another channel"}.get(kind, "a block")
    return Conflict("ours_not_movable", f"On our side is {what}, which cannot give way like that. Change it first.")


def reason_missing() -> Unprocessable:
    return Unprocessable("reason_missing", "Say why our booking is cancelled, or where it goes.", param="reason")


def unit_not_wanted() -> Unprocessable:
    return Unprocessable("unit_not_wanted", "Only keep_theirs moves our booking to another unit.", param="unit_id")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "What has the nights is being changed by others. Try again.")


def event_gone() -> Conflict:
    return Conflict("changed_meanwhile", "The channel says something else now. Read the conflict again.")
