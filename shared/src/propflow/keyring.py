"""A secret that can be rotated: several 256-bit keys by id, of which one is current.

`{"current": "k2", "keys": {"k1": "<base64>", "k2": "<base64>"}}`. New things are made with the current key and say
which one it was; a retired key stays until nothing made with it is left.
"""

import base64
import binascii
import hashlib
import hmac
import re
from functools import lru_cache

import msgspec

KEY_BYTES = 32
_ID = re.compile(r"[A-Za-z0-9-]{1,32}")  # it stands in sealed texts, tokens and PHC strings


class KeyringInvalid(RuntimeError):
    """The secret is not a keyring, or a key that something was made with is gone. The text never holds a key."""


class _Secret(msgspec.Struct, frozen=True):
    current: str
    keys: dict[str, str]


class Keyring(msgspec.Struct, frozen=True):
    """`current` is the id of the key that new things are made with."""

    current: str
    keys: dict[str, bytes]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read the secret, once per isolate; raises KeyringInvalid."""
        return _parsed(text)

    def key(self, kid: str) -> bytes:
        """The key with this id; raises KeyringInvalid when it is not there any more."""
        if kid not in self.keys:
            raise KeyringInvalid(f"the keyring has no key {kid!r}")
        return self.keys[kid]

    def derived(self, kid: str, purpose: str) -> bytes:
        """A key of its own for one purpose, so that what is made for one opens nothing of another."""
        return hmac.new(self.key(kid), purpose.encode(), hashlib.sha256).digest()

    def __repr__(self) -> str:
        return f"Keyring(current={self.current!r}, keys={sorted(self.keys)})"


@lru_cache(maxsize=8)
def _parsed(text: str) -> Keyring:
    try:
        secret = msgspec.json.decode(text, type=_Secret)
    except msgspec.MsgspecError:
        raise KeyringInvalid('a keyring is JSON: {"current": "k1", "keys": {"k1": "<base64>"}}') from None
    if secret.current not in secret.keys:
        raise KeyringInvalid(f"the keyring has no key {secret.current!r}, which it says is current")
    return Keyring(secret.current, {kid: _decoded(kid, value) for kid, value in secret.keys.items()})


def _decoded(kid: str, value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise KeyringInvalid(f"key {kid!r} is not base64") from None
    if not _ID.fullmatch(kid) or len(key) != KEY_BYTES:
        raise KeyringInvalid(f"key {kid!r} must have {KEY_BYTES} bytes and an id of letters, digits and hyphens")
    return key
