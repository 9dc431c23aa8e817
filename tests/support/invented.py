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
    password: str, *, pepper: bool = True, log_n: int = 13, r: int = 8, p: int = 1, times: int | None = 10
) -> str:
    """A password as the product stores it, made with nothing but the standard library. `times` None: in one go."""
    ring = json.loads(SECRETS["SESSION_ENC_KEY"])
    secret, salt = password.encode(), secrets.token_bytes(16)
    if pepper:
        key = hmac.new(base64.b64decode(ring["keys"][ring["current"]]), b"password pepper", hashlib.sha256).digest()
        secret = hmac.new(key, secret, hashlib.sha256).digest()
    for turn in range(1 if times is None else times):
        salted = salt if times is None else salt + bytes([turn])
        secret = hashlib.scrypt(secret, salt=salted, n=1 << log_n, r=r, p=p, maxmem=64 << 20, dklen=32)
    repeated = "" if times is None else f",t={times}"
    named = f",k={ring['current']}" if pepper else ""
    return f"$scrypt$ln={log_n},r={r},p={p}{repeated}{named}${_text(salt)}${_text(secret)}"


def stored_by_the_first_version(password: str, iterations: int = 100_000) -> str:
    """base64(salt + PBKDF2-SHA256), which said neither its algorithm nor its parameters."""
    salt = secrets.token_bytes(16)
    return base64.b64encode(salt + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)).decode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")
