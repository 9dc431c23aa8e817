"""When a calendar host may be asked again. Pure."""

import zlib
from datetime import UTC, datetime

import msgspec

from calsync.hosts.shares import RATE, SCHEDULED
from propflow import clock

LONGEST = 6 * clock.HOUR  # however long a host asks for: a wrong header must not shut a feed for ever
SPREAD = 15 * clock.MINUTE  # in which 4,500 feeds may come that have waited for one host
BUSY = (429, 503)
_DATE = "%a, %d %b %Y %H:%M:%S GMT"


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a request to a host may be made now, until when the tenant leaves it alone, and until when it asks none
    at all, because its servers have taken too much time."""

    taken: bool
    held_until: int = 0
    waited_until: int = 0


class LeftAlone(Exception):
    """The host is not asked now, which is nobody's failure. The text tells why; see `come_again` for when it may be."""

    def __init__(self, text: str, turn: Turn) -> None:
        super().__init__(text)
        self.turn = turn


def come_again(turn: Turn, who: str, now: int) -> int | None:
    """When `who` may try again for a turn; None when it has this one. Who waits for a host comes at its own moment."""
    if turn.held_until > now:
        return max(spread(turn.held_until, who), turn.waited_until)
    if turn.waited_until > now:
        return turn.waited_until
    return None if turn.taken else next_minute(now)


def next_minute(now: int) -> int:
    """When turns are counted anew."""
    return (now // clock.MINUTE + 1) * clock.MINUTE


def scheduled(asked: int, by_hand: int) -> bool:
    """Whether the schedule may take the last of so many turns of its own in a minute in which so many are people's."""
    return asked <= min(SCHEDULED, RATE - by_hand)


def spread(instant: int, feed_id: str) -> int:
    """A moment in the quarter of an hour after `instant`: those who waited do not come all at once."""
    return instant + zlib.crc32(feed_id.encode()) % SPREAD


def hold(status: int, retry_after: str | None, now: int) -> int | None:
    """Until when a host that answered so wants to be left alone (RFC 9110, 10.2.3: seconds, or a date)."""
    if status not in BUSY or not retry_after:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        until = now + int(text[:9]) * clock.SECOND
    else:
        try:
            until = int(datetime.strptime(text, _DATE).replace(tzinfo=UTC).timestamp()) * clock.SECOND
        except ValueError:
            return None
    return min(until, now + LONGEST) if until > now else None
