"""What we export comes back from the channel as closed: it says nothing new, and is told by its nights. Pure.

Channels make UIDs of their own. So nights decide, titles and lineage: every night of an echo is taken by something that
the channel reads in our export, and what it says there is nothing that we could not have written. Once an echo it stays
one for as long as it is listed: when its origin is cancelled, the channel still lists it until it reads ours again, and
that must not keep the night shut.

Under our own UID it comes back only where the occupancy is, or was, of this unit or of one that shares its nights:
whatever else bears a UID of ours is another's, and a fact.
"""

from collections.abc import Collection, Iterable, Sequence

from calsync.exports.rules import FAMILIES, Taken, family, is_own, moved_from, occupancy_of
from calsync.feeds.kinds import BLOCK, kind_of, may_repeat, tells_nothing
from calsync.feeds.models import ECHO, REMOVED, REPLACED, Known, Ours
from calsync.feeds.rolling import LONGEST_PREPARATION
from calsync.ical.models import Event
from calsync.spans import Nights, Timeline, days
from propflow.clock import MINUTE

SOONEST = 30 * MINUTE  # no channel has read ours and told it back sooner
CHANNELS = ("airbnb", "booking", "expedia", "google", *sorted({*FAMILIES, *FAMILIES.values()}))


def exported(taken: Iterable[Taken], channels: Sequence[str], host: str, own: frozenset[str]) -> list[Ours]:
    """What of the unit's nights the channel behind `host` reads with us. `own` are the feed's own occupancies."""
    readers = [channel for channel in channels if reads(channel, host)]
    told = any(family(channel) not in CHANNELS for channel in readers)
    return [
        Ours(
            occupancy_id=one.whole,
            start=one.start,
            end=one.end,
            since=one.updated_at,
            own=one.whole in own,
            moved=moved_from(one.source, host),
            told=told,
            title=one.title,
        )
        for one in taken
        if any(not is_own(channel, one.source) for channel in readers)
    ]


def reads(channel: str, host: str) -> bool:
    """Whether the export for `channel` may be read by the service at `host`: not when each is known to be another's."""
    source = f"ical:{host}"
    return (
        is_own(channel, source) or family(channel) not in CHANNELS or not any(is_own(one, source) for one in CHANNELS)
    )


def nights_of(echoes: Iterable[Known]) -> Nights:
    """The nights of echoes."""
    return Nights((one.start, one.end) for one in echoes)


def named(events: Iterable[Event]) -> list[str]:
    """The ids of the occupancies of ours, or of anybody's installation, that the UIDs of a calendar name."""
    return sorted({one for event in events if (one := occupancy_of(event.uid)) is not None})


class Echoes:
    """What the echoes of one calendar are told by. `gone` are the nights of echoes no longer listed under their UID,
    `returned` the ids of occupancies that this unit's exports show or have shown."""

    def __init__(
        self, gone: Nights, ours: Timeline[Ours], returned: Collection[str], *, today: str, now: int
    ) -> None:  # fmt: skip
        self._gone, self._ours, self._returned, self._today, self._now = gone, ours, returned, today, now

    def reason(self, event: Event, before: Known | None) -> str | None:
        """The reason code of an echo, or None."""
        named_one = occupancy_of(event.uid)
        if named_one is not None:
            return "echo_of_ours" if named_one in self._returned else None
        if not may_repeat(event):
            return None
        if before is not None and before.state == ECHO and before.start <= event.start and event.end <= before.end:
            return "echo_of_ours"
        return self._of_a_closure(event, before) if kind_of(event) == BLOCK else self._of_a_stay(event, before)

    def _of_a_closure(self, event: Event, before: Known | None) -> str | None:
        if self._gone.cover(event.start, event.end):
            return "echo_of_ours"  # under a new UID; of what may be a guest only its nights could tell
        covering = self._covering(event, before)
        left = _left(event, covering)
        if left == 0:
            return "echo_of_ours"
        inside = all(event.start <= one.start and one.end <= event.end for one in covering)
        return "echo_with_preparation" if covering and left <= LONGEST_PREPARATION and inside else None

    def _of_a_stay(self, event: Event, before: Known | None) -> str | None:
        if before is not None and before.state not in (REMOVED, REPLACED):
            return None  # it may be a guest who has moved onto our nights
        covering = [one for one in self._covering(event, before) if not (one.own or one.moved)]
        if not covering or any(self._now - one.since < SOONEST for one in covering):
            return None
        if tells_nothing(event):
            return "echo_of_ours" if _left(event, covering) == 0 and self._ends_with(event, covering) else None
        return "echo_of_ours" if any(_is_repeated(event, one) for one in covering) else None

    def _covering(self, event: Event, before: Known | None) -> list[Ours]:
        itself = None if before is None else before.occupancy_id
        return [one for one in self._ours.meeting(event.start, event.end) if one.occupancy_id != itself]

    def _ends_with(self, event: Event, covering: Sequence[Ours]) -> bool:
        """Whether it begins and ends where something of ours does: a guest within our nights is none of ours. What has
        begun is cut off at today."""
        begins = event.start <= self._today or any(one.start == event.start for one in covering)
        return begins and any(one.end == event.end for one in covering)


def _left(event: Event, covering: Iterable[Ours]) -> int:
    """How many of its nights nothing covers."""
    shared = Nights((max(one.start, event.start), min(one.end, event.end)) for one in covering)
    return days(event.start, event.end) - shared.count()


def _is_repeated(event: Event, one: Ours) -> bool:
    """Whether a hub repeats what we wrote, word for word: who calls guests of its own `Reserved` means other nights."""
    return (event.start, event.end, event.summary.strip().casefold()) == (one.start, one.end, one.title.casefold())
