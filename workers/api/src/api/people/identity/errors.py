"""What sign-up, log-in and the care of one's own account refuse."""

from propflow.errors import Forbidden, NotFound, Unauthorized, Unprocessable


def wrong_credentials() -> Unauthorized:
    """One answer for an unknown address, a wrong password, a person without a password and a disabled one."""
    return Unauthorized("wrong_credentials", "The e-mail address or the password is wrong.")


def wrong_password() -> Unprocessable:
    return Unprocessable("wrong_password", "The current password is wrong.", param="current_password")


def password_too_common(param: str) -> Unprocessable:
    return Unprocessable(
        "password_too_common", "This password is one of the first that others would try. Choose another.", param=param
    )


def no_membership() -> Forbidden:
    return Forbidden("no_membership", "You are not a member of this organisation. Ask its owner to invite you.")


def tenant_not_found() -> NotFound:
    return NotFound("tenant_not_found", "There is no organisation with this id.", param="tenant_id")
