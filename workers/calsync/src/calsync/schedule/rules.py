"""Which of the feeds that are due are read in this minute, and when each is due next. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from calsync.feeds import timing
from calsync.hosts import rules as hosts
from calsync.hosts.rules import Turn
from calsync.hosts.shares import NOTED_AFTER


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A feed whose time has come. `in_trouble`: people were told so already.

    `well_at`: when it was last read, or connected, resumed or changed since, or its tenant was resumed. `asked` and
    `by_hand` are its host's: the requests of this minute, by the schedule and by people. `held_until`, `asked_at`:
    until when the tenant leaves the host alone, and about when it was last asked for the tenant. `waited_until`: until
    when the tenant asks none.
    """

    tenant_id: str
    id: str
    host: str
    well_at: int
    in_trouble: bool = False
    changed_at: int | None = None
    busy_until: str | None = None
    asked: int = 0
    by_hand: int = 0
    held_until: int = 0
    waited_until: int = 0
    asked_at: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`due_at` is the feed's next time. It is not `read` now while its host is to be left alone.

    Without a turn of the host it stays due since it was (`due_at` is None): who comes later is read later.
    """

    feed: Due
    read: bool
    due_at: int | None


def plan(found: Sequence[Due], today: str, now: int, unlimited: Collection[str]) -> list[Plan]:
    """One plan for each feed, in their order, so that those that come first have their host's turns."""
    asked: Counter[str] = Counter()
    plans = []
    for feed in found:
        free = feed.host in unlimited or hosts.scheduled(feed.asked + asked[feed.host] + 1, feed.by_hand)
        turn = Turn(taken=True, held_until=feed.held_until, waited_until=feed.waited_until)
        again = hosts.come_again(turn, feed.id, now)
        if again is None and free:
            asked[feed.host] += 1
            pause = timing.pause(today, feed.busy_until, feed.changed_at, now)
            plans.append(Plan(feed=feed, read=True, due_at=timing.next_due(feed.id, now, pause)))
        else:
            plans.append(Plan(feed=feed, read=False, due_at=again))
    return plans


def unnoted(plans: Sequence[Plan], now: int) -> list[tuple[str, str]]:
    """Hosts and tenants for whom they are asked now, as far as that was not noted lately."""
    asking = (plan.feed for plan in plans if plan.read and plan.feed.asked_at <= now - NOTED_AFTER)
    return sorted({(feed.host, feed.tenant_id) for feed in asking})
