"""Published busy times: VFREEBUSY (RFC 5545, 3.6.4). Pure."""

import re
from collections.abc import Iterable

from calsync.ical import nights
from calsync.ical.models import MAX_EVENTS, CalendarBroken, Event
from calsync.ical.properties import Properties
from calsync.ical.zones import Zones
from calsync.spans import Nights

KIND = "VFREEBUSY"
_FREE = re.compile(r";\s*FBTYPE\s*=\s*\"?FREE\"?\s*(?:;|$)", re.IGNORECASE)


def periods(entry: Properties, zones: Zones) -> list[tuple[str, str]]:
    """The ranges of nights that it says are taken, be it for sure or tentatively; what overlaps is one. Raises
    EventBroken, all or nothing."""
    busy = [
        period
        for head, value in entry.lines("FREEBUSY") if not _FREE.search(head)
        for period in value.split(",") if period.strip()
    ]  # fmt: skip
    if len(busy) > MAX_EVENTS:
        raise CalendarBroken(f"The calendar has more than {MAX_EVENTS} entries.")
    try:
        found = sorted(_nights(period, zones) for period in busy)
    except (ValueError, OverflowError):
        raise nights.impossible() from None
    ranges: list[tuple[str, str]] = []
    for start, end in found:
        if ranges and start < ranges[-1][1]:
            ranges[-1] = ranges[-1][0], max(ranges[-1][1], end)
        else:
            ranges.append((start, end))
    return ranges


def uncovered(found: Iterable[tuple[str, str]], events: Iterable[Event]) -> list[tuple[str, str]]:
    """Those that the calendar's entries do not take already: many publish both."""
    taken = Nights((event.start, event.end) for event in events)
    return [(start, end) for start, end in found if not taken.cover(start, end)]


def _nights(period: str, zones: Zones) -> tuple[str, str]:
    """Those of `20270410T140000Z/20270412T090000Z` or `20270420T140000Z/P3D`."""
    begin, _, until = period.strip().partition("/")
    start = nights.moment(("", begin), zones)
    if until.strip().upper().startswith(("P", "+P", "-P")):
        end = nights.later(start, until.strip().upper(), zones.home)
    else:
        end = nights.moment(("", until), zones)
        nights.check_order(start, end, zones.home)
    first, last = nights.span(start, end, zones.home)
    return first.isoformat(), last.isoformat()
