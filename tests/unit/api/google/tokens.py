"""Compact JWTs written by hand, so that every part can be wrong."""

from __future__ import annotations

import base64
import json
from typing import Any

CLIENT = "client.apps.googleusercontent.com"
NOW = 1_800_000_000_000
NONCE = "n" * 43


def encoded(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def header(**more: Any) -> dict[str, Any]:
    """Google's own header; a value that is None is left out."""
    return _without_none({"alg": "RS256", "kid": "k1", "typ": "JWT"} | more)


def claims(**more: Any) -> dict[str, Any]:
    """Good claims at `NOW`; a value that is None is left out."""
    seconds = NOW // 1000
    good = {
        "iss": "https://accounts.google.com", "aud": CLIENT, "azp": CLIENT, "sub": "1234567890", "nonce": NONCE,
        "email": "grace@example.net", "email_verified": True, "name": "Grace Hopper", "iat": seconds,
        "exp": seconds + 3600,
    }  # fmt: skip
    return _without_none(good | more)


def token(head: object = None, body: object = None, signature: bytes = b"signature") -> str:
    """Parts that are bytes are taken as they are."""
    parts = [header() if head is None else head, claims() if body is None else body]
    return ".".join([encoded(one if isinstance(one, bytes) else json.dumps(one).encode()) for one in parts]) + (
        "." + encoded(signature)
    )


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
