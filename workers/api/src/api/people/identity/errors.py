"""What coming in, and showing that one is there, is refused for."""

from propflow.errors import Forbidden, Unauthorized, Unprocessable


def wrong_credentials() -> Unauthorized:
    """One answer for an unknown address, a wrong password, a person without a password and a disabled one."""
    return Unauthorized("wrong_credentials", "The e-mail address or the password is wrong.")


def password_too_common(param: str) -> Unprocessable:
    return Unprocessable(
        "password_too_common", "This password is one of the first that others would try. Choose another.", param=param
    )


def no_membership() -> Forbidden:
    return Forbidden("no_membership", "You are not a member of this organisation. Ask its owner to invite you.")


def link_invalid() -> Unprocessable:
    """One answer for a link that is unknown, used, expired, replaced or meant for something else."""
    return Unprocessable("link_invalid", "This link was used before or has expired. Ask for a new one.", param="token")


def password_required() -> Unprocessable:
    return Unprocessable("password_required", "Repeat your password.", param="password")


def wrong_password() -> Unprocessable:
    return Unprocessable("wrong_password", "The password is wrong.", param="password")


def sign_in_again() -> Forbidden:
    return Forbidden("sign_in_again", "Sign in again, and do this within ten minutes.")
