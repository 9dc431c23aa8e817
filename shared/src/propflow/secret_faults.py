"""What is wrong with a secret outside a developer's machine. Pure; no text here ever holds a value.

A developer's machine uses values that everybody can read in the manifest, and each of them says so: it begins with
`local-` or is a key that does.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from propflow.operator_tokens import TokensInvalid, named

LEAST = 32  # characters of a token that we choose, bytes of a key
LEAST_DIFFERENT = 8  # of its characters: 32 hexadecimal digits by chance have 14
OPERATORS = "INTERNAL_ADMIN_TOKEN"
OURS = frozenset({OPERATORS, "JWT_SIGNING_KEY", "SESSION_ENC_KEY"})  # others are chosen by providers
PUBLIC = b"local-"


def faults(values: Mapping[str, str]) -> dict[str, str]:
    """Why values must not be used, by the names of their variables."""
    found = {name: fault(name, value) for name, value in values.items()}
    return {name: why for name, why in found.items() if why is not None}


def fault(name: str, value: str) -> str | None:
    """Why this value must not be used, or None. An empty one is a feature that is off."""
    secrets = [*_parts(value)]
    if any(one.startswith(PUBLIC) for one in [value.encode(), *secrets]):
        return "is one of a developer's machine, which everybody can read"
    if name in OURS and value and any(_is_weak(one) for one in secrets or [value.encode()]):
        return f"is too weak: it needs {LEAST} random characters or bytes, such as `openssl rand -base64 32` makes"
    return _misshapen(value) if name == OPERATORS else None


def _misshapen(value: str) -> str | None:
    try:
        named(value)
    except TokensInvalid as error:
        return str(error)
    return None


def _is_weak(secret: bytes) -> bool:
    return len(secret) < LEAST or len(set(secret)) < LEAST_DIFFERENT


def _parts(value: str) -> Iterator[bytes]:
    """The keys of a keyring as bytes, the tokens of an object or a list; nothing of a text that is neither."""
    try:
        document = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return
    if isinstance(document, list):
        document = dict(enumerate(document))
    if not isinstance(document, dict):
        return
    keys: Any = document.get("keys")
    if isinstance(keys, dict):
        yield from (_decoded(str(key)) for key in keys.values())
    else:
        yield from (str(token).encode() for token in document.values())


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return b""  # no key at all
