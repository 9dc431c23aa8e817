"""Reading a compact JWT (RFC 7515, 7519) as strictly as it may be read. Nothing here is trusted before its signature.

What has no place in an id token of Google is refused, not ignored: other algorithms, keys brought along, doubled
names, encodings that say the same in another way.
"""

import base64
import json
import re
from typing import Any

import msgspec

from api.edge.size_limits import is_text, is_too_deep

LONGEST = 8 * 1024  # characters; Google's have about a thousand
_PART = re.compile(r"[A-Za-z0-9_-]+")
_UNWANTED = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"})


class Malformed(Exception):
    """The text is no token that we could ever accept. The message is a word for the log."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """`signed` is what `signature` must be of, by the key named `kid`."""

    kid: str
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def parse(text: str) -> Token:
    """Take a token apart; raises Malformed."""
    if len(text) > LONGEST:
        raise Malformed("size")
    parts = text.split(".")
    if len(parts) != 3:
        raise Malformed("parts")
    header = _object(_decoded(parts[0]))
    if header.get("alg") != "RS256":
        raise Malformed("algorithm")
    if header.get("typ", "JWT") != "JWT" or not _UNWANTED.isdisjoint(header):
        raise Malformed("header")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= 200:
        raise Malformed("kid")
    return Token(
        kid=kid, claims=_object(_decoded(parts[1])), signed=f"{parts[0]}.{parts[1]}".encode(),
        signature=_decoded(parts[2]),
    )  # fmt: skip


def _decoded(part: str) -> bytes:
    """base64url without padding, in its only canonical form."""
    if not _PART.fullmatch(part) or len(part) % 4 == 1:
        raise Malformed("encoding")
    content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(content).decode().rstrip("=") != part:
        raise Malformed("encoding")
    return content


def _object(content: bytes) -> dict[str, Any]:
    if not is_text(content) or is_too_deep(content):
        raise Malformed("json")
    try:
        found = json.loads(content.decode(), object_pairs_hook=_distinct, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except ValueError:
        raise Malformed("json") from None
    if not isinstance(found, dict):
        raise Malformed("json")
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two parsers could each believe another of two equal names."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise Malformed("doubled")
    return dict(pairs)


def _no_number(word: str) -> Any:
    raise Malformed(word)
