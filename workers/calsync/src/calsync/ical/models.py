"""What the reader returns and the writer takes. Dates are local ISO dates, ranges are half-open."""

import re

import msgspec

MAX_BYTES = 1 << 20
MAX_EVENTS = 5_000


_OCCURRENCE = re.compile(r"#\d{8}$", re.ASCII)


def occurrence(uid: str, day: str) -> str:
    """The UID of one occurrence of an entry that repeats: that of the entry and the day, as `YYYYMMDD`, on which the
    rule has it begin. An occurrence that somebody moved keeps it, as the calendar's RECURRENCE-ID does."""
    return f"{uid}#{day}"


def series(uid: str) -> str:
    """The UID of the entry that an occurrence belongs to; that of an entry which does not repeat is its own."""
    return _OCCURRENCE.sub("", uid)


class CalendarBroken(Exception):
    """The body is not a whole calendar, so it says nothing about any stay. The text is for the manager."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """One entry of a calendar, as nights: `[start, end)`. The summary is read to tell the kind and never stored."""

    uid: str
    start: str
    end: str
    summary: str = ""


class Problem(msgspec.Struct, frozen=True):
    """Why one entry was skipped or changed. Holds no text of the entry but its UID: titles may name guests."""

    code: str
    detail: str
    uid: str | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A whole calendar that was read. `cancelled` entries said so themselves and count as absent.

    `repeats`: some entries repeat, so the same calendar says more each day, as the end of what is expanded moves.
    """

    events: list[Event]
    problems: list[Problem]
    cancelled: int = 0
    repeats: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to write. `changed_at` is the instant of its last change; `sequence` grows with each change."""

    uid: str
    start: str
    end: str
    summary: str
    changed_at: int
    sequence: int = 0
