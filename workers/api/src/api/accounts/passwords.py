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
from api.settings import Settings
from propflow import log
from propflow.bindings.crypto import pbkdf2, scrypt
from propflow.keyring import Keyring, KeyringInvalid

PEPPER = "password pepper"
QUICK_LOG_N = 10  # about 2 ms


class Hashing(msgspec.Struct, frozen=True):
    """What passwords are stored with: the peppers, and how much work one is."""

    keyring: Keyring
    log_n: int = phc.LOG_N
    times: int = phc.TIMES

    @classmethod
    def of(cls, settings: Settings) -> "Hashing":
        """As it is deployed. Raises KeyringInvalid."""
        keyring = Keyring.parse(settings.SESSION_ENC_KEY)
        return cls(keyring, QUICK_LOG_N, 1) if settings.hashes_quickly else cls(keyring)

    def blank(self, salt: bytes) -> Scrypt:
        """A password of today that nothing was computed of yet."""
        key_id = self.keyring.current
        return Scrypt(log_n=self.log_n, times=self.times, key_id=key_id, salt=salt, hash=bytes(phc.LENGTH))


class Verdict(msgspec.Struct, frozen=True):
    """`outdated` says that the password is right and should be stored anew."""

    matches: bool
    outdated: bool = False


async def hash_password(how: Hashing, password: str) -> str:
    """About 180 ms of CPU in ten turns: ask the limiter first."""
    one = how.blank(secrets.token_bytes(phc.SALT_LENGTH))
    return phc.write(msgspec.structs.replace(one, hash=await _scrypt(how, password, one)))


async def verify_password(how: Hashing, password: str, stored: str | None) -> Verdict:
    """Compare. What is not there or cannot be read never matches, and costs as much as what does.

    Only a password of the first version takes longer, until its owner has logged in once.
    """
    today = how.blank(bytes(phc.SALT_LENGTH))
    try:
        one = None if stored is None else phc.parse(stored)
        matches = one is not None and hmac.compare_digest(await _derive(how, password, one), one.hash)
    except (Malformed, KeyringInvalid) as unreadable:
        log.warning("password.unreadable", reason=str(unreadable))
        one, matches = None, False
    if one is None or (isinstance(one, Pbkdf2) and not matches):
        await _scrypt(how, password, today)
    return Verdict(matches, one is not None and matches and phc.is_outdated(one, today))


async def _derive(how: Hashing, password: str, one: Scrypt | Pbkdf2) -> bytes:
    if isinstance(one, Scrypt):
        return await _scrypt(how, password, one)
    return await pbkdf2(password.encode(), one.salt, iterations=phc.PBKDF2_ITERATIONS, length=len(one.hash))


async def _scrypt(how: Hashing, password: str, one: Scrypt) -> bytes:
    secret = unicodedata.normalize("NFC", password).encode()
    if one.key_id is not None:
        secret = hmac.new(how.keyring.derived(one.key_id, PEPPER), secret, hashlib.sha256).digest()
    computed = 1 if one.times is None else one.times
    taken, step = turns.take_on(max(computed, how.times)), turns.STEP
    for turn in range(computed):
        began = await turns.begin(taken)
        salt = one.salt if one.times is None else one.salt + bytes([turn])
        secret = scrypt(secret, salt, n=1 << one.log_n, r=one.r, p=one.p, length=len(one.hash))
        step = turns.end(began, phc.steps(one))
    for _ in range(computed, how.times):  # made in fewer steps, once: it takes as many pauses, so time tells less
        await turns.rest(taken, step)
    return secret
