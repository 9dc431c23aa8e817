"""Cryptography of the platform: scrypt from node:crypto, AES-GCM and PBKDF2 from WebCrypto, digests from Python.

scrypt N=2^13, r=8, and ten times in all, is one of OWASP's recommendations, the one with the shortest steps (8 MiB):
https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

import hashlib
import json
import secrets
from typing import Any

from propflow.bindings.convert import to_object

MOST_PBKDF2_ITERATIONS = 100_000  # Workers refuse more; the local runtime does not


def sha256(text: str) -> str:
    """Hex SHA-256 of a token or a body."""
    return hashlib.sha256(text.encode()).hexdigest()


def scrypt(password: bytes, salt: bytes, *, n: int, r: int, p: int, length: int) -> bytes:
    """Derive `length` bytes. About 20 ms of CPU with the parameters above and p=1, in which nobody else is answered."""
    from js import JSON, Array
    from pyodide.ffi import to_js
    from workers import import_from_javascript

    node = import_from_javascript("node:crypto")
    options = to_object({"N": n, "r": r, "p": p, "maxmem": 64 * 1024 * 1024})
    # A Buffer cannot be converted to Python, so the call is bound and its result leaves as JSON text.
    derive = node.scryptSync.bind(None, to_js(password), to_js(salt), length, options)
    return bytes(json.loads(JSON.stringify(Array.from_(to_js([0]), derive)))[0]["data"])


async def pbkdf2(password: bytes, salt: bytes, *, iterations: int, length: int) -> bytes:
    """PBKDF2-HMAC-SHA256; raises ValueError for more iterations than Workers allow."""
    if iterations > MOST_PBKDF2_ITERATIONS:
        raise ValueError(f"Workers derive with at most {MOST_PBKDF2_ITERATIONS} PBKDF2 iterations, not {iterations}")
    from js import crypto
    from pyodide.ffi import to_js

    key = await crypto.subtle.importKey("raw", to_js(password), "PBKDF2", False, to_js(["deriveBits"]))
    how = to_object({"name": "PBKDF2", "hash": "SHA-256", "salt": to_js(salt), "iterations": iterations})
    return bytes((await crypto.subtle.deriveBits(how, key, length * 8)).to_bytes())


async def _aes_key(key: bytes) -> Any:
    from js import crypto
    from pyodide.ffi import to_js

    return await crypto.subtle.importKey("raw", to_js(key), "AES-GCM", False, to_js(["encrypt", "decrypt"]))


async def encrypt(key: bytes, plain: str, context: str) -> bytes:
    """AES-256-GCM with a random nonce in front; `context` (the row's id) is authenticated but not stored."""
    from js import crypto
    from pyodide.ffi import to_js

    nonce = secrets.token_bytes(12)
    how = to_object({"name": "AES-GCM", "iv": to_js(nonce), "additionalData": to_js(context.encode())})
    sealed = await crypto.subtle.encrypt(how, await _aes_key(key), to_js(plain.encode()))
    return nonce + bytes(sealed.to_bytes())


async def decrypt(key: bytes, sealed: bytes, context: str) -> str:
    """Undo `encrypt`; raises ValueError when key, text or context do not belong together."""
    from js import crypto
    from pyodide.ffi import JsException, to_js

    how = to_object({"name": "AES-GCM", "iv": to_js(sealed[:12]), "additionalData": to_js(context.encode())})
    try:
        plain = await crypto.subtle.decrypt(how, await _aes_key(key), to_js(sealed[12:]))
    except JsException:
        raise ValueError("the sealed text does not belong to this key and row") from None
    return bytes(plain.to_bytes()).decode()


async def verify_rs256(jwk: dict[str, str], data: bytes, signature: bytes) -> bool:
    """Whether `signature` is RSASSA-PKCS1-v1_5 with SHA-256 of `data` by this public key (RFC 7518, 3.3).

    Only `n` and `e` of the key are looked at. Raises ValueError when they are no RSA public key.
    """
    from js import crypto
    from pyodide.ffi import JsException, to_js

    how = to_object({"name": "RSASSA-PKCS1-v1_5", "hash": "SHA-256"})
    public = to_object({"kty": "RSA", "n": jwk.get("n", ""), "e": jwk.get("e", "")})
    try:
        key = await crypto.subtle.importKey("jwk", public, how, False, to_js(["verify"]))
        return bool(await crypto.subtle.verify(how, key, to_js(signature), to_js(data)))
    except JsException:
        raise ValueError("not an RSA public key") from None
