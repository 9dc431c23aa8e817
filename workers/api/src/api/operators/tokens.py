"""INTERNAL_ADMIN_TOKEN: one token, or one for each operator by name, so that the audit says who it was."""

import hmac
import re

import msgspec

OPERATOR = "operator"
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,31}")


class TokensInvalid(RuntimeError):
    """The secret is neither a token nor a JSON object of them. The text never holds one."""


def actor_of(secret: str, given: str) -> str | None:
    """Who has this token: `operator`, or `operator:name` where tokens have names; None for nobody.

    Compared with all of them in constant time, so that the answer's time tells nothing of how near a guess was.
    """
    found = None
    for name, token in named(secret).items():
        if hmac.compare_digest(given.encode(), token.encode()) and token:
            found = f"{OPERATOR}:{name}" if name else OPERATOR
    return found


def named(secret: str) -> dict[str, str]:
    """The tokens by their names; a single one has none. Raises TokensInvalid."""
    if not secret.lstrip().startswith("{"):
        return {"": secret} if secret else {}
    try:
        tokens = msgspec.json.decode(secret, type=dict[str, str])
    except msgspec.MsgspecError:
        raise TokensInvalid('operators\' tokens are JSON: {"anna": "<token>", "ben": "<token>"}') from None
    if not all(_NAME.fullmatch(name) for name in tokens):
        raise TokensInvalid("an operator's name has 1 to 32 small letters, digits, and _ . - in between")
    return tokens
