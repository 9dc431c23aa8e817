"""Tickets and the door, pure: what a ticket says, who may knock, and how a ticket is handed over.

A ticket is signed, so making one costs no row and a forged one reaches no object. Its room remembers the used ones.
"""

import base64
import binascii
import hmac

import msgspec

from propflow import one_time
from propflow.clock import SECOND
from propflow.keyring import Keyring, KeyringInvalid

PROTOCOL = "propflow.v1"
OFFER = "ticket."  # what comes before a ticket among the subprotocols
TICKET_LIFE = 60 * SECOND
LONGEST = 1024  # characters of a ticket; ours are shorter


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket says: who may enter which room, until when. `property_id` is '' for the room of the tenant."""

    id: str
    tenant_id: str
    user_id: str
    session_id: str
    property_id: str
    expires_at: int


def seal(keyring: Keyring, claims: Claims) -> str:
    """The ticket, in characters that a subprotocol may have (RFC 6455, 4.1: a token)."""
    payload = base64.urlsafe_b64encode(msgspec.json.encode(claims)).decode().rstrip("=")
    return f"{keyring.current}.{payload}.{one_time.token(keyring, keyring.current, 'realtime', payload)}"


def unseal(keyring: Keyring, ticket: str, now: int) -> Claims | None:
    """What it says; None when we did not make it or it is too old."""
    parts = ticket.split(".")
    if len(ticket) > LONGEST or not ticket.isascii() or len(parts) != 3:
        return None
    key_id, payload, signature = parts
    try:
        expected = one_time.token(keyring, key_id, "realtime", payload)
        if not hmac.compare_digest(expected, signature):
            return None
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Claims)
    except (KeyringInvalid, binascii.Error, msgspec.MsgspecError):
        return None
    return claims if claims.expires_at > now else None


def ticket_in(protocols: str) -> str | None:
    """The ticket among the subprotocols that a client offers beside ours."""
    offered = [one.strip() for one in protocols.split(",")]
    tickets = [one.removeprefix(OFFER) for one in offered if one.startswith(OFFER)]
    return tickets[0] if PROTOCOL in offered and len(tickets) == 1 else None


def is_own(origin: str | None, url: str, app_url: str) -> bool:
    """Whether a page of the application knocks. A client that is no browser names the application, too."""
    return origin in {app_url.rstrip("/"), "/".join(url.split("/", 3)[:3])}
