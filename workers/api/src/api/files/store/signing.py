"""Addresses that carry their own permission: `/files/{key id}.{what is allowed}?signature={signature}`.

Both are letters, digits, `-` and `_`, compared as they are written: nothing in them can be spelt in two ways. All of it
is signed: method, key of the object, content type, size, disposition and end. The signature stands in the query because
the platform's own logs leave that out; what else stands there means nothing.
"""

import base64
import binascii
import hashlib
import hmac
import re
from typing import Literal

import msgspec

from api.files.store.errors import link_expired, link_invalid, nothing_here
from propflow.keyring import Keyring, KeyringInvalid

PURPOSE = "signed file addresses"
PREFIX = "/files/"
READS = ("GET", "HEAD")
SIGNATURE = "signature="
_PATH = re.compile(r"/files/(?P<kid>[A-Za-z0-9-]{1,32})\.(?P<said>[A-Za-z0-9_-]{1,2000})")


class Link(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """What an address allows. `key` as in `rules.object_key`, `size` in bytes, `ends_at` in ms."""

    method: Literal["GET", "PUT"]
    key: str
    content_type: str
    size: int
    disposition: Literal["inline", "attachment"]
    ends_at: int

    @property
    def tenant_id(self) -> str:
        return self.key.split("/")[1]

    @property
    def file_id(self) -> str:
        return self.key.split("/")[3]


class Signer:
    """Makes and reads addresses."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def target(self, link: Link) -> str:
        """The path and query of what is allowed, signed with the current key."""
        said = base64.urlsafe_b64encode(msgspec.json.encode(link)).decode().rstrip("=")
        kid = self._keyring.current
        return f"{PREFIX}{kid}.{said}?{SIGNATURE}{self._mac(kid, said)}"

    def read(self, target: str, method: str, now: int) -> Link:
        """What the address allows. Raises NotFound for what is none, Forbidden when it is not ours, not for this
        method, or over; there is no grace, because we made it ourselves."""
        path, _, query = target.partition("?")
        matched = _PATH.fullmatch(path)
        if matched is None:
            raise nothing_here()
        try:
            expected = self._mac(matched["kid"], matched["said"])
        except KeyringInvalid:
            raise link_invalid() from None
        if not hmac.compare_digest(expected.encode(), _signature(query).encode()):
            raise link_invalid()
        link = _decoded(matched["said"])
        if method != link.method and not (link.method == "GET" and method in READS):
            raise link_invalid()
        if now >= link.ends_at:
            raise link_expired()
        return link

    def _mac(self, kid: str, said: str) -> str:
        secret = self._keyring.derived(kid, PURPOSE)
        digest = hmac.new(secret, f"{kid}.{said}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _signature(query: str) -> str:
    """The one that stands there as it was made; none when there are several."""
    found = [part.removeprefix(SIGNATURE) for part in query.split("&") if part.startswith(SIGNATURE)]
    return found[0] if len(found) == 1 else ""


def _decoded(said: str) -> Link:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)), type=Link)
    except (binascii.Error, msgspec.MsgspecError):
        raise link_invalid() from None
