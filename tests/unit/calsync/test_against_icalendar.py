"""Differential: what the libraries read in generated calendars, scanner and expander read as well, to the night.

CALENDARS=10000 tries that many; what every run tries is a part of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rruleset, rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.ical.models import series
from calsync.ical.reader import read
from tests.unit.calsync import repeating
from tests.unit.calsync.repeating import TODAY

MANY = int(os.environ.get("CALENDARS", "400"))

HOMES = st.sampled_from(["Europe/Zurich", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"]).map(ZoneInfo)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
# The last minute of a day, on any of these clocks, means more to us than to a library: test_ends_of_days.py.
TIMES = (
    st.times().map(lambda at: at.replace(microsecond=0, tzinfo=None, fold=0)).filter(lambda at: at.minute % 30 != 29)
)
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=80)


@st.composite
def moments(draw: st.DrawFn) -> date:
    """A date, a floating time, a UTC time or a time in a zone."""
    day = draw(DAYS)
    zone = draw(st.sampled_from(["date", "floating", "UTC", "Europe/Lisbon", "America/Los_Angeles", "Asia/Tokyo"]))
    if zone == "date":
        return day
    moment = datetime.combine(day, draw(TIMES))
    if zone == "floating":
        return moment
    return moment.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))


@st.composite
def calendars(draw: st.DrawFn) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", draw(TEXT) or "x")
    for number in range(draw(st.integers(0, 6))):
        event = icalendar.Event()
        event.add("uid", f"{number}@example.com")
        event.add("dtstamp", datetime(2026, 11, 1, tzinfo=UTC))
        start = draw(moments())
        event.add("dtstart", start)
        length = draw(st.sampled_from(["none", "end", "duration"]))
        days = draw(st.integers(0, 40))
        if length == "end":
            event.add("dtend", start + timedelta(days=days))
        elif length == "duration":
            event.add("duration", timedelta(days=days))
        event.add("summary", draw(TEXT))
        event.add("description", draw(TEXT))
        if draw(st.booleans()):
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", timedelta(days=-1))
            alarm.add("description", draw(TEXT))
            event.add_component(alarm)
        calendar.add_component(event)
    return calendar


@settings(max_examples=MANY, deadline=None)
@given(calendars(), HOMES)
def test_same_nights_as_the_library(calendar: icalendar.Calendar, home: ZoneInfo) -> None:
    body = calendar.to_ical()
    expected = {}
    for event in icalendar.Calendar.from_ical(body).events:
        first = local(event["DTSTART"].dt, home)
        last = local(event["DTEND"].dt, home) if "DTEND" in event else first
        if "DURATION" in event:  # days of the calendar, so on the clock of the property
            last = first + event["DURATION"].dt
        expected[str(event["UID"])] = (first.isoformat(), max(last, first + timedelta(days=1)).isoformat())
    reading = read(body, home)
    assert not reading.problems
    assert {one.uid: (one.start, one.end) for one in reading.events} == expected


def local(moment: date, home: ZoneInfo) -> date:
    if not isinstance(moment, datetime):
        return moment
    return (moment if moment.tzinfo is None else moment.astimezone(home)).date()


@settings(max_examples=MANY, deadline=None)
@given(repeating.calendars(), HOMES)
def test_same_occurrences_as_the_libraries(calendar: icalendar.Calendar, home: ZoneInfo) -> None:
    body = calendar.to_ical()
    end = TODAY + timedelta(days=700)

    def within(found: list[tuple[str, date, date]]) -> set[tuple[str, date, date]]:
        return {(uid, first, last) for uid, first, last in found if first < end and last > TODAY}

    reading = read(body, home, TODAY)
    ours = [(series(one.uid), date.fromisoformat(one.start), date.fromisoformat(one.end)) for one in reading.events]
    assert not reading.problems
    assert reading.repeats
    assert within(ours) == within(list(expected(icalendar.Calendar.from_ical(body), home, end)))


def expected(calendar: icalendar.Calendar, home: ZoneInfo, end: date) -> Iterator[tuple[str, date, date]]:
    """What the calendar says: the set of each rule without the occurrences that were changed, and the changes."""
    changed = {(str(one["UID"]), shown(one["RECURRENCE-ID"].dt)) for one in calendar.events if "RECURRENCE-ID" in one}
    for event in calendar.events:
        uid, start = str(event["UID"]), event["DTSTART"].dt
        length = shown(event["DTEND"].dt) - shown(start)
        begins = (
            [shown(start)]
            if "RECURRENCE-ID" in event
            else list(occurrences(event, shown(start), end + timedelta(days=3)))
        )
        for at in begins:
            if "RECURRENCE-ID" in event or (uid, at) not in changed:
                first, last = (local(back(one, start), home) for one in (at, at + length))
                yield uid, first, max(last, first + timedelta(days=1))  # 24 hours within a day of 25 are a night, too


def occurrences(event: icalendar.Event, start: datetime, end: date) -> Iterator[datetime]:
    """The occurrences of an entry on its own clock, from its very beginning."""
    rule = icalendar.vRecur(event["RRULE"])
    if "UNTIL" in rule:
        zone = event["DTSTART"].dt.tzinfo if isinstance(event["DTSTART"].dt, datetime) else None
        until = rule["UNTIL"][0]
        rule["UNTIL"] = shown(until.astimezone(zone) if isinstance(until, datetime) and zone else until)
    found = rruleset()
    found.rrule(rrulestr(rule.to_ical().decode(), dtstart=start))
    found.rdate(start)
    for name, add in (("RDATE", found.rdate), ("EXDATE", found.exdate)):
        lines = event.get(name, [])
        for line in lines if isinstance(lines, list) else [lines]:
            for listed in line.dts:
                add(shown(listed.dt))
    yield from found.between(datetime(2000, 1, 1), datetime.combine(end, time()), inc=True)


def shown(moment: date) -> datetime:
    """A moment as its own clock shows it."""
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None)
    return datetime.combine(moment, time())


def back(at: datetime, like: date) -> date:
    """The moment at which the clock of `like` shows this."""
    return at.replace(tzinfo=like.tzinfo) if isinstance(like, datetime) else at.date()
