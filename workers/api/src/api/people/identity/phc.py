"""Stored passwords as PHC strings, `$scrypt$ln=13,r=8,p=1,t=10,k=k1$salt$hash`, and older ones, still read: pure.

`t` is how many times, each time of what came out before: ten turns of p=1 cost a guesser what p=10 does, and let an
isolate answer others between two of them. There were five longer turns once (`ln=14`, `t=5`), and what has no `t` was
made in one go. `k` is the id of the pepper key. Without it there was no pepper yet. What the first version stored has
no `$` at all: base64 of a 16-byte salt and the 32 bytes of PBKDF2-SHA256 with 100,000 iterations.
https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
"""

import base64
import binascii
import re

import msgspec

LOG_N, R, P, TIMES = 13, 8, 1, 10
LENGTH = 32
SALT_LENGTH = 16
PBKDF2_ITERATIONS = 100_000
LARGEST_MEMORY = 32 << 20  # bytes that scrypt may take: 128 · N · r

_SCRYPT = re.compile(
    r"\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})(?:,t=([0-9]{1,2}))?(?:,k=([A-Za-z0-9-]{1,32}))?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)
_PBKDF2 = re.compile(r"[A-Za-z0-9+/]{64}")


class Malformed(ValueError):
    """The stored text is none of these. The message holds nothing of it."""


class Scrypt(msgspec.Struct, frozen=True, kw_only=True):
    """`key_id` is None for what was stored without a pepper, `times` for what was made in one go."""

    log_n: int = LOG_N
    r: int = R
    p: int = P
    times: int | None = TIMES
    key_id: str | None
    salt: bytes
    hash: bytes


class Pbkdf2(msgspec.Struct, frozen=True, kw_only=True):
    """From the first version; read once and replaced."""

    salt: bytes
    hash: bytes


def parse(stored: str) -> Scrypt | Pbkdf2:
    """Read a stored password; raises Malformed, also for what would cost too much or compare too little."""
    found = _SCRYPT.fullmatch(stored)
    if found is not None:
        return _checked(found)
    if _PBKDF2.fullmatch(stored):
        raw = _bytes(stored)
        return Pbkdf2(salt=raw[:SALT_LENGTH], hash=raw[SALT_LENGTH:])
    raise Malformed("not a password hash")


def _checked(found: re.Match[str]) -> Scrypt:
    log_n, r, p = (int(found[place]) for place in (1, 2, 3))
    times = None if found[4] is None else int(found[4])
    one = Scrypt(log_n=log_n, r=r, p=p, times=times, key_id=found[5], salt=_bytes(found[6]), hash=_bytes(found[7]))
    if not (log_n and r and 0 < work(one) <= 16 and 128 * r << log_n <= LARGEST_MEMORY):
        raise Malformed("scrypt parameters out of range")
    if not (8 <= len(one.salt) <= 64 and 16 <= len(one.hash) <= 64):
        raise Malformed("salt or hash of a wrong length")
    return one


def work(one: Scrypt) -> int:
    """How many times the memory is filled."""
    return one.p * (1 if one.times is None else one.times)


def steps(one: Scrypt) -> int:
    """How many of today's steps one of its turns takes: memory of twice the size is filled in twice the time."""
    return one.p << max(one.log_n - LOG_N, 0)


def write(one: Scrypt) -> str:
    """The text to store."""
    key = "" if one.key_id is None else f",k={one.key_id}"
    times = "" if one.times is None else f",t={one.times}"
    return f"$scrypt$ln={one.log_n},r={one.r},p={one.p}{times}{key}${_text(one.salt)}${_text(one.hash)}"


def is_outdated(one: Scrypt | Pbkdf2, today: Scrypt) -> bool:
    """Whether today's algorithm, parameters, lengths or pepper key are better than those it was made with, or the salt
    is not the one of the account's address: then it costs a comparison of its own.
    """
    if isinstance(one, Pbkdf2) or one.key_id != today.key_id:
        return True
    # Longer turns, or more in one go, keep others waiting.
    differs = (one.log_n, one.p) != (today.log_n, today.p)
    weaker = one.r < today.r or work(one) < work(today) or len(one.hash) < LENGTH
    return differs or weaker or one.salt != today.salt


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise Malformed("not base64") from None
