"""Which addresses may be fetched. Pure: the guard against requests into private networks
(server-side request forgery; rule 13 of docs/calendars.md).

A Worker cannot pin the address a name resolves to, so names are judged by their spelling, strictly: what is not
plainly a public host name is refused. The platform refuses private addresses behind public names
(`global_fetch_strictly_public` and its egress rules). Every redirect is judged like the first address.
"""

import re
from collections.abc import Iterable
from urllib.parse import urljoin

import msgspec

MAX_LENGTH = 2_048

_PARTS = re.compile(r"^([a-z][a-z0-9+.-]*)://([^/?#]*)([^#]*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"^([a-z0-9.-]+)(?::(\d{1,5}))?$")
_LABEL = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")
_NUMBER = re.compile(r"^(?:\d+|0x[0-9a-f]*)$")  # a last label like this makes the whole name an IPv4 address

# Top-level names that are reserved or of private networks (RFC 2606, 6761, 6762, 7686, 8375, 9476, ICANN's .internal),
# and public names that are known to resolve into private networks.
_PRIVATE = (
    "localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa",
    "test", "example", "invalid", "onion", "alt",
)  # fmt: skip
_DISGUISES = (
    "nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me", "vcap.me", "lacolhost.com", "rbndr.us",
    "localho.st", "fuf.me",
)  # fmt: skip


# Names under which anybody can have one: each of these is a service of its own. The best known, not all.
_SHARED = (
    "workers.dev", "pages.dev", "github.io", "gitlab.io", "netlify.app", "vercel.app", "herokuapp.com", "amazonaws.com",
    "web.app", "azurewebsites.net", "cloudfront.net",
)  # fmt: skip


class AddressRefused(Exception):
    """The address will not be fetched. The text is for the manager and never holds the address."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Places(msgspec.Struct, frozen=True):
    """What is special here: nothing under `own` zones is fetched, and `local` hosts (host:port) may be plain http."""

    own: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()


class Address(msgspec.Struct, frozen=True):
    """An address that may be fetched. `host` is what people are shown: the rest of a feed's address is a secret."""

    url: str
    host: str

    def __repr__(self) -> str:
        return f"Address(host={self.host!r})"


def check(url: str, places: Places) -> Address:
    """The address in the form it is fetched in. Raises AddressRefused."""
    url = url.strip()
    if len(url) > MAX_LENGTH:
        raise AddressRefused("url_too_long", f"The address is longer than {MAX_LENGTH} characters.")
    if not url.isascii() or "\\" in url or any(char <= " " or char == "\x7f" for char in url):
        raise AddressRefused("url_malformed", "The address holds spaces or characters that do not belong in one.")
    match = _PARTS.match(url)
    if not match:
        raise AddressRefused("url_malformed", "The address must begin with https:// or webcal://.")
    scheme, authority, rest = match[1].lower(), match[2].lower(), match[3] or "/"
    if not rest.startswith("/"):
        rest = f"/{rest}"
    if authority in places.local and scheme in ("http", "webcal"):
        return Address(f"http://{authority}{rest}", authority)
    if scheme not in ("https", "webcal", "webcals"):
        raise AddressRefused("url_not_https", "The address must begin with https:// or webcal://.")
    host = _public_host(authority, places)
    return Address(f"https://{host}{rest}", host)


def redirected(from_url: str, location: str, places: Places) -> Address:
    """Where a redirect leads, judged like a first address. Raises AddressRefused."""
    try:
        target = urljoin(from_url, location.strip())
    except ValueError:
        raise AddressRefused("url_malformed", "The calendar's host redirects to a malformed address.") from None
    return check(target, places)


def site(host: str) -> str:
    """What tells the hosts of one service from those of others: a name's last two labels, or three where the second is
    short (`co.uk`); the whole name where names are given to anybody."""
    if _under(host, _SHARED):
        return host
    labels = host.split(".")
    return ".".join(labels[-3:] if len(labels[-2:][0]) <= 3 else labels[-2:])


def _public_host(authority: str, places: Places) -> str:
    if "@" in authority:
        raise AddressRefused("url_has_credentials", "The address must not hold a user name or password.")
    if "[" in authority:
        raise _private()
    match = _AUTHORITY.match(authority)
    if not match:
        raise AddressRefused("url_malformed", "The address has no valid host name.")
    host, port = match.groups()
    if port not in (None, "443"):
        raise AddressRefused("url_port", "The address must use the usual port of https (443).")
    labels = host.split(".")
    if _NUMBER.match(labels[-1]) or (labels[-1] == "" and len(labels) > 1 and _NUMBER.match(labels[-2])):
        raise _private()
    if len(labels) < 2 or len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise AddressRefused("url_host", "The address must have a full public host name without a final dot.")
    if _under(host, _PRIVATE) or _under(host, _DISGUISES):
        raise _private()
    if _under(host, places.own):
        raise AddressRefused("url_own_zone", "The address is one of ours; a calendar must come from another service.")
    return host


def _under(host: str, zones: Iterable[str]) -> bool:
    return any(host == zone or host.endswith(f".{zone}") for zone in zones)


def _private() -> AddressRefused:
    return AddressRefused("url_private", "The address must name a public host, not a number or a private network.")
