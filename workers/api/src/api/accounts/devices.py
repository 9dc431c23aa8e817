"""Devices that somebody has signed in from: whoever guesses at their name elsewhere does not lock these out.

https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies

A token is signed and says for which person; it signs nobody in. A browser keeps it as a cookie, and what is no browser
sends it back in the header `PropFlow-Device`. Several people may use one device, so it keeps several tokens, joined by
`~`. Pure, but for what `new` draws.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

import msgspec

from propflow import ids
from propflow.clock import DAY
from propflow.keyring import Keyring, KeyringInvalid

COOKIE = "__Host-device"
HEADER = "propflow-device"
PURPOSE = "known device"
LIFE = 180 * DAY
MOST = 5  # people of one device
LONGEST = 1_500  # characters of what a client sends; ours are shorter
_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,300}")


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device as a person's; `text` is the token."""

    id: str
    user_id: str
    expires_at: int
    text: str


def new(keyring: Keyring, user_id: str, email: str, known: Sequence[Device], now: int) -> Device:
    """The token of who has just signed in. Their device keeps its name, so that signing in again makes no other one."""
    device_id = next((one.id for one in known if one.user_id == user_id), None) or ids.new_id("dev", now)
    said = f"{device_id}.{user_id}.{now + LIFE}"
    text = f"{keyring.current}.{said}.{_signature(keyring, keyring.current, said, email)}"
    return Device(id=device_id, user_id=user_id, expires_at=now + LIFE, text=text)


def known(keyring: Keyring, sent: str, email: str, now: int) -> list[Device]:
    """For whom this device is known, of those who sign in with this folded address."""
    if not sent.isascii() or len(sent) > LONGEST:
        return []
    found = (_opened(keyring, text, email) for text in sent.split("~")[:MOST])
    return [one for one in found if one is not None and one.expires_at > now]


def kept(sent: str, made: Device) -> str:
    """What the device is to keep: the new token, and those of the other people who use it."""
    others = [text for text in sent[:LONGEST].split("~") if _TOKEN.fullmatch(text) and f".{made.user_id}." not in text]
    return "~".join([made.text, *others[: MOST - 1]])


def _opened(keyring: Keyring, text: str, email: str) -> Device | None:
    parts = text.split(".")
    if len(parts) != 5 or not parts[3].isdecimal() or len(parts[3]) > 16:
        return None
    key_id, device_id, user_id, expires_at, signature = parts
    try:
        expected = _signature(keyring, key_id, f"{device_id}.{user_id}.{expires_at}", email)
    except KeyringInvalid:  # made with a key that is gone: a device like any other
        return None
    if not hmac.compare_digest(expected, signature):
        return None
    return Device(id=device_id, user_id=user_id, expires_at=int(expires_at), text=text)


def _signature(keyring: Keyring, key_id: str, said: str, email: str) -> str:
    digest = hmac.new(keyring.derived(key_id, PURPOSE), f"{said}|{email}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
