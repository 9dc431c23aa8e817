"""Prefixed, sortable, unguessable identifiers: `bkg_` and a lower-case ULID (https://github.com/ulid/spec).

48 bits of time make them sort by creation; 80 random bits make them unguessable.
"""

import re
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
GROUPS = 32 * 32
_SHAPE = re.compile(r"^[a-z]{2,5}_[0-9a-hjkmnp-tv-z]{26}$")


def _base32(value: int, length: int) -> str:
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


def new_id(prefix: str, now: int) -> str:
    """A new id. `now` is the instant in milliseconds; never call at import time (no entropy there)."""
    return f"{prefix}_{_base32(now, 10)}{_base32(secrets.randbits(80), 16)}"


def first_id(prefix: str, instant: int) -> str:
    """The smallest id that can be made at an instant: what was made before it sorts before it."""
    return f"{prefix}_{_base32(instant, 10)}{'0' * 16}"


def ending(number: int) -> str:
    """The last two characters of an id, which are random: they part any ids into 1,024 groups of about one size."""
    return _base32(number % GROUPS, 2)


def is_id(value: str, prefix: str) -> bool:
    """Whether `value` could be an id with this prefix. Cheap: use it before asking the database."""
    return value.startswith(f"{prefix}_") and bool(_SHAPE.match(value))


def new_token() -> str:
    """256 random bits, URL-safe. Shown once; only its SHA-256 is stored."""
    return secrets.token_urlsafe(32)
