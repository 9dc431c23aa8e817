"""What a push target can refuse."""

from propflow.errors import Conflict, Forbidden, NotFound, Unprocessable

MOST = 10  # of one unit


def target_not_found() -> NotFound:
    return NotFound("push_target_not_found", "There is no push target with this id.")


def too_many() -> Conflict:
    return Conflict("too_many_push_targets", f"A unit has at most {MOST} push targets.", param="unit_id")


def not_in_test_space() -> Forbidden:
    return Forbidden("live_only", "A test space sends nothing outside, so it has no push targets.")


def credentials_required() -> Unprocessable:
    return Unprocessable(
        "credentials_required", "Another address needs the user name and the password there.", param="password"
    )


def not_for_webhooks() -> Unprocessable:
    return Unprocessable("not_for_webhooks", "A webhook has no user name and no password.", param="username")


def no_secret() -> Conflict:
    return Conflict("no_secret", "Only a webhook has a signing secret.")
