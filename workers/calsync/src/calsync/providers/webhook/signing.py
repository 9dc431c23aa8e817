"""Signatures of Standard Webhooks 1.0.0. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def headers(message_id: str, seconds: int, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers; one signature for each secret, so that a receiver may change over."""
    signed = f"{message_id}.{seconds}.{body}".encode()
    signatures = (hmac.digest(key(secret), signed, hashlib.sha256) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }


def key(secret: str) -> bytes:
    """The bytes of `whsec_…`."""
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
