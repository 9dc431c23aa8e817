"""Cryptography that only JavaScript has here."""

import hashlib
import json

import js
from pyodide.ffi import to_js
from workers import WorkerEntrypoint, import_from_javascript

SCRYPT = {"N": 16384, "r": 8, "p": 5, "maxmem": 64 * 1024 * 1024}


def _object(value):
    return to_js(value, dict_converter=js.Object.fromEntries)


class Crypto(WorkerEntrypoint):
    async def digest(self, text):
        result = await js.crypto.subtle.digest("SHA-256", to_js(text.encode()))
        return result.to_bytes().hex() == hashlib.sha256(text.encode()).hexdigest()

    async def pbkdf2(self, iterations):
        key = await js.crypto.subtle.importKey("raw", to_js(b"password"), "PBKDF2", False, to_js(["deriveBits"]))
        algorithm = {"name": "PBKDF2", "hash": "SHA-256", "salt": to_js(b"salt"), "iterations": iterations}
        return (await js.crypto.subtle.deriveBits(_object(algorithm), key, 256)).to_bytes().hex()

    async def scrypt(self, password, salt):
        """A Buffer cannot come into Python, so JavaScript turns it into numbers first."""
        crypto = import_from_javascript("node:crypto")
        derive = crypto.scryptSync.bind(None, password, to_js(salt.encode()), 32, _object(SCRYPT))
        numbers = json.loads(js.JSON.stringify(getattr(js.Array, "from")(to_js([0]), derive)))
        return bytes(numbers[0]["data"]).hex()

    async def absent_from_hashlib(self):
        return [name for name in ("scrypt", "pbkdf2_hmac") if not hasattr(hashlib, name)]
