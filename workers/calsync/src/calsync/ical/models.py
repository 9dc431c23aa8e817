"""What the reader returns and the writer takes. Dates are local ISO dates, ranges are half-open."""

import hashlib
import re

import msgspec

MAX_BYTES = 1 << 20
MAX_EVENTS = 5_000


_OCCURRENCE = re.compile(r"(?:#\d{8})+$", re.ASCII)
_NAMELESS = "without-uid:"

# Codes of problems that decide what else is believed of a calendar.
STRAY = "stray_end"  # an entry has lost its beginning: it may be any
UNKNOWN_ZONE = "unknown_zone"  # nights may be wrong, but every entry is known

Version = tuple[int, str, str]
"""(SEQUENCE, LAST-MODIFIED, DTSTAMP) of an entry, its instants as `20270228T120000Z`; empty where it does not say.
LAST-MODIFIED is empty, too, where it is the DTSTAMP: a host that stamps both anew each time tells nothing by them."""

UNVERSIONED: Version = (0, "", "")


def is_older(one: Version, other: Version) -> bool:
    """Whether a version of an entry comes before another one of it (RFC 5546, 2.1.5): by SEQUENCE, else by the first
    instant that both name and that differs."""
    if one[0] != other[0]:
        return one[0] < other[0]
    return next((mine < theirs for mine, theirs in zip(one[1:], other[1:], strict=True)
                 if mine and theirs and mine != theirs), False)  # fmt: skip


def occurrence(uid: str, day: str) -> str:
    """The UID of one occurrence of an entry that repeats: that of the entry and the day, as `YYYYMMDD`, on which the
    rule has it begin. An occurrence that somebody moved keeps it, as the calendar's RECURRENCE-ID does. Of several
    stays under one UID it is that of one, by its first day."""
    return f"{uid}#{day}"


def series(uid: str) -> str:
    """The UID of the entry that an occurrence belongs to; that of an entry which does not repeat is its own."""
    return _OCCURRENCE.sub("", uid)


def nameless(*words: str) -> str:
    """The UID of an entry that has none: it is what it says of its nights and in its title, which are not shown."""
    return _NAMELESS + hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


def is_nameless(uid: str) -> bool:
    """Whether an entry is known by its nights and words, since it has no UID."""
    return uid.startswith(_NAMELESS)


class CalendarBroken(Exception):
    """The body is not a whole calendar, so it says nothing about any stay. The text is for the manager."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """One entry of a calendar, as nights: `[start, end)`. The summary is read to tell the kind and never stored."""

    uid: str
    start: str
    end: str
    summary: str = ""
    version: Version = UNVERSIONED


class Problem(msgspec.Struct, frozen=True):
    """Why one entry was skipped or changed. Holds no text of the entry but its UID: titles may name guests.

    `lost`: what the calendar says here is not known, so nights may be open that were sold; else it is good to know.
    """

    code: str
    detail: str
    uid: str | None = None
    lost: bool = True


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A whole calendar that was read. `cancelled` entries said so themselves and count as absent, and so do those that
    are `free` time; `cancellations` has their versions by their UIDs.

    `repeats`: some entries repeat, so the same calendar says more each day, as the end of what is expanded moves.
    """

    events: list[Event]
    problems: list[Problem]
    cancelled: int = 0
    free: int = 0
    repeats: bool = False
    cancellations: dict[str, Version] = {}

    @property
    def seen(self) -> int:
        """How many entries it lists, those that are free time among them."""
        return len(self.events) + self.free

    @property
    def lost(self) -> int:
        """How many of the problems leave it unknown which nights are sold."""
        return sum(one.lost for one in self.problems)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry to write. `changed_at` is the instant of its last change; `sequence` grows with each change."""

    uid: str
    start: str
    end: str
    summary: str
    changed_at: int
    sequence: int = 0
