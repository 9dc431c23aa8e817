"""What invitations can refuse."""

from propflow.errors import AppError, Conflict, Forbidden, LimitExceeded, NotFound, Unauthorized, Unprocessable


def invitation_not_found() -> NotFound:
    return NotFound("invitation_not_found", "There is no invitation with this id.")


def owners_invite_admins() -> Forbidden:
    return Forbidden("owners_only", "Only an owner may invite an admin.", param="role")


def not_yet_proven() -> Forbidden:
    return Forbidden(
        "not_yet_proven",
        "An owner must verify their e-mail address first, or a plan must be paid for: until then nothing is sent to "
        "other people in the name of this organisation.",
    )


def already_member() -> Conflict:
    return Conflict("already_member", "Whoever has this address is a member already.", param="email")


def invitation_pending(invitation_id: str) -> Conflict:
    return Conflict(
        "invitation_pending", "This address is invited already. Send that invitation again, or revoke it.",
        param="email", invitation_id=invitation_id,
    )  # fmt: skip


def not_pending(status: str) -> Conflict:
    return Conflict("not_pending", f"This invitation is {status}.", status_now=status)


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "This invitation is being changed by others. Read it again.")


def mailed_just_now(retry_after: int) -> LimitExceeded:
    return LimitExceeded("too_many_mails", "This invitation was sent a moment ago.", retry_after=retry_after)


def mailed_enough() -> AppError:
    return LimitExceeded("too_many_mails", "This invitation was sent often enough. Ask them to look for it.")


def invited_enough() -> AppError:
    return LimitExceeded("too_many_mails", "Many invitations were sent today. Go on tomorrow.", retry_after=3600)


def sign_in_to_accept() -> Unauthorized:
    """One answer for a missing or wrong password, and for an account that has none or is disabled."""
    return Unauthorized(
        "sign_in_to_accept",
        "There is an account with the invited address. Sign in to it, or send its password, to accept.",
    )


def required_of_new(param: str) -> Unprocessable:
    return Unprocessable("invalid_request", f"{param}: A new account needs a name and a password.", param=param)
