"""What must be true of an id token's claims, and what they say of the person.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
https://developers.google.com/identity/gsi/web/guides/verify-google-id-token says for which addresses Google speaks.
"""

import hmac
import re
from typing import Any

import msgspec

from api.people.identity.addresses import folded
from propflow.graphemes import clip
from propflow.unseen import seen

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
GOOGLES_OWN = ("gmail.com", "googlemail.com")
LEEWAY = 30  # seconds by which clocks may differ
_ADDRESS = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+\.[^\s@\x00-\x1f\x7f]+")
_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,499}")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who Google says it is. `email` is in small letters, and None unless Google has verified it.

    `hosted`: the mailbox is with Google, so that whoever signs in has it today. Of any other address Google knows that
    somebody had it once.
    """

    sub: str
    email: str | None
    name: str
    hosted: bool = False


def refused(claims: dict[str, Any], *, client_id: str, nonce: str, now: int) -> str | None:
    """The first thing that is wrong with the claims, as a word; None when they are good. `now` is in milliseconds."""
    seconds = now // 1000
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
    if claims.get("iss") not in ISSUERS:
        return "issuer"
    if claims.get("aud") != client_id or claims.get("azp", client_id) != client_id:
        return "audience"
    instants = [one for one in times if type(one) is int and one >= 0]  # JSON's true is no number here
    if len(instants) != len(times):
        return "times"
    if instants[0] <= seconds - LEEWAY:
        return "expired"
    if max(instants[1:]) > seconds + LEEWAY:
        return "not_yet"
    if not _is_same(claims.get("nonce"), nonce):
        return "nonce"
    subject = claims.get("sub")
    return None if isinstance(subject, str) and 0 < len(subject) <= 255 else "subject"


def identity(claims: dict[str, Any]) -> Identity:
    """The person, of claims that were not refused."""
    email = _address(claims.get("email")) if claims.get("email_verified") is True else None
    name = _name(claims.get("name")) or (email or "").split("@")[0]
    return Identity(sub=claims["sub"], email=email, name=name, hosted=_is_hosted(email, claims.get("hd")))


def _is_hosted(email: str | None, hd: Any) -> bool:
    domain = (email or "").rpartition("@")[2]
    if not domain:
        return False
    return domain in GOOGLES_OWN or (isinstance(hd, str) and hd.isascii() and hd.lower() == domain)


def tenant_name(wished: str | None, person: str) -> str:
    """How a new organisation is called."""
    return wished or f"{clip(person, 180)}'s properties"


def is_return(path: str) -> bool:
    """Whether a browser may be sent there after signing in: a place within the application and nowhere else."""
    return _PATH.fullmatch(path) is not None


def _is_same(value: Any, expected: str) -> bool:
    return isinstance(value, str) and bool(expected) and hmac.compare_digest(value.encode(), expected.encode())


def _address(value: Any) -> str | None:
    """As accounts are found by it; what is not ASCII is none of ours."""
    found = isinstance(value, str) and len(value) <= 254 and value.isascii() and _ADDRESS.fullmatch(value)
    return folded(found[0]) if found else None


def _name(value: Any) -> str:
    return clip(" ".join(seen(value, " ").split()), 200) if isinstance(value, str) else ""
