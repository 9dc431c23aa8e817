"""What a request brings to show who it is from: a session token or an API key, as header or as cookie."""

import msgspec

from api.access import key_text
from propflow.bindings.crypto import sha256
from propflow.errors import Forbidden, Unauthorized

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE = "__Host-session"
DEVICE_COOKIE = "__Host-device"
DEVICE_HEADER = "propflow-device"
NO_CREDENTIAL = "not_signed_in"  # the code of a 401 for who brought nothing
LONGEST = 512  # characters; ours are shorter


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """`hash` is the SHA-256 under which the session or the key is stored."""

    hash: str
    is_key: bool


def credential_of(method: str, authorization: str, cookie: str | None, own_origin: bool) -> Credential:
    """Read it from the headers. A cookie counts only on requests that the application's own pages made.

    Raises Unauthorized without a credential or for a mistyped key, Forbidden for a cookie on a change that another
    site asked for.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer" and 0 < len(token.strip()) <= LONGEST:
        return _credential(token.strip())
    if not cookie or len(cookie) > LONGEST:
        raise Unauthorized(NO_CREDENTIAL, "Send Authorization: Bearer with a session token or an API key.")
    if method not in SAFE and not own_origin:
        raise Forbidden("foreign_origin", "A request with a session cookie must come from the application itself.")
    return Credential(hash=sha256(cookie), is_key=False)


def _credential(token: str) -> Credential:
    is_key = token.startswith(key_text.PREFIXES)
    if is_key and not key_text.is_whole(token):
        raise Unauthorized("key_malformed", "This is not a whole API key: it was cut off or mistyped.")
    return Credential(hash=sha256(token), is_key=is_key)
