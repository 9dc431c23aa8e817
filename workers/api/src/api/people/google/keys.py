"""Google's public keys, remembered by the isolate as long as Google says.

A token that names an unknown key makes us look again, because keys rotate, but at most once a minute: whoever invents
key ids makes no traffic. Who comes while another request looks waits for what that finds.
"""

import asyncio
import re

import msgspec

from api.people.google.errors import unreachable
from propflow import log
from propflow.bindings import http
from propflow.clock import DAY, MINUTE, now_ms

TIMEOUT_MS = 5_000
LARGEST = 64 * 1024  # bytes
MOST = 20
LEAST_AGE, LONGEST_AGE = 5 * MINUTE, DAY
PAUSE = MINUTE
LOOK_MS = 50  # how often who waits looks whether the keys have come
LEAST_N = 342  # characters of base64url: 2048 bits


class Jwk(msgspec.Struct, frozen=True, kw_only=True):
    """A key as RFC 7517 writes it."""

    kty: str = ""
    kid: str = ""
    use: str = "sig"
    alg: str = "RS256"
    n: str = ""
    e: str = ""


class _KeySet(msgspec.Struct, frozen=True):
    """Each key is read by itself: one that is unlike the others must not cost us those."""

    keys: list[msgspec.Raw]


class Keys:
    """The keys of one address. All instants are milliseconds."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._keys: dict[str, Jwk] = {}
        self._good_until = 0
        self._asked_again_at = 0
        self._asking_until = 0  # when the request that asks Google has given up at the latest; 0 when none asks

    async def find(self, kid: str, now: int) -> dict[str, str] | None:
        """`n` and `e` of the key with this id, or None; raises Unavailable when Google must be asked and is silent."""
        if now >= self._good_until:
            await self._fetch(now)
        elif kid not in self._keys and now - self._asked_again_at >= PAUSE:
            self._asked_again_at = now
            await self._fetch(now)
        elif kid not in self._keys:
            await self._arrival(kid)
        found = self._keys.get(kid)
        return None if found is None else {"n": found.n, "e": found.e}

    async def _arrival(self, kid: str) -> None:
        """Wait for the fetch of another request, if there is one. Its promise is not ours to await: workerd lets no
        request wait for another one's, so we look again and again, and no longer than that one may take."""
        for _ in range(TIMEOUT_MS // LOOK_MS):
            if kid in self._keys or now_ms() >= self._asking_until:
                return
            await asyncio.sleep(LOOK_MS / 1000)

    async def _fetch(self, now: int) -> None:
        self._asking_until = now_ms() + TIMEOUT_MS
        try:
            self._keys, self._good_until = await self._asked(now)
        finally:
            self._asking_until = 0

    async def _asked(self, now: int) -> tuple[dict[str, Jwk], int]:
        """What Google says, and until when it is good."""
        try:
            answer = await http.call("GET", self.url, timeout_ms=TIMEOUT_MS, max_bytes=LARGEST)
        except http.HttpFailed as failed:
            log.warning("google.keys_failed", reason=str(failed))
            raise unreachable() from None
        keys = read(answer.body) if answer.status == 200 else {}
        if not keys:
            log.warning("google.keys_failed", status=answer.status)
            raise unreachable()
        return keys, now + lifetime(answer.headers.get("cache-control", ""))


def read(body: bytes) -> dict[str, Jwk]:
    """The keys that can sign an id token, by their ids; empty when the text is no key set."""
    try:
        found = msgspec.json.decode(body, type=_KeySet).keys
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    usable = [key for one in found if (key := _usable(one)) is not None]
    return {key.kid: key for key in usable[:MOST]}


def _usable(text: msgspec.Raw) -> Jwk | None:
    try:
        key = msgspec.json.decode(text, type=Jwk)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    is_rs256 = key.kty == "RSA" and key.use == "sig" and key.alg == "RS256"
    return key if is_rs256 and key.kid and len(key.n) >= LEAST_N and key.e else None


def lifetime(cache_control: str) -> int:
    """How long the keys may be kept, between five minutes and a day."""
    named = re.search(r"(?:^|[\s,])max-age=(\d{1,9})(?=[\s,]|$)", cache_control.lower())
    return min(max(int(named[1]) * 1000 if named else 0, LEAST_AGE), LONGEST_AGE)


_of_isolate: dict[str, Keys] = {}


def keys_at(url: str) -> Keys:
    """The isolate's one set of keys of this address."""
    return _of_isolate.setdefault(url, Keys(url))
