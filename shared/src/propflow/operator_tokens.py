"""INTERNAL_ADMIN_TOKEN: one token, or a JSON object of one for each operator by name. Pure."""

import re

import msgspec

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,31}")


class TokensInvalid(RuntimeError):
    """The secret is neither a token nor a JSON object of them. The text never holds one."""


def named(secret: str) -> dict[str, str]:
    """The tokens by their names; a single one has none. Raises TokensInvalid."""
    if not secret.lstrip().startswith(("{", "[")):
        return {"": secret} if secret else {}
    try:
        tokens = msgspec.json.decode(secret, type=dict[str, str])
    except msgspec.MsgspecError:
        raise TokensInvalid('is no JSON object of tokens by name, such as {"anna": "<token>"}') from None
    if not all(_NAME.fullmatch(name) for name in tokens):
        raise TokensInvalid("has an operator's name that is not 1 to 32 small letters, digits, and _ . - in between")
    return tokens
