"""Google's two addresses of the authorization-code flow.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

import base64
import hashlib
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from api.core.settings import Settings
from api.people.google.errors import denied, unreachable
from propflow import log
from propflow.bindings import http

T = TypeVar("T")
TIMEOUT_MS = 8_000
LARGEST = 64 * 1024  # bytes
OURS = frozenset({"invalid_client", "unauthorized_client", "redirect_uri_mismatch"})  # wrong settings, not a wrong code


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


def redirect_uri(settings: Settings) -> str:
    """Where Google sends the browser back to; registered with Google."""
    return f"{settings.API_BASE_URL.rstrip('/')}/v1/auth/google/callback"


def authorization_url(settings: Settings, *, state: str, nonce: str, verifier: str) -> str:
    """Where the browser goes. PKCE: https://www.rfc-editor.org/rfc/rfc7636"""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "client_id": settings.GOOGLE_CLIENT_ID, "redirect_uri": redirect_uri(settings), "response_type": "code",
        "scope": "openid email profile", "state": state, "nonce": nonce, "code_challenge": challenge,
        "code_challenge_method": "S256", "prompt": "select_account",
    }  # fmt: skip
    return f"{settings.GOOGLE_AUTH_URL}?{urlencode(query)}"


async def exchange(settings: Settings, code: str, verifier: str) -> str:
    """The id token for a code; raises Unauthorized when Google refuses the code, Unavailable when it is silent."""
    form = {
        "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
        "redirect_uri": redirect_uri(settings), "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
    }  # fmt: skip
    try:
        answer = await http.call(
            "POST", settings.GOOGLE_TOKEN_URL, headers={"content-type": "application/x-www-form-urlencoded"},
            body=urlencode(form), timeout_ms=TIMEOUT_MS, max_bytes=LARGEST,
        )  # fmt: skip
    except http.HttpFailed as failed:
        log.warning("google.exchange_failed", reason=str(failed))
        raise unreachable() from None
    if answer.status == 200 and (tokens := _decoded(answer.body, _Tokens)) is not None:
        return tokens.id_token
    refusal = _decoded(answer.body, _Refusal)
    reason = refusal.error if refusal is not None else ""
    log.warning("google.exchange_failed", status=answer.status, reason=reason[:40])
    if answer.status == 400 and refusal is not None and reason not in OURS:
        raise denied()
    raise unreachable()


def _decoded(body: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
