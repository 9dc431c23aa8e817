"""What links are refused for."""

from propflow.errors import Conflict, LimitExceeded, Unauthorized

HOUR_S = 3600


def sign_in_to_verify() -> Unauthorized:
    return Unauthorized(
        "sign_in_to_verify", "Sign in first, or send the password that you signed up with.", param="password"
    )


def email_verified_elsewhere() -> Conflict:
    return Conflict("email_verified_elsewhere", "Another account has this e-mail address. Log in to that one.")


def already_verified() -> Conflict:
    return Conflict("already_verified", "Your e-mail address is verified already.")


def mailed_enough() -> LimitExceeded:
    return LimitExceeded("too_many_attempts", "We have sent several mails. Look for them first.", retry_after=HOUR_S)
