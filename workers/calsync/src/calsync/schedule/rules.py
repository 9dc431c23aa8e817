"""Which of the feeds that are due are read in this minute, and when each is due next. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from calsync.feeds import timing
from calsync.hosts import rules as hosts
from calsync.hosts.rules import Turn


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A feed whose time has come. `in_trouble`: people were told so already.

    `well_at`: when it was last read, or connected, resumed or changed since. `asked` and `held_until` are its host's:
    the requests of this minute, and until when it wants to be left alone.
    """

    tenant_id: str
    id: str
    host: str
    well_at: int
    in_trouble: bool = False
    changed_at: int | None = None
    busy_until: str | None = None
    asked: int = 0
    held_until: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`due_at` is the feed's next time. It is not `read` now while its host is to be left alone."""

    feed: Due
    read: bool
    due_at: int


def plan(found: Sequence[Due], today: str, now: int, unlimited: Collection[str]) -> list[Plan]:
    """One plan for each feed, in their order, so that those that come first have their host's turns."""
    asked: Counter[str] = Counter()
    plans = []
    for feed in found:
        asked[feed.host] += 1
        turn = Turn(feed.asked + asked[feed.host], feed.held_until)
        wait = hosts.wait_until(turn, now, limited=feed.host not in unlimited)
        if wait is None:
            pause = timing.pause(today, feed.busy_until, feed.changed_at, now)
            plans.append(Plan(feed=feed, read=True, due_at=timing.next_due(feed.id, now, pause)))
        else:
            due_at = hosts.spread(wait, feed.id) if feed.held_until > now else wait
            plans.append(Plan(feed=feed, read=False, due_at=due_at))
    return plans
