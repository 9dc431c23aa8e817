"""Passwords: scrypt of the peppered password. The database alone, or the secret alone, is no use to a thief.

The pepper is a key derived from SESSION_ENC_KEY, so a key of that ring must stay as long as passwords name it:
they move to the current key as their owners log in. The salt is another, of the address: two accounts may have one
address, verified or not, and a password is computed once for both. No two addresses share a salt, and without the
secret nobody knows one.
"""

import hashlib
import hmac
import unicodedata

import msgspec

from api.core.settings import Settings
from api.people.identity import phc, turns
from api.people.identity.phc import Malformed, Pbkdf2, Scrypt
from propflow import log
from propflow.bindings.crypto import pbkdf2, scrypt
from propflow.keyring import Keyring, KeyringInvalid

PEPPER, SALT = "password pepper", "password salt"
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

    def blank(self, address: str) -> Scrypt:
        """A password of today, for an account with this address, that nothing was computed of yet."""
        key_id = self.keyring.current
        salt = hmac.new(self.keyring.derived(key_id, SALT), address.encode(), hashlib.sha256).digest()[
            : phc.SALT_LENGTH
        ]
        return Scrypt(log_n=self.log_n, times=self.times, key_id=key_id, salt=salt, hash=bytes(phc.LENGTH))


class Verdict(msgspec.Struct, frozen=True):
    """`outdated` says that the password is right and should be stored anew."""

    matches: bool
    outdated: bool = False


class Attempt:
    """A password, tried with what is stored for an address."""

    def __init__(self, how: Hashing, address: str, password: str) -> None:
        self._how, self._password, self._today = how, password, how.blank(address)
        self._computed: dict[Scrypt, bytes] = {}

    async def verify(self, stored: str | None) -> Verdict:
        """Compare. What is not there or cannot be read never matches."""
        try:
            one = None if stored is None else phc.parse(stored)
            matches = one is not None and hmac.compare_digest(await self._derive(one), one.hash)
        except (Malformed, KeyringInvalid) as unreadable:
            log.warning("password.unreadable", reason=str(unreadable))
            return Verdict(False)
        return Verdict(matches, one is not None and matches and phc.is_outdated(one, self._today))

    async def fail(self) -> None:
        """Nothing matched. Where there was nothing to compare with, it costs as much as where there was."""
        if not self._computed:
            await self._derive(self._today)

    async def _derive(self, one: Scrypt | Pbkdf2) -> bytes:
        if isinstance(one, Pbkdf2):
            length = len(one.hash)
            return await pbkdf2(self._password.encode(), one.salt, iterations=phc.PBKDF2_ITERATIONS, length=length)
        recipe = msgspec.structs.replace(one, hash=bytes(len(one.hash)))
        if recipe not in self._computed:
            self._computed[recipe] = await _scrypt(self._how, self._password, one)
        return self._computed[recipe]


async def hash_password(how: Hashing, address: str, password: str) -> str:
    """To be stored for an account with this address. About 180 ms of CPU in ten turns: ask the limiter first."""
    one = how.blank(address)
    return phc.write(msgspec.structs.replace(one, hash=await _scrypt(how, password, one)))


async def verify_password(how: Hashing, address: str, password: str, stored: str | None) -> Verdict:
    """Compare with one account's. What is not there or cannot be read costs as much as what does not match.

    Only a password of the first version takes longer, until its owner has logged in once.
    """
    attempt = Attempt(how, address, password)
    verdict = await attempt.verify(stored)
    if not verdict.matches:
        await attempt.fail()
    return verdict


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
