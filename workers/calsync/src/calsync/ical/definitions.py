"""What a calendar itself says of a zone (VTIMEZONE: RFC 5545, 3.6.5), wherever that stands in it. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

import msgspec

from calsync.ical import rules
from calsync.ical.errors import EventBroken
from calsync.ical.properties import unescaped
from calsync.ical.rules import Budget

MOST = 64  # zones of one calendar
MOST_ONSETS = 500  # of one zone; Microsoft and Apple list the years one by one
FIRST, LAST = datetime(2000, 1, 1), datetime(2060, 1, 1)  # what a rule makes before or after that concerns nobody
_ZONE = re.compile(r"^BEGIN:VTIMEZONE[ \t]*\n(.*?)^END:VTIMEZONE[ \t]*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_PART = re.compile(r"^BEGIN:(STANDARD|DAYLIGHT)[ \t]*\n(.*?)^END:\1[ \t]*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^([A-Za-z-]+)(?:;[^:\n]*)?:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_OFFSET = re.compile(r"^([+-]?)(\d\d)(\d\d)(\d\d)?$", re.ASCII)


class Definition(msgspec.Struct, frozen=True):
    """One zone: where it lies, if it says so, and the text of its rules."""

    location: str
    rules: str


class Change(msgspec.Struct, frozen=True, order=True):
    """From `onset` on, read on the clock that was valid before, local time is `after` ahead of UTC."""

    onset: datetime
    before: timedelta
    after: timedelta


class Observed(tzinfo):
    """A zone that consists of its changes."""

    def __init__(self, changes: list[Change]) -> None:
        self._changes = sorted(changes)
        # What the clocks leave out is read as on the clock of before (RFC 5545, 3.3.5).
        self._onsets = [one.onset + max(one.after - one.before, timedelta(0)) for one in self._changes]
        self._instants = [one.onset - one.before for one in self._changes]

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """How far local time is ahead of UTC at a local time."""
        return self._offset(0 if moment is None else bisect_right(self._onsets, moment.replace(tzinfo=None)))

    def dst(self, moment: datetime | None) -> timedelta:
        """Which part of that is summer time is not known."""
        return timedelta(0)

    def tzname(self, moment: datetime | None) -> str:
        """It has no name that anybody else knows."""
        return "local"

    def fromutc(self, moment: datetime) -> datetime:
        """The local time at an instant of UTC."""
        return moment + self._offset(bisect_right(self._instants, moment.replace(tzinfo=None)))

    def _offset(self, changes: int) -> timedelta:
        return self._changes[changes - 1].after if changes else self._changes[0].before


def definitions(text: str) -> dict[str, Definition]:
    """The zones that a calendar defines, by their TZID."""
    if "VTIMEZONE" not in text and "vtimezone" not in text:
        return {}
    found: dict[str, Definition] = {}
    for match in _ZONE.finditer(text):
        if len(found) == MOST:
            break
        about = _properties(_PART.sub("", match[1]))
        name = unescaped(about.get("TZID", ""))
        found.setdefault(name, Definition(about.get("X-LIC-LOCATION", ""), match[1]))
    return found


def observed(definition: Definition) -> tzinfo | None:
    """The zone that the rules of a definition make; None where they cannot be followed."""
    budget, changes = Budget(), list[Change]()
    try:
        for part in _PART.finditer(definition.rules):
            changes += _changes(part[2], budget)
            if len(changes) > MOST_ONSETS:
                return None
    except (EventBroken, ValueError, OverflowError, KeyError):
        return None
    return Observed(changes) if changes else None


def _changes(part: str, budget: Budget) -> Iterator[Change]:
    """The changes that one observance makes. Raises what `observed` catches."""
    said = _properties(part)
    before, after = _offset(said.get("TZOFFSETFROM", said["TZOFFSETTO"])), _offset(said["TZOFFSETTO"])
    begin = _onset(said["DTSTART"])
    yield Change(begin, before, after)
    for onset in filter(None, said.get("RDATE", "").split(",")):
        yield Change(_onset(onset), before, after)
    if "RRULE" in said:
        rule = rules.parse(said["RRULE"])
        until = _onset(rule.until) + timedelta(days=1) if rule.until else LAST
        if until < FIRST:
            yield Change(until, before, after)
        for moment in rules.starts(rule, begin, FIRST, min(until, LAST), budget):
            yield Change(moment, before, after)


def _properties(lines: str) -> dict[str, str]:
    """The first line with each name; several of RDATE are one."""
    said: dict[str, str] = {}
    for line in _LINE.finditer(lines):
        name, value = line[1].upper(), line[2]
        said[name] = f"{said[name]},{value}" if name == "RDATE" and name in said else said.get(name, value)
    return said


def _onset(text: str) -> datetime:
    """A local time, or the beginning of a day. Raises ValueError."""
    return datetime.fromisoformat(text.strip().rstrip("Zz"))


def _offset(text: str) -> timedelta:
    """`+0100`. Raises ValueError."""
    match = _OFFSET.match(text)
    if not match:
        raise ValueError("not an offset")
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if offset >= timedelta(hours=24):
        raise ValueError("more than a day")
    return -offset if match[1] == "-" else offset
