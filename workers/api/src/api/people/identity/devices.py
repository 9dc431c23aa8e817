"""Devices that somebody has signed in from: whoever guesses at their name elsewhere does not lock these out.

https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies

A token is signed. It says whose it is and when that person's password was last changed; a new password ends it. It
signs nobody in. A browser keeps it as a cookie; any other client sends it back in the header `PropFlow-Device`. Several
people may use one device, so it keeps several tokens, joined by `~`. Pure, but for what `new` draws.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

import msgspec

from api.people.identity.repository import Person
from propflow import ids
from propflow.clock import DAY
from propflow.keyring import Keyring, KeyringInvalid

PURPOSE = "known device"
LIFE = 180 * DAY
MOST = 5  # people of one device
LONGEST = 1_500  # characters of what a client sends; ours are shorter
_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,300}")


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device as a person's; `text` is the token, `password_at` the password that it signed in with."""

    id: str
    user_id: str
    expires_at: int
    password_at: int
    text: str

    def is_of(self, person: Person) -> bool:
        """Whether it is this person's, whose password is still the one of then."""
        return (self.user_id, self.password_at) == (person.id, person.password_changed_at or 0)


def new(keyring: Keyring, person: Person, known: Sequence[Device], now: int) -> Device:
    """The token of who has just signed in. Their device keeps its name, so that signing in again makes no other one."""
    device_id = next((one.id for one in known if one.user_id == person.id), None) or ids.new_id("dev", now)
    password_at = person.password_changed_at or 0
    said = f"{device_id}.{person.id}.{now + LIFE}.{password_at}"
    text = f"{keyring.current}.{said}.{_signature(keyring, keyring.current, said, person.email)}"
    return Device(id=device_id, user_id=person.id, expires_at=now + LIFE, password_at=password_at, text=text)


def known(keyring: Keyring, sent: str, email: str, now: int) -> list[Device]:
    """For whom this device is known, of those who sign in with this folded address; ask `is_of` once they are read."""
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
    if len(parts) != 6 or not all(one.isdecimal() and len(one) <= 16 for one in parts[3:5]):
        return None
    key_id, device_id, user_id, expires_at, password_at, signature = parts
    try:
        expected = _signature(keyring, key_id, f"{device_id}.{user_id}.{expires_at}.{password_at}", email)
    except KeyringInvalid:  # made with a key that is gone: a device like any other
        return None
    if not hmac.compare_digest(expected, signature):
        return None
    return Device(id=device_id, user_id=user_id, expires_at=int(expires_at), password_at=int(password_at), text=text)


def _signature(keyring: Keyring, key_id: str, said: str, email: str) -> str:
    digest = hmac.new(keyring.derived(key_id, PURPOSE), f"{said}|{email}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
