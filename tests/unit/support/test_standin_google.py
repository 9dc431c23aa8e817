"""The stand-in for Google is strict where Google is, and signs with keys that others can verify."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from support.standin_client import StandIn
from support.standins.google_keys import CLIENT_ID, CLIENT_SECRET, encoded

VERIFIER = "v" * 43
BACK = "http://127.0.0.1:8787/v1/auth/google/callback"
ASKED = {
    "client_id": CLIENT_ID, "redirect_uri": BACK, "response_type": "code", "scope": "openid email", "state": "s",
    "nonce": "n", "code_challenge_method": "S256",
    "code_challenge": encoded(hashlib.sha256(VERIFIER.encode()).digest()),
}  # fmt: skip


def authorize(http: httpx.Client, **more: str) -> httpx.Response:
    return http.get("/google/o/oauth2/v2/auth", params=ASKED | more, follow_redirects=False)


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 302
    (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
    return code


def exchange(http: httpx.Client, code: str, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "redirect_uri": BACK}
    return http.post("/google/token", data=form | {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | more)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verified(http: httpx.Client, token: str) -> dict[str, Any]:
    """The claims of a token whose signature is that of a listed key."""
    head, body, signature = token.split(".")
    kid = json.loads(decoded(head))["kid"]
    (key,) = [one for one in http.get("/google/oauth2/v3/certs").json()["keys"] if one["kid"] == kid]
    n, e = (int.from_bytes(decoded(key[part]), "big") for part in ("n", "e"))
    public = rsa.RSAPublicNumbers(e, n).public_key()
    public.verify(decoded(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    claims: dict[str, Any] = json.loads(decoded(body))
    return claims


def test_a_code_becomes_a_token_of_the_chosen_person_once(server: StandIn, http: httpx.Client) -> None:
    server.google_user(sub="7", email="ada@example.net")
    code = code_of(authorize(http))
    claims = verified(http, exchange(http, code).json()["id_token"])
    assert (claims["sub"], claims["email"], claims["nonce"], claims["aud"]) == ("7", "ada@example.net", "n", CLIENT_ID)
    again = exchange(http, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": "w" * 43}, {"redirect_uri": BACK + "x"}, {"code": "other"}, {"code_verifier": ""}]
)
def test_a_wrong_exchange_is_refused(server: StandIn, http: httpx.Client, wrong: dict[str, str]) -> None:
    answer = exchange(http, **({"code": code_of(authorize(http))} | wrong))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_wrong_secret_is_refused(server: StandIn, http: httpx.Client) -> None:
    assert exchange(http, code_of(authorize(http)), client_secret="x").status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "x"}, {"redirect_uri": "https://evil.example/v1/auth/google/callback"}, {"scope": "email"},
     {"code_challenge_method": "plain"}, {"code_challenge": ""}, {"response_type": "token"}],
)  # fmt: skip
def test_a_wrong_request_never_leaves_google(server: StandIn, http: httpx.Client, wrong: dict[str, str]) -> None:
    assert authorize(http, **wrong).status_code == 400


def test_who_denies_comes_back_without_a_code(server: StandIn, http: httpx.Client) -> None:
    server.google_user(denies=True)
    query = parse_qs(urlsplit(authorize(http).headers["location"]).query)
    assert query == {"error": ["access_denied"], "state": ["s"]}


def test_keys_rotate_and_forgeries_are_forgeries(server: StandIn, http: httpx.Client) -> None:
    before = server.google_token(claims={})
    assert verified(http, before)["email_verified"] is True
    server.google_rotate()
    assert verified(http, server.google_token(claims={"nonce": "x"}))["nonce"] == "x"
    with pytest.raises(ValueError, match="not enough values"):
        verified(http, before)
    for key in ("retired", "stranger", "ps256", "hs256_pem", "hs256_der", "hs256_n", "none"):
        with pytest.raises(InvalidSignature):
            verified(http, server.google_token(claims={}, key=key))


def test_its_documents_say_where_and_for_how_long(server: StandIn, http: httpx.Client) -> None:
    found = http.get("/google/.well-known/openid-configuration").json()
    answer = http.get(found["jwks_uri"])
    assert "max-age=" in answer.headers["cache-control"]
    server.fault("google", "500", count=1, operation="keys")
    assert [http.get(found["jwks_uri"]).status_code for _ in range(2)] == [500, 200]
