"""Entries that bear the same UID: the version with the higher SEQUENCE counts, equal ones are the union of their
nights. Pure."""

from collections.abc import Container, Iterator
from typing import TypeVar

import msgspec

from calsync.ical.models import Event, Problem, Version, occurrence

T = TypeVar("T")


class Versions:
    """The events of a calendar by their UID; None where the version that counts is cancelled."""

    def __init__(self) -> None:
        self._events: dict[str, Event | None] = {}
        self._cancelled: dict[str, Version] = {}
        self._alike: dict[str, list[Event]] = {}  # the events under one UID, where there are several
        self._outdated: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._events)

    def __contains__(self, uid: object) -> bool:
        return uid in self._events

    def add(self, event: Event) -> None:
        """Another entry."""
        if self._events.setdefault(event.uid, event) is not event:
            self._meet(event.uid, event, event.version)

    def cancel(self, uid: str, version: Version) -> None:
        """An entry says that it takes no nights, which counts unless one of the same version says that it does."""
        if uid in self._events:
            self._meet(uid, None, version)
        else:
            self._events[uid], self._cancelled[uid] = None, version

    def cancellations(self) -> dict[str, Version]:
        """The UIDs of what is cancelled, with the version that says so."""
        return {uid: self._cancelled[uid] for uid, event in self._events.items() if event is None}

    def cancelled_at(self, uid: str) -> int:
        """The version in which an entry was cancelled; -1 where it was not."""
        cancelled = uid in self._events and self._events[uid] is None
        return self._cancelled[uid][0] if cancelled else -1

    def take(self, other: "Versions", unless: Container[str] = ()) -> None:
        """Everything that another calendar, or part of one, has and `unless` has not."""
        self._events |= _left(other._events, unless)
        self._cancelled |= _left(other._cancelled, unless)
        self._alike |= _left(other._alike, unless)
        self._outdated |= _left(other._outdated, unless)

    def events(self) -> list[Event]:
        """What counts, in the order of the calendar."""
        if not self._alike:
            return [event for event in self._events.values() if event is not None]
        found: dict[str, Event] = {}
        for uid, event in self._events.items():
            for one in _union(self._alike[uid]) if uid in self._alike else [event]:
                if one is not None:
                    before = found.setdefault(one.uid, one)
                    found[one.uid] = one if before is one else _joined(before, one)
        return list(found.values())

    def problems(self) -> list[Problem]:
        """What a person should know of the entries that do not count as they are."""
        merged = [
            Problem("duplicate_uid", f"{len(events)} entries have this UID; those that touch were taken as one stay.",
                    uid, lost=False)
            for uid, events in self._alike.items()
        ]  # fmt: skip
        detail = "Several versions of this entry are in the calendar; the latest one counts."
        return merged + [Problem("outdated", detail, uid, lost=False) for uid in self._outdated]

    def _meet(self, uid: str, event: Event | None, version: Version) -> None:
        """Another entry with a known UID."""
        before = self._events[uid]
        known = self._cancelled[uid] if before is None else before.version
        if version[0] != known[0]:
            self._outdated[uid] = None
            if version[0] > known[0]:
                self._alike.pop(uid, None)
                self._put(uid, event, version)
        elif before is not None and event is not None:
            self._alike.setdefault(uid, [before]).append(event)
        elif event is not None:
            self._events[uid] = event

    def _put(self, uid: str, event: Event | None, version: Version) -> None:
        self._events[uid] = event
        if event is None:
            self._cancelled[uid] = version


def _left(by_uid: dict[str, T], unless: Container[str]) -> dict[str, T]:
    return {uid: one for uid, one in by_uid.items() if uid not in unless}


def _union(events: list[Event]) -> Iterator[Event]:
    """Events under one UID: what touches is one, as some hosts write arrival, departure and stay as three entries; what
    does not is several stays, each known by its first day, too."""
    ranges: list[Event] = []
    for event in sorted(events, key=lambda one: (one.start, one.end)):
        if ranges and event.start <= ranges[-1].end:
            ranges[-1] = _joined(ranges[-1], event)
        else:
            ranges.append(event)
    several = len(ranges) > 1
    return (
        msgspec.structs.replace(one, uid=occurrence(one.uid, one.start.replace("-", ""))) if several else one
        for one in ranges
    )


def _joined(one: Event, other: Event) -> Event:
    """Both ranges as one, in the later version."""
    return msgspec.structs.replace(
        one, start=min(one.start, other.start), end=max(one.end, other.end), summary=one.summary or other.summary,
        version=max(one.version, other.version),
    )  # fmt: skip
