"""Whose token it is, so that the audit says who it was."""

import hmac

from propflow import log
from propflow.operator_tokens import TokensInvalid, named

OPERATOR = "operator"


def actor_of(secret: str, given: str) -> str | None:
    """Who has this token: `operator`, or `operator:name` where tokens have names; None for nobody.

    Compared with all of them in constant time, so that the answer's time tells nothing of how near a guess was.
    """
    found = None
    for name, token in _named(secret).items():
        if hmac.compare_digest(given.encode(), token.encode()) and token:
            found = f"{OPERATOR}:{name}" if name else OPERATOR
    return found


def _named(secret: str) -> dict[str, str]:
    """A secret that holds no tokens reaches this only on a developer's machine: then nobody is an operator."""
    try:
        return named(secret)
    except TokensInvalid as error:
        log.exception("operators.refused", error)
        return {}
