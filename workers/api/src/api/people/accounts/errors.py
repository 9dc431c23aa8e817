"""What the care of one's own account refuses."""

from propflow.errors import NotFound, Unprocessable


def wrong_password() -> Unprocessable:
    return Unprocessable("wrong_password", "The current password is wrong.", param="current_password")


def tenant_not_found() -> NotFound:
    return NotFound("tenant_not_found", "There is no organisation with this id.", param="tenant_id")
