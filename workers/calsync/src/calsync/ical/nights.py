"""From DTSTART, DTEND and DURATION to nights: rules 2 and 3 of docs/calendars.md.

A date is taken as it is, whatever time stands behind it; a time becomes the local date of the property. An entry that
ends on the day it starts takes that night, and one that ends at 23:59 takes the night that begins then: a night too
many can be asked about, a night too few is sold twice.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from calsync.ical.errors import EventBroken
from calsync.ical.properties import Line, Properties
from calsync.ical.zones import Zones

ONE_DAY = timedelta(days=1)
LAST_MINUTE = time(23, 59)  # at which a day ends for those who write when it is over, and not when the next one begins
_TZID = re.compile(r";\s*TZID\s*=\s*(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)
_DATE = re.compile(r";\s*VALUE\s*=\s*\"?DATE\"?\s*(?:;|$)", re.IGNORECASE)
# `20270412T235959Z`, also as other formats write it: `2027-04-12T23:59:59.999+02:00`.
_TIME = re.compile(
    r"^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d):?(\d\d)?(?:[.,]\d+)?(?:(Z)|([+-])(\d\d):?(\d\d))?$", re.ASCII
)
_EXTENDED_DATE = re.compile(r"^\d{4}-\d\d-\d\d$", re.ASCII)
_DURATION = re.compile(
    r"^([+-]?)P(?=.)(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$", re.ASCII
)


def nights(event: Properties, zones: Zones) -> tuple[str, str]:
    """The half-open range of local dates that the entry takes. Raises EventBroken."""
    try:
        start = started(event, zones)
        first, last = span(start, ended(event, start, zones), zones.home)
    except (ValueError, OverflowError):
        raise impossible() from None
    return first.isoformat(), last.isoformat()


def common_nights(first: str, last: str | None) -> tuple[str, str]:
    """The same for dates as `YYYYMMDD`. Raises EventBroken."""
    try:
        start = _day(first)
        end = _following(first) if last is None or last == first else _day(last)
    except (ValueError, OverflowError):
        raise impossible() from None
    if end < start:
        raise _backwards()
    return start, end


# The days that calendars name are the same few hundred again and again.
@lru_cache(maxsize=4_096)
def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


@lru_cache(maxsize=4_096)
def _following(text: str) -> str:
    return (date.fromisoformat(text) + ONE_DAY).isoformat()


def without_start() -> EventBroken:
    """The entry does not say when it begins."""
    return EventBroken("missing_start", "The entry has no start.")


def impossible() -> EventBroken:
    """The entry names a day or a time that no calendar has."""
    return EventBroken("impossible_date", "The entry has a date or a duration that does not exist.")


def span(start: date, end: date, home: tzinfo) -> tuple[date, date]:
    """The first night and the day after the last one, in the property's zone. From midnight to the last minute of a day
    on the same clock are the days that are written, in whichever zone: nobody arrives and leaves then."""
    first = local(start, home)
    last = _departure(end, home)
    if isinstance(start, datetime) and isinstance(end, datetime) and start < end and _ends_a_day(end):
        if start.time() == time() and start.tzinfo == end.tzinfo:
            return start.date(), end.date() + ONE_DAY
        last = max(last, end.date() + ONE_DAY)
    return first, max(last, first + ONE_DAY)


def _departure(end: date, home: tzinfo) -> date:
    if not isinstance(end, datetime):
        return end
    here = end.astimezone(home)
    return here.date() + ONE_DAY if _ends_a_day(here) else here.date()


def _ends_a_day(end: datetime) -> bool:
    return end.time() >= LAST_MINUTE


def started(event: Properties, zones: Zones) -> date:
    """The moment of DTSTART. Raises EventBroken or ValueError."""
    if "DTSTART" not in event:
        raise without_start()
    return moment(event["DTSTART"], zones)


def ended(event: Properties, start: date, zones: Zones) -> date:
    """The moment of its end; that of its start where it has none. Raises EventBroken, ValueError or OverflowError."""
    if "DTEND" in event:
        end = moment(event["DTEND"], zones)
        if not (isinstance(start, datetime) and isinstance(end, datetime)):
            end = _day_of_end(end, event.value("DTEND"))
        check_order(start, end, zones.home)
        return end
    if "DURATION" in event:
        return later(start, event.value("DURATION").upper(), zones.home)
    return start


def _day_of_end(end: date, value: str) -> date:
    """Where dates are meant, the day that is written is the day of departure, but where its last minute is, too."""
    if isinstance(end, datetime):
        return end.date() + ONE_DAY if _ends_a_day(end) else end.date()
    written = _TIME.match(value.upper())
    return end + ONE_DAY if written and written[4] + written[5] >= "2359" else end


def moment(line: Line, zones: Zones) -> date:
    """A date, or a time in the zone that it names. What says that it is a date (VALUE=DATE) is one, whatever stands
    behind its eight digits. Raises ValueError."""
    head, value = line
    if len(value) != 8:
        value = value.strip().upper()
    if (len(value) == 8 and value.isdecimal()) or _EXTENDED_DATE.match(value):
        return date.fromisoformat(value)
    match = _TIME.match(value)
    if not match:
        raise ValueError("neither a date nor a time")
    day = date.fromisoformat("".join(match.groups()[:3]))
    if _DATE.search(head):
        return day
    return datetime.combine(day, time(), _clock(head, match, zones)) + _into_the_day(match)


def _into_the_day(match: re.Match[str]) -> timedelta:
    """How late it is, to the second; 24:00 is the end of the day, and a leap second the one before."""
    hour, minute, second = int(match[4]), int(match[5]), min(int(match[6] or 0), 59)
    if hour == 24 and minute == second == 0:
        return ONE_DAY
    at = time(hour, minute, second)
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _clock(head: str, match: re.Match[str], zones: Zones) -> tzinfo:
    """The clock that a time is read on."""
    if match[7]:
        return UTC
    if match[8]:
        ahead = timedelta(hours=int(match[9]), minutes=int(match[10]))
        return timezone(-ahead if match[8] == "-" else ahead)
    tzid = _TZID.search(head)
    return zones.named(tzid[1].strip()) if tzid else zones.home


def local(moment: date, home: tzinfo) -> date:
    """The property's date at that moment. Raises OverflowError."""
    return moment.astimezone(home).date() if isinstance(moment, datetime) else moment


def check_order(start: date, end: date, home: tzinfo) -> None:
    """Raises EventBroken where the end comes before the start."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        backwards = end.astimezone(UTC) < start.astimezone(UTC)
    else:
        backwards = local(end, home) < local(start, home)
    if backwards:
        raise _backwards()


def _backwards() -> EventBroken:
    return EventBroken("end_before_start", "The entry ends before it starts.")


def later(start: date, text: str, home: tzinfo) -> date:
    """The moment that a DURATION after another ends. Raises EventBroken, ValueError or OverflowError."""
    match = _DURATION.match(text)
    if not match:
        raise ValueError("not a duration")
    sign = match[1]
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    whole, rest = timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if sign == "-" and (whole or rest):
        raise EventBroken("end_before_start", "The entry has a negative duration.")
    if not isinstance(start, datetime):
        return start + whole + timedelta(days=-(-rest // ONE_DAY))  # a begun day is a whole one
    here = start.astimezone(home) + whole  # days are days of the property's calendar, hours pass (RFC 5545, 3.3.6)
    shown = here + rest
    if _ends_a_day(shown):  # the end of a day is meant, also on one that has 23 or 25 hours
        return shown
    return (here.astimezone(UTC) + rest).astimezone(start.tzinfo)
