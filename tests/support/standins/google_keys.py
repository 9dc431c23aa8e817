"""Keys and id tokens of the stand-in for Google: real RSA, and every way of signing wrongly that a test asks for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT_ID = "local-client.apps.googleusercontent.com"
CLIENT_SECRET = "local-google-secret-not-a-secret"  # as [local.secrets] of infra/manifest.toml
ISSUER = "https://accounts.google.com"
LIFE = 3600  # seconds
Json = dict[str, Any]


def encoded(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Signer:
    """One RSA key with its id."""

    def __init__(self) -> None:
        self.kid = secrets.token_hex(20)
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._public = self._private.public_key()

    def jwk(self) -> Json:
        """The public key as Google lists it."""
        numbers = self._public.public_numbers()
        n, e = (encoded(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e))
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e}

    def rs256(self, data: bytes) -> bytes:
        """A true signature."""
        return self._private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def ps256(self, data: bytes) -> bytes:
        """A signature by the right key with the wrong padding."""
        return self._private.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())

    def hs256(self, data: bytes, form: str) -> bytes:
        """A MAC whose key is our public key in some form: what a verifier that trusts `alg` takes for a signature."""
        kinds = {"pem": serialization.Encoding.PEM, "der": serialization.Encoding.DER}
        if form in kinds:
            key = self._public.public_bytes(kinds[form], serialization.PublicFormat.SubjectPublicKeyInfo)
        else:
            key = str(self.jwk()["n"]).encode()
        return hmac.digest(key, data, hashlib.sha256)


class Ring:
    """The key that Google signs with and lists, the one it listed before, and one that was never listed."""

    def __init__(self) -> None:
        self._current: Signer | None = None
        self._retired: Signer | None = None
        self._stranger: Signer | None = None

    @property
    def current(self) -> Signer:
        self._current = self._current or Signer()  # made when first asked for: it takes a moment
        return self._current

    @property
    def stranger(self) -> Signer:
        """A key that was never Google's."""
        self._stranger = self._stranger or Signer()
        return self._stranger

    def rotate(self) -> None:
        """A new key signs from now on; the last one is listed no longer."""
        self._retired, self._current = self.current, Signer()

    def listing(self) -> list[Json]:
        """The public keys."""
        return [self.current.jwk()]

    def signature(self, how: str, data: bytes) -> bytes:
        """Sign as named: current, retired, stranger, ps256, hs256_pem, hs256_der, hs256_n, or none."""
        if how == "none":
            return b""
        if how == "ps256":
            return self.current.ps256(data)
        if how.startswith("hs256_"):
            return self.current.hs256(data, how.removeprefix("hs256_"))
        signer = {"current": self.current, "retired": self._retired, "stranger": self.stranger}[how]
        assert signer is not None, "no key was retired yet"
        return signer.rs256(data)


def claims(user: Json, **more: Any) -> Json:
    """An id token's claims for this user; a value that is None is left out."""
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": CLIENT_ID, "azp": CLIENT_ID, "iat": now, "exp": now + LIFE} | user | more
    return {name: value for name, value in whole.items() if value is not None}


def mint(ring: Ring, head: Json | str, body: Json | str, how: str = "current") -> str:
    """A compact JWT. A part that is text is taken as it is; a dict is written on top of Google's own header."""
    plain = {"alg": "RS256", "kid": ring.current.kid, "typ": "JWT"}
    if not isinstance(head, str):
        head = json.dumps({name: value for name, value in (plain | head).items() if value is not None})
    texts = [head, body if isinstance(body, str) else json.dumps(body)]
    signed = ".".join(encoded(text.encode()) for text in texts)
    return f"{signed}.{encoded(ring.signature(how, signed.encode()))}"
