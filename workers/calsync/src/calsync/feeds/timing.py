"""When a feed is read next: often where nights may be sold or change hands soon and much changes, else seldom. Pure."""

import zlib
from datetime import date

from propflow import clock

SHORTEST = 5 * clock.MINUTE
LONGEST = 6 * clock.HOUR
AFTER_FAILURE = 15 * clock.MINUTE
NOTED_AFTER = clock.HOUR  # how old the last success may look while a calendar goes on saying the same
SPREAD = 8  # a pause is longer by up to an eighth, so that hosts are not asked for all feeds at once

# Days until the unit's next night that is free or changes hands, and the pause while much changes.
NEAR = ((1, SHORTEST), (7, 15 * clock.MINUTE))
FAR = clock.HOUR

# For how long the calendar has said nothing new, and how many times longer the pause is then.
CALM = ((30 * clock.DAY, 8), (7 * clock.DAY, 4), (clock.DAY, 2))


def pause(today: str, busy_until: str | None, changed_at: int | None, now: int) -> int:
    """Milliseconds between two readings that succeed. `busy_until`: when the stay that is on now ends, if one is."""
    open_in = 0 if busy_until is None else (date.fromisoformat(busy_until) - date.fromisoformat(today)).days
    near = next((length for days, length in NEAR if open_in <= days), FAR)
    calm = 0 if changed_at is None else now - changed_at
    times = next((factor for since, factor in CALM if calm >= since), 1)
    return min(near * times, LONGEST)


def backoff(failures: int) -> int:
    """Milliseconds after so many failures in a row: doubled with each."""
    return min(AFTER_FAILURE << min(failures, 10), LONGEST)


def next_due(feed_id: str, now: int, length: int) -> int:
    """The instant after a pause; a little later for each feed, and always as much for the same one."""
    return now + length + zlib.crc32(feed_id.encode()) % (length // SPREAD)
