"""What the care of members can refuse."""

from propflow.errors import Conflict, Forbidden, NotFound, Unauthorized, Unprocessable
from propflow.ids import is_id


def member_not_found(param: str | None = None) -> NotFound:
    return NotFound("member_not_found", "There is no member with this id.", param=param)


def owners_only(what: str) -> Forbidden:
    return Forbidden("owners_only", f"Only an owner may {what}.")


def own_role() -> Forbidden:
    return Forbidden("own_role", "You cannot change your own role. Ask an owner.", param="role")


def last_owner() -> Conflict:
    return Conflict("last_owner", "An organisation is never without an owner. Make somebody else an owner first.")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "Your membership or theirs was changed meanwhile. Read it again.")


def allowed_no_more() -> Unauthorized:
    return Unauthorized("session_ended", "Your session has ended or your role has changed. Log in again.")


def not_restrictable(role: str) -> Unprocessable:
    return Unprocessable(
        "not_restrictable",
        f"A member with the role {role} sees all properties: send property_ids null, or another role.",
        param="property_ids",
    )


def unknown_property(property_id: str) -> Unprocessable:
    """What is no id may be anything that somebody pasted: it is not shown again."""
    shown = property_id if is_id(property_id, "prop") else None
    return Unprocessable(
        "unknown_property", "There is no property with this id.", param="property_ids", property_id=shown,
    )  # fmt: skip
