"""Who has asked little lately goes first: one isolate serves many callers, and computes for one at a time.

A caller that asked much in the last seconds waits while somebody is being served who did not, and while a request of
such a one is, its own included, so that however much some ask at once, the others share the isolate with one request of
theirs. It waits for half a second at most and is refused nothing. Whoever hashes or reads a file waits between two
steps, and nobody waits for them. All instants are milliseconds.

A request that is cancelled may never say that it has ended, so none is believed to go on for longer than two seconds.
Nothing waits for another request's future, which workerd forbids: who waits looks again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

import msgspec

from api.access import networks
from propflow.bindings.crypto import sha256
from propflow.clock import SECOND, now_ms

T = TypeVar("T")

MUCH = 15.0  # requests, of which half are forgotten every ten seconds: one a second for long, or so many at once
HALF_LIFE = 10 * SECOND
SIZE = 4096  # callers remembered; the one that was not heard of longest goes first
BELIEVED = 2 * SECOND
LONGEST = SECOND // 2
LONGEST_OF_STEP = 150
LOOKS = (4, 6, 10, 15, 20)  # ms between two looks, the last one ever after


class Asked(msgspec.Struct, frozen=True):
    """How much a caller asked, as of an instant."""

    much: float
    at: int

    def now(self, now: int) -> float:
        """What is left of it."""
        return float(self.much * 0.5 ** ((now - self.at) / HALF_LIFE))


class Precedence:
    """The callers of an isolate, and the requests that it is serving."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._asked: dict[str, Asked] = {}
        self._first: dict[int, int] = {}  # when each request began of those who asked little
        self._after: dict[int, int] = {}  # and of those who asked much
        self._last = 0

    def asks_much(self, caller: str, now: int) -> bool:
        """Counts a request; whether there were many before it."""
        before = self._asked.pop(caller, Asked(0, now)).now(now)
        self._asked[caller] = Asked(before + 1, now)
        if len(self._asked) > self._size:
            del self._asked[next(iter(self._asked))]
        return before >= MUCH

    def is_quiet(self, now: int) -> bool:
        """Whether nobody is being served who asked little."""
        return not _going_on(self._first, now)

    def is_free(self, now: int) -> bool:
        """Whether nobody is being served at all."""
        return self.is_quiet(now) and not _going_on(self._after, now)

    def begin(self, much: bool, now: int) -> int:
        """A request is served from now on; returns by which number it ends."""
        self._last += 1
        (self._after if much else self._first)[self._last] = now
        return self._last

    def end(self, number: int) -> None:
        """It has been answered."""
        self._first.pop(number, None)
        self._after.pop(number, None)


def _going_on(requests: dict[int, int], now: int) -> bool:
    """Forgets those that are not believed any more: the oldest come first."""
    while requests and next(iter(requests.values())) + BELIEVED < now:
        del requests[next(iter(requests))]
    return bool(requests)


_precedence = Precedence()
_serving: ContextVar[int] = ContextVar("serving", default=0)


def caller_of(header: Callable[[str], str | None]) -> str:
    """Who asks, as far as it is known before anything is looked up: a credential, or an address's largest network."""
    credential = header("authorization") or header("cookie")
    return networks.around(header("cf-connecting-ip") or "")[-1].name if credential is None else sha256(credential)


async def serve(caller: str, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work of a request when it is its turn."""
    much = _precedence.asks_much(caller, now_ms())
    if much:
        await _until(_precedence.is_free, LONGEST)
    number = _precedence.begin(much, now_ms())
    _serving.set(number)
    try:
        return await work()
    finally:
        _precedence.end(number)


async def give_way() -> None:
    """Between two steps of a long computation: wait while somebody is served who asked little. Nobody waits for this
    request any more.
    """
    _precedence.end(_serving.get())
    await _until(_precedence.is_quiet, LONGEST_OF_STEP)


async def _until(free: Callable[[int], bool], longest: int) -> None:
    begun, looks = now_ms(), 0
    while not free(now := now_ms()) and now - begun < longest:
        await asyncio.sleep(LOOKS[min(looks, len(LOOKS) - 1)] / SECOND)
        looks += 1
