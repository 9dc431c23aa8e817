"""Google's OpenID Connect: https://developers.google.com/identity/openid-connect/openid-connect.

Same: discovery, keys with Cache-Control, the authorization endpoint with PKCE, a token endpoint that checks client,
secret, redirect address, verifier and that a code is used once. Simpler: nobody is asked anything; whoever the
tests chose is signed in at once. `/_control/google/…` chooses the person, rotates keys and makes any token at all.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from support.standins.google_keys import CLIENT_ID, CLIENT_SECRET, ISSUER, Json, Ring, claims, encoded, mint

CALLBACK = "/v1/auth/google/callback"
MAX_AGE = 19_793  # seconds, as Google said when this was written
NOBODY: Json = {"sub": "100000000000000000001", "email": "grace@example.net", "email_verified": True, "name": "Grace"}


@dataclass
class Google:
    """Who is signed in, the keys, and the codes that wait to be exchanged."""

    ring: Ring = field(default_factory=Ring)
    more_keys: list[Json] = field(default_factory=list)
    user: Json = field(default_factory=lambda: dict(NOBODY))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


GOOGLE = web.AppKey("google", Google)


def failure(status: int, retry_after: int | None = None) -> web.Response:
    """The body of Google's own 429 and 500."""
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.json_response({"error": "internal_failure"}, status=status, headers=headers)


async def discovery(request: web.Request) -> web.Response:
    """Where everything is."""
    base = f"{request.scheme}://{request.host}/google"
    document = {
        "issuer": ISSUER, "authorization_endpoint": f"{base}/o/oauth2/v2/auth", "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/oauth2/v3/certs", "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["plain", "S256"],
    }  # fmt: skip
    return web.json_response(document)


async def keys(request: web.Request) -> web.Response:
    """The public keys."""
    headers = {"Cache-Control": f"public, max-age={MAX_AGE}, must-revalidate, no-transform"}
    google = request.app[GOOGLE]
    return web.json_response({"keys": google.ring.listing() + google.more_keys}, headers=headers)


async def authorize(request: web.Request) -> web.StreamResponse:
    """Send the browser back with a code, or with `access_denied` when the chosen person does not agree."""
    asked, google = dict(request.query), request.app[GOOGLE]
    wrong = _wrong(asked)
    if wrong:
        return web.Response(status=400, text=f"Error 400: {wrong}")
    back = {"state": asked["state"]} if "state" in asked else {}
    if google.user.get("denies"):
        return _back(asked, {"error": "access_denied"} | back)
    code = "4/0" + secrets.token_urlsafe(40)
    google.codes[code] = asked
    # Google adds more than it is asked for; a client must not mind.
    more = {"scope": "email profile openid", "authuser": "0", "prompt": "none"}
    return _back(asked, back | {"code": code} | more)


def _wrong(asked: dict[str, str]) -> str | None:
    redirect = urlsplit(asked.get("redirect_uri", ""))
    if asked.get("client_id") != CLIENT_ID:
        return "invalid_client"
    if redirect.hostname != "127.0.0.1" or redirect.path != CALLBACK or redirect.query:
        return "redirect_uri_mismatch"
    if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
        return "invalid_request"
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
        return "invalid_request: PKCE"
    return None


def _back(asked: dict[str, str], query: dict[str, str]) -> web.Response:
    return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(query)}"})


async def token(request: web.Request) -> web.Response:
    """Exchange a code, once."""
    form, google = await request.post(), request.app[GOOGLE]
    if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        return _refused("invalid_client", 401)
    if form.get("grant_type") != "authorization_code":
        return _refused("unsupported_grant_type")
    asked = google.codes.pop(str(form.get("code")), None)
    if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
        return _refused("invalid_grant")
    challenge = encoded(hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest())
    if challenge != asked["code_challenge"]:
        return _refused("invalid_grant")
    nonce = {"nonce": asked["nonce"]} if "nonce" in asked else {}
    body = {"access_token": "ya29." + secrets.token_urlsafe(40), "expires_in": 3599, "token_type": "Bearer"}
    signed = mint(google.ring, {}, claims(nonce | google.user))
    return web.json_response(body | {"scope": "openid email profile", "id_token": signed})


def _refused(error: str, status: int = 400) -> web.Response:
    return web.json_response({"error": error, "error_description": "Bad Request"}, status=status)


async def choose(request: web.Request) -> web.Response:
    """From now on this person is signed in; every field is a claim, and `denies` makes them refuse."""
    request.app[GOOGLE].user = {**NOBODY, **json.loads(await request.read())}
    return web.Response(status=204)


async def rotate(request: web.Request) -> web.Response:
    """A new key; the last one is no longer listed. `more_keys` are listed besides, as they are."""
    google = request.app[GOOGLE]
    google.ring.rotate()
    google.more_keys = json.loads(await request.read())["more_keys"]
    return web.Response(status=204)


async def make_token(request: web.Request) -> web.Response:
    """Any token: `header` and `claims` are written over good ones or, as text, taken as they are; `key` names how."""
    asked: Json = json.loads(await request.read())
    google, body = request.app[GOOGLE], asked.get("claims", {})
    whole: Any = body if isinstance(body, str) else claims(NOBODY | body)
    return web.json_response(
        {"id_token": mint(google.ring, asked.get("header", {}), whole, asked.get("key", "current"))}
    )
