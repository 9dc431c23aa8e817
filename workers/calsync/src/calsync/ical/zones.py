"""Time zones as calendars name them. What cannot be known counts as the property's own zone.

The rules that a calendar's own VTIMEZONE states are never used: they are often old or wrong, and a name is enough.
"""

import re
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}$")
_LONGEST = 100
_MOST = 32  # names looked up per calendar: each miss costs a search of the file system
_PARTS = (3, 2, 1)  # America/Argentina/Salta, Europe/Zurich, UTC


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


class Zones:
    """The zones one calendar mentions. `locations` is what its VTIMEZONEs say of themselves: TZID → X-LIC-LOCATION."""

    def __init__(self, home: tzinfo, locations: dict[str, str] | None = None) -> None:
        self.home = home
        self._locations = locations if locations is not None else {}
        self._known: dict[str, tzinfo] = {}

    def named(self, tzid: str) -> tzinfo:
        """The zone that a TZID stands for, quoted or not, with a leading slash or a maker's prefix."""
        zone = self._known.get(tzid)
        if zone is None:
            zone = self.home
            if len(self._known) < _MOST:
                zone = self._known[tzid] = self._looked_up(tzid.strip('"').strip()) or self.home
        return zone

    def _looked_up(self, name: str) -> tzinfo | None:
        if len(name) > _LONGEST:
            return None
        return _iana(name) or of_windows(name) or _iana(self._locations.get(name, ""))


def _iana(name: str) -> tzinfo | None:
    """`Europe/Zurich`, `/Europe/Zurich` or `/mozilla.org/20070129_1/Europe/Zurich`."""
    if not name.startswith("/"):
        return find(name)
    parts = name.split("/")
    candidates = ("/".join(parts[-count:]) for count in _PARTS if count < len(parts))
    return next(filter(None, map(find, candidates)), None)
