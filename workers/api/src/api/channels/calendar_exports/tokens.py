"""Tokens in the addresses of exports: derived, so that they can be shown again and need not be stored."""

import base64
import hashlib
import hmac

from propflow.keyring import Keyring


def token(keyring: Keyring, key_id: str, export_id: str, generation: int = 1) -> str:
    """256 bits of HMAC-SHA256 over the export's id and which of its tokens it is."""
    which = export_id if generation == 1 else f"{export_id}:{generation}"
    digest = hmac.new(keyring.key(key_id), f"ical:{which}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
