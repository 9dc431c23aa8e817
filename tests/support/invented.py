"""The local secrets of the manifest, with which a test can make what the product would make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import tomllib

from support.process import ROOT

SECRETS = tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]
OPERATOR = str(SECRETS["INTERNAL_ADMIN_TOKEN"])


def stored_password(
    password: str,
    address: str | None = None,
    *,
    pepper: bool = True,
    log_n: int = 13,
    r: int = 8,
    p: int = 1,
    times: int | None = 10,
) -> str:
    """A password as the product stores it, made with nothing but the standard library. `times` None: in one go;
    without an `address` the salt is random, as it was before.
    """
    ring = json.loads(SECRETS["SESSION_ENC_KEY"])
    raw = base64.b64decode(ring["keys"][ring["current"]])
    secret = password.encode()
    salt = secrets.token_bytes(16) if address is None else _keyed(raw, "password salt", address.encode())[:16]
    if pepper:
        secret = _keyed(raw, "password pepper", secret)
    for turn in range(1 if times is None else times):
        salted = salt if times is None else salt + bytes([turn])
        secret = hashlib.scrypt(secret, salt=salted, n=1 << log_n, r=r, p=p, maxmem=64 << 20, dklen=32)
    repeated = "" if times is None else f",t={times}"
    named = f",k={ring['current']}" if pepper else ""
    return f"$scrypt$ln={log_n},r={r},p={p}{repeated}{named}${_text(salt)}${_text(secret)}"


def _keyed(raw: bytes, purpose: str, text: bytes) -> bytes:
    key = hmac.new(raw, purpose.encode(), hashlib.sha256).digest()
    return hmac.new(key, text, hashlib.sha256).digest()


def stored_by_the_first_version(password: str, iterations: int = 100_000) -> str:
    """base64(salt + PBKDF2-SHA256), which said neither its algorithm nor its parameters."""
    salt = secrets.token_bytes(16)
    return base64.b64encode(salt + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)).decode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")
