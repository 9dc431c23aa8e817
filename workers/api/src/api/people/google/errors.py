"""What signing in with Google refuses. Each code is also what the browser is sent back with: `/login?error=<code>`."""

from propflow.errors import Conflict, Forbidden, NotFound, Unauthorized, Unavailable


def not_configured() -> NotFound:
    return NotFound("google_not_configured", "Signing in with Google is not set up here.")


def unreachable() -> Unavailable:
    return Unavailable("google_unreachable", "Google did not answer. Try again in a moment.", retry_after=5)


def unknown_sign_in() -> Unauthorized:
    """The state is unknown, spent, too old or of another browser: which of them is nobody's business."""
    return Unauthorized("google_sign_in_unknown", "This sign-in was not begun here, or is over. Begin again.")


def denied() -> Unauthorized:
    return Unauthorized("google_denied", "Google did not let you in.")


def invalid_token(reason: str) -> Unauthorized:
    """`reason` is a word such as `expired`; it says nothing that the token's holder cannot see."""
    return Unauthorized("google_token_invalid", "The id token cannot be accepted. Begin again.", reason=reason)


def email_unverified() -> Forbidden:
    return Forbidden("google_email_unverified", "Google has not verified the e-mail address of this account.")


def other_google_account() -> Conflict:
    return Conflict("google_other_account", "The account with this address signs in with another Google account.")


def no_membership() -> Forbidden:
    return Forbidden("no_membership", "You belong to no organisation any more. Ask for an invitation.")


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "Something changed at the same time. Begin again.")


def link_with_password() -> Conflict:
    """Google has not said that the address is theirs today, so this account is opened by what opened it before."""
    return Conflict(
        "link_with_password",
        "An account has this e-mail address. Log in to it with its password, and link your Google account there.",
    )


def linked_elsewhere() -> Conflict:
    return Conflict("google_linked_elsewhere", "This Google account signs in to another account.")


def already_linked() -> Conflict:
    return Conflict("google_already_linked", "Your account signs in with a Google account already. Unlink that first.")


def not_linked() -> NotFound:
    return NotFound("google_not_linked", "Your account signs in with no Google account.")


def no_other_way_in() -> Conflict:
    return Conflict("no_other_way_in", "Set a password first: without one, Google is your only way to sign in.")
