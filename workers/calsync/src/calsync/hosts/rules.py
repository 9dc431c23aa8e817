"""When a calendar host may be asked again. Pure."""

import zlib
from datetime import UTC, datetime

import msgspec

from propflow import clock

RATE = 300  # requests per minute to one host: a feed each quarter of an hour, for 4,500 of them
LONGEST = 6 * clock.HOUR  # however long a host asks for: a wrong header must not shut a feed for ever
SPREAD = 15 * clock.MINUTE  # in which RATE lets 4,500 feeds come that have waited for one host
BUSY = (429, 503)
_DATE = "%a, %d %b %Y %H:%M:%S GMT"


class Turn(msgspec.Struct, frozen=True):
    """The `asked`-th request to a host in this minute, and until when it wanted to be left alone."""

    asked: int
    held_until: int


def wait_until(turn: Turn, now: int, *, limited: bool) -> int | None:
    """The instant from which the host may be asked; None when it may be now."""
    if turn.held_until > now:
        return turn.held_until
    if limited and turn.asked > RATE:
        return (now // clock.MINUTE + 1) * clock.MINUTE
    return None


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
