"""Tokens of links that open once: derived, so that whoever sends the mail needs only the row's id.

The database keeps the SHA-256 alone; who reads it can open nothing, and who reads the outbox finds an id.
"""

import base64
import hashlib
import hmac
from typing import Literal

from propflow.keyring import Keyring

Purpose = Literal["verify_email", "reset_password", "invitation", "realtime"]


def token(keyring: Keyring, key_id: str, purpose: Purpose, object_id: str, revision: int = 1) -> str:
    """256 bits of HMAC-SHA256. Another purpose, object or revision (each sending of an invitation) has another one.

    Raises KeyringInvalid when the key that the row was made with is gone.
    """
    said = f"{purpose}|{object_id}|{revision}"
    digest = hmac.new(keyring.key(key_id), said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
