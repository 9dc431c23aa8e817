"""What an export can refuse."""

from propflow.errors import Conflict, NotFound


def export_not_found() -> NotFound:
    return NotFound("export_not_found", "This unit has no export with this id.")


def rotated_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "Somebody else changed this export at the same moment. Read it again.")
