"""Time zones as calendars name them. What cannot be known counts as the property's own zone, and is told.

A name of a place (`Europe/Zurich`) is believed before the rules that a calendar states beside it: these are often old,
or the half of them. Every other name is what the calendar says that it is, before it is what somebody else calls so.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from calsync.ical.definitions import Definition

_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}$")
_AHEAD = re.compile(
    r"^\(?\s*(?:UTC|GMT)\s*(?:([+-])\s*(\d{1,2})(?::?([0-5]\d))?)?\s*(?:\).*)?$", re.ASCII | re.IGNORECASE
)
_LONGEST = 100
_MOST = 32  # names looked up per calendar: each miss costs a search of the file system
_PARTS = (3, 2, 1)  # America/Argentina/Salta, Europe/Zurich, UTC
_WINTERS = (datetime(2026, 1, 1), datetime(2026, 7, 1))  # of the two halves of the earth


def find(name: str) -> tzinfo | None:
    """The zone with this IANA name."""
    if len(name) > _LONGEST or not _NAME.match(name):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def of_property(name: str) -> tzinfo:
    """The zone of a property; UTC where the name is unknown, so that a calendar can still be read."""
    return find(name) or UTC


def of_windows(name: str) -> tzinfo | None:
    """The zone that Windows calls so (`W. Europe Standard Time`), by the table of Unicode's CLDR."""
    from tzlocal.windows_tz import win_tz  # loaded when a calendar needs it: few do

    return find(win_tz.get(name, ""))


def of_offset(name: str, home: tzinfo) -> tzinfo | None:
    """The zone that is named by how far it is ahead of UTC (`(UTC+01:00) Amsterdam, Berlin`, `GMT-3`).

    Such a name says the time of winter. Where that is the property's own, its zone is meant, summer included.
    """
    match = _AHEAD.match(name)
    if not match:
        return None
    sign, hours, minutes = match.groups()
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    if abs(ahead) >= timedelta(hours=24):
        return None
    return home if ahead == winter(home) and name.startswith("(") else timezone(ahead)


def winter(zone: tzinfo) -> timedelta:
    """How far a zone is ahead of UTC when it has no summer time."""
    return min(moment.replace(tzinfo=zone).utcoffset() or timedelta(0) for moment in _WINTERS)


class Zones:
    """The zones that one calendar mentions. `text` is the calendar, which may define some of them."""

    def __init__(self, home: tzinfo, text: str = "") -> None:
        self.home = home
        self.unknown: dict[str, None] = {}  # names that nobody knows, in their order
        self._text = text
        self._known: dict[str, tzinfo] = {}
        self._definitions: dict[str, Definition] | None = None

    def named(self, tzid: str) -> tzinfo:
        """The zone that a TZID stands for, quoted or not, with a leading slash or a maker's prefix."""
        zone = self._known.get(tzid)
        if zone is None:
            zone = self._looked_up(tzid.strip('"').strip()) if len(self._known) < _MOST else None
            if zone is None:
                zone = self.home
                if len(self.unknown) < _MOST:
                    self.unknown[tzid.strip('"')] = None
            if len(self._known) < _MOST:
                self._known[tzid] = zone
        return zone

    def _looked_up(self, name: str) -> tzinfo | None:
        if len(name) > _LONGEST:
            return None
        place = _iana(name)
        if place is not None and "/" in name:
            return place
        return self._defined(name) or place or of_windows(name) or of_offset(name, self.home)

    def _defined(self, name: str) -> tzinfo | None:
        """The zone as the calendar defines it: by the place that it names, else by its rules."""
        from calsync.ical.definitions import definitions, observed  # with the library behind it

        if self._definitions is None:
            self._definitions = definitions(self._text)
        found = self._definitions.get(name)
        return None if found is None else _iana(found.location) or observed(found)


def _iana(name: str) -> tzinfo | None:
    """`Europe/Zurich`, `/Europe/Zurich` or `/mozilla.org/20070129_1/Europe/Zurich`."""
    if not name.startswith("/"):
        return find(name)
    parts = name.split("/")
    candidates = ("/".join(parts[-count:]) for count in _PARTS if count < len(parts))
    return next(filter(None, map(find, candidates)), None)
