"""What the first import of a calendar would do with each of its entries. Pure."""

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from calsync.feeds.kinds import kind_of
from calsync.feeds.models import IMPORTED, Decision, Fact
from calsync.ical.models import Event, Reading
from propflow.models import FeedPreviewEntry

MOST_LISTED = 200
TAKEN_BY = {
    "booking": "a booking", "hold": "a hold", "lease": "a lease", "owner": "the owner", "maintenance": "repairs",
    "ical": "another calendar",
}  # fmt: skip


class Taken(msgspec.Struct, frozen=True):
    """Nights of the unit, or of a part of it, that are taken now."""

    start: str
    end: str
    kind: str


def entries(reading: Reading, decision: Decision, taken: Sequence[Taken], today: str) -> list[FeedPreviewEntry]:
    """Every entry with its outcome, in the order of time."""
    facts = {fact.uid: fact for fact in decision.facts}
    shared = {place.uid for place in decision.placements if not place.alone}
    nights = _Nights(taken)
    found = sorted(reading.events, key=lambda event: (event.start, event.end, event.uid))
    return [_entry(event, facts.get(event.uid), event.uid in shared, nights, today) for event in found]


def _entry(event: Event, fact: Fact | None, shared: bool, nights: "_Nights", today: str) -> FeedPreviewEntry:
    outcome, reason = _outcome(event, fact, shared, nights, today)
    kind = kind_of(event) if fact is None else fact.kind
    return FeedPreviewEntry(start=event.start, end=event.end, kind=kind, outcome=outcome, reason=reason)


def _outcome(event: Event, fact: Fact | None, shared: bool, nights: "_Nights", today: str) -> tuple[str, str | None]:
    if event.end <= today:
        return "ignore", "It is over."
    if fact is None or fact.state not in (None, IMPORTED):
        return "ignore", "It takes no nights."
    if shared:
        return "conflict", "Another entry of this calendar has the same nights."
    blocking = nights.first(event.start, event.end)
    if blocking is not None:
        return "conflict", f"Its nights are taken by {TAKEN_BY.get(blocking.kind, 'something else')}."
    return "create", None


class _Nights:
    """Taken ranges of several units, for finding one that overlaps: what overlaps among them is made one."""

    def __init__(self, taken: Sequence[Taken]) -> None:
        self._ranges: list[Taken] = []
        for one in sorted(taken, key=lambda one: (one.start, one.end)):
            last = self._ranges[-1] if self._ranges else None
            if last is not None and one.start < last.end:
                self._ranges[-1] = Taken(last.start, max(last.end, one.end), last.kind)
            else:
                self._ranges.append(one)
        self._starts = [one.start for one in self._ranges]

    def first(self, start: str, end: str) -> Taken | None:
        """A taken range that overlaps `[start, end)`."""
        at = bisect_right(self._starts, start)
        around = self._ranges[max(0, at - 1) : at + 1]
        return next((one for one in around if one.start < end and start < one.end), None)
