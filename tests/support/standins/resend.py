"""Resend's `POST /emails`: https://resend.com/docs/api-reference/emails/send-email and /errors.

Same: Bearer key, required fields, address format, at most 50 recipients, idempotency keys (24 hours, scoped by API
key), error bodies `{statusCode, name, message}`. Simpler: every key that is not empty is valid, every sender domain is
verified, and addresses at example.com, which Resend refuses, are accepted because documents and demos use them.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import Any

from aiohttp import web

from support.standins.store import STORE, Record, Store, now_ms

KEY_LIFE_MS = 24 * 60 * 60 * 1000
MAX_RECIPIENTS = 50
ADDRESS = re.compile(r"^(?:[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+)$")


class Refused(Exception):
    """Resend would not take this request."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message


def failure(status: int, retry_after: int | None = None) -> web.Response:
    """The body of Resend's own 429 and 500."""
    if status == 429:
        message = "Too many requests. You can only make 2 requests per second. See rate limit response headers."
        return _error(Refused(429, "rate_limit_exceeded", message), retry_after)
    return _error(Refused(500, "internal_server_error", "An unexpected error occurred."), retry_after)


async def send_email(request: web.Request) -> web.Response:
    """Take an email, or answer again what was answered to the same idempotency key."""
    try:
        token = _api_key(request)
        key = _idempotency_key(request)
        email = _email(await _json(request))
        record = _replay_or_add(request.app[STORE], token, key, email)
    except Refused as refusal:
        return _error(refusal)
    return web.json_response({"id": record["id"]})


def _replay_or_add(store: Store, token: str, key: str | None, email: Record) -> Record:
    scope = hashlib.sha256(f"{token}\n{key}".encode()).hexdigest() if key is not None else None
    fingerprint = hashlib.sha256(json.dumps(email, sort_keys=True).encode()).hexdigest()
    earlier = store.email_of_key.get(scope) if scope is not None else None
    if earlier is not None and earlier["at_ms"] >= now_ms() - KEY_LIFE_MS:
        if earlier["fingerprint"] == fingerprint:
            return earlier
        message = (
            "This idempotency key has been used with this HTTP method and endpoint within the last 24 hours, "
            "but the request body was modified and doesn't match the original request."
        )
        raise Refused(409, "invalid_idempotent_request", message)
    meta = {"id": str(uuid.uuid4()), "idempotency_key": key, "scope": scope, "fingerprint": fingerprint}
    return store.add("email", {**meta, **email})


def _api_key(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "missing_api_key", "Missing API Key")
    return token.strip()


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 1 <= len(key) <= 256:
        message = "Idempotency keys, if present, must have between 1 and 256 characters."
        raise Refused(400, "invalid_idempotency_key", message)
    return key


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise Refused(400, "validation_error", "The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "validation_error", "The request body must be an object.")
    return body


def _email(body: dict[str, Any]) -> Record:
    for field in ("to", "from", "subject"):
        if not body.get(field):
            raise Refused(422, "missing_required_field", f"Missing `{field}` field.")
    if not body.get("html") and not body.get("text"):
        raise Refused(422, "validation_error", "Missing `html` or `text` field.")
    email: Record = {
        "from": _addresses(body, "from")[0],
        "to": _addresses(body, "to"),
        "subject": _text(body, "subject"),
        "html": _text(body, "html"),
        "text": _text(body, "text"),
        "cc": _addresses(body, "cc"),
        "bcc": _addresses(body, "bcc"),
        "reply_to": _addresses(body, "reply_to"),
        "headers": body.get("headers") or {},
        "tags": body.get("tags") or [],
    }
    if len(email["to"]) > MAX_RECIPIENTS:
        raise Refused(422, "validation_error", f"The `to` field has more than {MAX_RECIPIENTS} recipients.")
    return email


def _text(body: dict[str, Any], field: str) -> str | None:
    value = body.get(field)
    if value is not None and not isinstance(value, str):
        raise Refused(422, "validation_error", f"The `{field}` must be a string.")
    if field == "subject" and value is not None and ("\n" in value or "\r" in value):
        raise Refused(422, "validation_error", "The `\\n` is not allowed in the `subject` field.")
    return value


def _addresses(body: dict[str, Any], field: str) -> list[str]:
    value = body.get(field) or []
    addresses = [value] if isinstance(value, str) else value
    if not isinstance(addresses, list) or not all(isinstance(a, str) and ADDRESS.match(a) for a in addresses):
        message = (
            f"Invalid `{field}` field. The email address needs to follow the `email@example.com` or "
            "`Name <email@example.com>` format."
        )
        raise Refused(422, "validation_error", message)
    return addresses


def _error(refusal: Refused, retry_after: int | None = None) -> web.Response:
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    body = {"statusCode": refusal.status, "name": refusal.name, "message": refusal.message}
    return web.json_response(body, status=refusal.status, headers=headers)
