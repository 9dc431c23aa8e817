"""Which vanished entry a new one is: many channels give a stay a new UID with each edit (docs/calendars.md, S2, S3).

The day of departure is the only stable point; else what shares at least half of its nights. One to one, never two to
one, and a stay is never taken for a closure. Pure.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from calsync.feeds.kinds import kind_of
from calsync.feeds.models import Known
from calsync.ical.models import Event
from calsync.spans import Timeline, days

LEAST = 0.5  # of the nights that either has
MOST_PAIRS = 50_000  # that share a night; of more, only entries with the same nights are matched


def matched(new: Sequence[Event], gone: Sequence[Known]) -> dict[str, Known]:
    """The vanished entry that each new one continues, by the UID of the new one; the best pairs first."""
    found = _alike(new, gone)
    used = {before.uid for before in found.values()}
    for _, uid, old, before in _pairs(
        [one for one in new if one.uid not in found], [one for one in gone if one.uid not in used]
    ):
        if uid not in found and old not in used:
            found[uid] = before
            used.add(old)
    return found


def _alike(new: Iterable[Event], gone: Iterable[Known]) -> dict[str, Known]:
    """Those with the same nights, in the order of their UIDs: no pair is better, and they need no comparing."""
    waiting: dict[tuple[str, str, str], list[Known]] = {}
    for before in sorted(gone, key=lambda one: one.uid, reverse=True):
        waiting.setdefault((before.kind, before.start, before.end), []).append(before)
    found: dict[str, Known] = {}
    for event in sorted(new, key=lambda one: one.uid):
        if alike := waiting.get((kind_of(event), event.start, event.end)):
            found[event.uid] = alike.pop()
    return found


def _pairs(new: Sequence[Event], gone: Sequence[Known]) -> list[tuple[float, str, str, Known]]:
    """What may be the same entry, the best first; nothing where too many share their nights."""
    timeline = Timeline(gone)
    meeting = ((event, before) for event in new for before in timeline.meeting(event.start, event.end))
    compared = list(islice(meeting, MOST_PAIRS + 1))
    if len(compared) > MOST_PAIRS:
        return []
    kinds = {event.uid: kind_of(event) for event in new}
    return sorted(
        (-score, event.uid, before.uid, before)
        for event, before in compared
        if kinds[event.uid] == before.kind and (score := _score(event, before)) > 0
    )  # fmt: skip


def _score(event: Event, before: Known) -> float:
    shared = days(max(event.start, before.start), min(event.end, before.end))
    ratio = shared / days(min(event.start, before.start), max(event.end, before.end))
    same_end = event.end == before.end
    return ratio + 1 if same_end else ratio if ratio >= LEAST else 0
