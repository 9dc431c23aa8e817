"""What the organisation can refuse."""

from propflow.errors import Conflict, Unprocessable


def transfer_to_oneself() -> Unprocessable:
    return Unprocessable("transfer_to_oneself", "Name another member.", param="user_id")


def already_owner() -> Conflict:
    return Conflict("already_owner", "This member is an owner already.", param="user_id")


def member_disabled() -> Conflict:
    return Conflict("member_disabled", "This member's account is disabled.", param="user_id")


def owners_changed() -> Conflict:
    return Conflict("changed_meanwhile", "Your membership or theirs was changed meanwhile. Read them again.")
