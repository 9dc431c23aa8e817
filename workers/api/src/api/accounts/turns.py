"""Turns at computing: a step of a hash keeps the isolate from answering anybody, so after each it answers others.

Whoever hashes books the next free turn and sleeps until it comes; as long as a step takes, the isolate is for others
then. There is nothing to give back, so a request that is cancelled while it sleeps keeps nobody waiting: a future that
it would have to fulfil could be waited for in vain, and workerd lets no request wait for another one's. While something
computes, the clock of a Worker stands still, so a step is taken to last as long as was measured.
"""

import asyncio

from propflow.clock import now_ms
from propflow.errors import Unavailable

STEP = 40  # ms that one scrypt of N=2^14, r=8, p=1 takes
PAUSE = STEP  # ms for others after each, at least
LONGEST_LINE = 600  # ms until the next free turn, beyond which no other password is taken


class Turns:
    """When the next turn of an isolate is free. All instants are milliseconds."""

    def __init__(self) -> None:
        self._free_at = 0

    def book(self, now: int) -> int:
        """Take the next turn; returns how long to sleep until it comes."""
        begins = max(now, self._free_at)
        self._free_at = begins + STEP + PAUSE
        return begins - now

    def end(self, began: int, now: int) -> None:
        """A turn that took longer is followed by a longer pause."""
        self._free_at = max(self._free_at, now + max(PAUSE, now - began))

    def is_long(self, now: int) -> bool:
        """Whether so many wait that nobody else should begin to."""
        return self._free_at - now > LONGEST_LINE


_turns = Turns()


async def begin() -> int:
    """Wait for one's turn; returns when it came."""
    await asyncio.sleep(_turns.book(now_ms()) / 1000)
    return now_ms()


def end(began: int) -> None:
    """Say that it is over."""
    _turns.end(began, now_ms())


def refuse_long_line() -> None:
    """Raises Unavailable while too many passwords wait to be compared here; asked before one is taken on."""
    if _turns.is_long(now_ms()):
        raise Unavailable("busy", "Many people are signing in just now. Try again in a moment.", retry_after=2)
