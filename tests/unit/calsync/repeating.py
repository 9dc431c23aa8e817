"""Generated calendars whose entries repeat, for the comparison of the expander with the libraries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import strategies as st

ZONES = ("date", "floating", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
TODAY = date(2026, 11, 28)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, object]:
    """A rule as `icalendar` takes it, with an end by number or by date, or none."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    rule: dict[str, object] = {"FREQ": frequency}
    if draw(st.booleans()):
        rule["INTERVAL"] = draw(st.integers(1, 5))
    if draw(st.booleans()):
        nth = draw(st.sampled_from(["", "1", "-1", "2"])) if frequency in ("MONTHLY", "YEARLY") else ""
        rule["BYDAY"] = [nth + day for day in draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True))]
    if frequency in ("MONTHLY", "YEARLY", "DAILY") and draw(st.booleans()):
        rule["BYMONTH"] = draw(st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True))
    if frequency in ("MONTHLY", "YEARLY") and "BYDAY" not in rule and draw(st.booleans()):
        rule["BYMONTHDAY"] = draw(st.lists(st.sampled_from([1, 15, 28, 29, 30, 31, -1, -2]), min_size=1, unique=True))
    if ("BYDAY" in rule or "BYMONTHDAY" in rule) and frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        rule["BYSETPOS"] = draw(st.sampled_from([1, 2, -1]))
    if frequency == "WEEKLY" and draw(st.booleans()):
        rule["WKST"] = draw(st.sampled_from(["MO", "SU"]))
    return rule


@st.composite
def starts(draw: st.DrawFn, first: date = date(2021, 1, 1)) -> date:
    """A date, or a time by day in one of the zones: what a change of the clocks does is another test's."""
    day = draw(st.dates(first, date(2027, 12, 31)))
    zone = draw(st.sampled_from(ZONES))
    if zone == "date":
        return day
    moment = datetime.combine(day, time(draw(st.integers(8, 20)), 30))
    return moment if zone == "floating" else moment.replace(tzinfo=ZoneInfo(zone))


@st.composite
def series(draw: st.DrawFn, uid: str) -> list[icalendar.Event]:
    """An entry that repeats, and some of its occurrences left out, added, moved or cancelled."""
    start = draw(starts())
    rule = draw(rules())
    length = timedelta(days=draw(st.integers(1, 6)))
    ending = draw(st.sampled_from(["none", "count", "until"]))
    if ending == "count":
        rule["COUNT"] = draw(st.integers(1, 40))
        if rule["FREQ"] == "DAILY":  # days that hardly ever fit are more steps than a rule has
            rule = {part: value for part, value in rule.items() if part in ("FREQ", "INTERVAL", "COUNT")}
    elif ending == "until":
        until = start + timedelta(days=draw(st.integers(0, 900)))
        rule["UNTIL"] = until.astimezone(UTC) if isinstance(until, datetime) and until.tzinfo else until
    master = _event(uid, start, start + length, "regular")
    master.add("rrule", rule)
    days = st.integers(0, 400).map(lambda number: start + timedelta(days=number))
    for moment in draw(st.lists(days, max_size=3)):
        master.add("exdate", moment)
    for moment in draw(st.lists(days, max_size=2)):
        master.add("rdate", moment)
    events = [master]
    for origin in draw(st.lists(days, max_size=2, unique=True)):
        moved = origin + timedelta(days=draw(st.integers(0, 3)))
        change = _event(uid, moved, moved + length, "changed")
        change.add("recurrence-id", origin)
        events.append(change)
    return events


@st.composite
def calendars(draw: st.DrawFn) -> icalendar.Calendar:
    """A calendar of one to three series."""
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "x")
    for number in range(draw(st.integers(1, 3))):
        for event in draw(series(f"{number}@example.com")):
            calendar.add_component(event)
    return calendar


def _event(uid: str, start: date, end: date, summary: str) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", datetime(2026, 11, 1, tzinfo=UTC))
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", summary)
    return event
