"""What the management of API keys refuses."""

import re
from collections.abc import Sequence

from propflow.errors import Conflict, Forbidden, NotFound, Unprocessable

_SCOPE = re.compile(r"[a-z_*:]{1,40}")  # keys, addresses and numbers have other characters


def key_not_found() -> NotFound:
    return NotFound("api_key_not_found", "There is no API key with this id.")


def unknown_scope(scope: str, known: Sequence[str]) -> Unprocessable:
    """What does not look like a scope may be anything that somebody pasted: it is not shown again."""
    shown = scope if _SCOPE.fullmatch(scope) else "of this kind"
    return Unprocessable(
        "unknown_scope", f"There is no scope {shown}. Use names of `known`, `*`, `*:read` or `bookings:*`.",
        param="scopes", known=list(known),
    )  # fmt: skip


def scope_beyond_role(scope: str, role: str) -> Forbidden:
    return Forbidden(
        "scope_beyond_role", f"Your role ({role}) does not have {scope}, so you cannot give it to a key.",
        param="scopes",
    )  # fmt: skip


def already_over() -> Unprocessable:
    return Unprocessable("expires_in_the_past", "A key must end in the future.", param="expires_at")


def too_many_keys(most: int) -> Conflict:
    return Conflict("too_many_api_keys", f"There are {most} live API keys. Revoke one that is not used any more.")


def key_ended() -> Conflict:
    return Conflict("api_key_ended", "This API key has ended or was revoked. Make a new one.")


def rotated_before() -> Conflict:
    return Conflict("api_key_rotated", "This API key was rotated before. Rotate its successor, or revoke that first.")
