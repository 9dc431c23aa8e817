"""Entries that bear the same UID: the version with the higher SEQUENCE counts, equal ones are one stay. Pure."""

from collections.abc import Container

from calsync.ical.models import Event, Problem


class Versions:
    """The events of a calendar by their UID; None where the version that counts is cancelled."""

    def __init__(self) -> None:
        self._events: dict[str, Event | None] = {}
        self._sequences: dict[str, int] = {}  # those that are not 0
        self._merged: dict[str, int] = {}
        self._outdated: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._events)

    def __contains__(self, uid: object) -> bool:
        return uid in self._events

    def add(self, event: Event, sequence: int) -> None:
        """Another entry, with its version."""
        if self._events.setdefault(event.uid, event) is not event:
            self._meet(event.uid, event, sequence)
        elif sequence:
            self._sequences[event.uid] = sequence

    def cancel(self, uid: str, sequence: int) -> None:
        """An entry says that it is cancelled, which counts unless one of the same version says it is not."""
        if uid in self._events:
            self._meet(uid, None, sequence)
        else:
            self._events[uid], self._sequences[uid] = None, sequence

    def cancelled_at(self, uid: str) -> int:
        """The version in which an entry was cancelled; -1 where it was not."""
        cancelled = uid in self._events and self._events[uid] is None
        return self._sequences.get(uid, 0) if cancelled else -1

    def take(self, other: "Versions", unless: Container[str] = ()) -> None:
        """Everything that another calendar, or part of one, has and `unless` has not."""
        self._events |= {uid: event for uid, event in other._events.items() if uid not in unless}
        self._merged |= {uid: count for uid, count in other._merged.items() if uid not in unless}
        self._outdated |= {uid: None for uid in other._outdated if uid not in unless}

    def events(self) -> list[Event]:
        """What counts, in the order of the calendar."""
        return [event for event in self._events.values() if event is not None]

    def problems(self) -> list[Problem]:
        """What a person should know of the entries that do not count as they are."""
        merged = [
            Problem("duplicate_uid", f"{count} entries have this UID; they were taken as one stay.", uid)
            for uid, count in self._merged.items()
        ]
        detail = "Several versions of this entry are in the calendar; the latest one counts."
        return merged + [Problem("outdated", detail, uid) for uid in self._outdated]

    def _meet(self, uid: str, event: Event | None, sequence: int) -> None:
        """Another entry with a known UID."""
        before, known = self._events[uid], self._sequences.get(uid, 0)
        if sequence != known:
            self._outdated[uid] = None
            self._merged.pop(uid, None)
            if sequence > known:
                self._events[uid], self._sequences[uid] = event, sequence
        elif before is not None and event is not None:
            self._events[uid] = _hull(before, event)
            self._merged[uid] = self._merged.get(uid, 1) + 1
        else:
            self._events[uid] = before or event


def _hull(one: Event, other: Event) -> Event:
    """Both ranges and what lies between: some hosts write arrival, departure and stay as three entries."""
    return Event(one.uid, min(one.start, other.start), max(one.end, other.end), one.summary or other.summary)
