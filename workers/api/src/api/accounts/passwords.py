"""Passwords: scrypt of the peppered password. The database alone, or the secret alone, is no use to a thief.

The pepper is a key derived from SESSION_ENC_KEY, so a key of that ring must stay as long as passwords name it:
they move to the current key as their owners log in.
"""

import hashlib
import hmac
import secrets
import unicodedata

import msgspec

from api.accounts import phc, turns
from api.accounts.phc import Malformed, Pbkdf2, Scrypt
from propflow import log
from propflow.bindings.crypto import pbkdf2, scrypt
from propflow.keyring import Keyring, KeyringInvalid

PEPPER = "password pepper"


class Verdict(msgspec.Struct, frozen=True):
    """`outdated` says that the password is right and should be stored anew."""

    matches: bool
    outdated: bool = False


async def hash_password(keyring: Keyring, password: str) -> str:
    """About 180 ms of CPU in five turns: ask the limiter first."""
    one = Scrypt(key_id=keyring.current, salt=secrets.token_bytes(phc.SALT_LENGTH), hash=bytes(phc.LENGTH))
    return phc.write(msgspec.structs.replace(one, hash=await _scrypt(keyring, password, one)))


async def verify_password(keyring: Keyring, password: str, stored: str | None) -> Verdict:
    """Compare. What is not there or cannot be read never matches, and costs as much as what does.

    Only a password of the first version takes longer, until its owner has logged in once.
    """
    try:
        one = None if stored is None else phc.parse(stored)
        matches = one is not None and hmac.compare_digest(await _derive(keyring, password, one), one.hash)
    except (Malformed, KeyringInvalid) as unreadable:
        log.warning("password.unreadable", reason=str(unreadable))
        one, matches = None, False
    if one is None or (isinstance(one, Pbkdf2) and not matches):
        await _scrypt(keyring, password, _decoy(keyring))
    return Verdict(matches, one is not None and matches and phc.is_outdated(one, keyring.current))


def _decoy(keyring: Keyring) -> Scrypt:
    return Scrypt(key_id=keyring.current, salt=bytes(phc.SALT_LENGTH), hash=bytes(phc.LENGTH))


async def _derive(keyring: Keyring, password: str, one: Scrypt | Pbkdf2) -> bytes:
    if isinstance(one, Scrypt):
        return await _scrypt(keyring, password, one)
    return await pbkdf2(password.encode(), one.salt, iterations=phc.PBKDF2_ITERATIONS, length=len(one.hash))


async def _scrypt(keyring: Keyring, password: str, one: Scrypt) -> bytes:
    secret = unicodedata.normalize("NFC", password).encode()
    if one.key_id is not None:
        secret = hmac.new(keyring.derived(one.key_id, PEPPER), secret, hashlib.sha256).digest()
    steps = 1 if one.times is None else one.times
    taken, step = turns.take_on(max(steps, phc.TIMES)), turns.STEP
    for turn in range(steps):
        began = await turns.begin(taken)
        salt = one.salt if one.times is None else one.salt + bytes([turn])
        secret = scrypt(secret, salt, n=1 << one.log_n, r=one.r, p=one.p, length=len(one.hash))
        step = turns.end(began, one.p)
    for _ in range(steps, phc.TIMES):  # made in fewer steps, once: it takes as many pauses, so time tells less
        await turns.rest(taken, step)
    return secret
