"""Turns at computing: a step of a hash keeps the isolate from answering anybody, so after each it answers others.

Whoever hashes books the next free turn and sleeps until it comes; after a step the isolate is for others, at least for
as long as the step took. There is nothing to give back, so a request that is cancelled while it sleeps keeps nobody
waiting: a future that it would have to fulfil could be waited for in vain, and workerd lets no request wait for another
one's. While something computes, the clock of a Worker stands still, so a step is taken to last as long as was measured.

The line is what is booked and all steps to come of the passwords that were taken on. It is looked at before anything is
asked of others, and again at the first step, because many may have passed the first look at once.
"""

import asyncio
from contextvars import ContextVar

import msgspec

from api.access.precedence import give_way
from propflow.clock import now_ms
from propflow.errors import Unavailable

STEP = 20  # ms that one scrypt of N=2^13, r=8, p=1 takes
PAUSE = 3 * STEP  # ms for others after each that takes so long: three quarters of the isolate's time are theirs
LONGEST_LINE = 5_000  # ms of steps before one's own, beyond which no other password is taken on
LONGEST_OF_DEVICES = 10_000  # the same for known devices: the line may be long because of others
BELIEVED = 15_000  # ms for which a password counts that takes no step: its request may have been cancelled


class Owed(msgspec.Struct, frozen=True):
    """How many steps a password that was taken on has not booked yet, and until when that is believed."""

    steps: int
    until: int


def pause_after(step: int) -> int:
    """How long others have the isolate after a step that took so long. A turn with its pause takes as long as another,
    however quick the machine is just now, up to a step that takes twice as long as it should.
    """
    return max(STEP + PAUSE - step, 2 * STEP, step)


class Turns:
    """When the next turn of an isolate is free, and how many are to come. All instants are milliseconds."""

    def __init__(self) -> None:
        self._free_at = 0
        self._last = 0
        self._owed: dict[int, Owed] = {}

    def take_on(self, now: int, steps: int) -> int:
        """A password with so many steps; returns under which number it books them."""
        self._last += 1
        self._owed[self._last] = Owed(steps, now + BELIEVED)
        return self._last

    def book(self, now: int, password: int, lasts: int = STEP + PAUSE) -> int:
        """Take the next turn; returns how long to sleep until it comes."""
        owed = self._owed.pop(password, None)
        if owed is not None and owed.steps > 1:
            self._owed[password] = Owed(owed.steps - 1, now + BELIEVED)
        begins = max(now, self._free_at)
        self._free_at = begins + lasts
        return begins - now

    def end(self, began: int, now: int, steps: int = 1) -> int:
        """The pause after a turn begins now; `steps` in one go have the pause of one. A next turn that is booked stays.

        Returns how long a step of it took.
        """
        each = (now - began) // steps or STEP
        after = now + pause_after(each)
        self._free_at = after if self._free_at <= began + STEP + PAUSE else max(self._free_at, after)
        return each

    def is_long(self, now: int, longest: int = LONGEST_LINE) -> bool:
        """Whether so much is to be computed that nobody else should begin to."""
        self._owed = {number: owed for number, owed in self._owed.items() if owed.until > now}
        to_come = sum(owed.steps for owed in self._owed.values()) * (STEP + PAUSE)
        return max(self._free_at - now, 0) + to_come > longest


_turns = Turns()
_longest: ContextVar[int | None] = ContextVar("longest", default=None)  # of the line, for who has not begun


def take_on(steps: int) -> int:
    """A password with so many steps begins; raises Unavailable when the line has become long since it was looked at."""
    longest = _longest.get()
    if longest is not None:
        refuse_long_line(longest)
        _longest.set(None)  # who has begun comes to an end
    return _turns.take_on(now_ms(), steps)


async def begin(password: int) -> int:
    """Wait for one's turn; returns when it came."""
    await asyncio.sleep(_turns.book(now_ms(), password) / 1000)
    await give_way()
    return now_ms()


def end(began: int, steps: int = 1) -> int:
    """Say that it is over; returns how long a step took."""
    return _turns.end(began, now_ms(), steps)


async def rest(password: int, step: int) -> None:
    """Only the pause of a turn whose step, of so many ms, was made before in one go."""
    await asyncio.sleep(_turns.book(now_ms(), password, pause_after(step)) / 1000)
    await give_way()
    now = now_ms()  # who wakes late begins the next pause late, as after a step
    _turns.end(now - step, now)


def look(longest: int = LONGEST_LINE) -> None:
    """Raises Unavailable while the line is long; the first password of this request looks again."""
    refuse_long_line(longest)
    _longest.set(longest)


def refuse_long_line(longest: int = LONGEST_LINE) -> None:
    """Raises Unavailable while too many passwords wait to be compared here."""
    if _turns.is_long(now_ms(), longest):
        raise Unavailable("busy", "Many people are signing in just now. Try again in a moment.", retry_after=2)
