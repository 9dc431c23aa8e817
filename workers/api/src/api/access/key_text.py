"""What an API key looks like: `pf_live_` or `pf_test_`, 256 random bits and a checksum, in letters and digits. Pure.

The prefix lets scanners find a key that leaked; the checksum tells a typo from a key without asking the database.
"""

import binascii
import re
import secrets

PREFIXES = ("pf_live_", "pf_test_")
HINT = 4  # characters by which people recognise a key; they belong to the checksum

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET, _CHECK = 43, 6  # 62^43 > 2^256, 62^6 > 2^32
_SHAPE = re.compile(rf"pf_(?:live|test)_[0-9A-Za-z]{{{_SECRET + _CHECK}}}")


def new_key(mode: str) -> str:
    """A new key for the live or the test space. Shown once; only its SHA-256 is stored."""
    stem = f"pf_{mode}_{_base62(secrets.randbits(256), _SECRET)}"
    return stem + _checksum(stem)


def is_whole(text: str) -> bool:
    """Whether it can be a key at all."""
    return _SHAPE.fullmatch(text) is not None and _checksum(text[:-_CHECK]) == text[-_CHECK:]


def _checksum(stem: str) -> str:
    return _base62(binascii.crc32(stem.encode()), _CHECK)


def _base62(value: int, length: int) -> str:
    digits = []
    for _ in range(length):
        value, digit = divmod(value, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
