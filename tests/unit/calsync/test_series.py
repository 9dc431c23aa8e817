"""Entries that repeat: which occurrences they have, that each keeps its identity, and that no rule costs much."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from support.effort import effort

from calsync.ical.models import Reading, series
from calsync.ical.reader import read
from tests.unit.calsync import calendars
from tests.unit.calsync.calendars import calendar

ZURICH = ZoneInfo("Europe/Zurich")
MOST_EFFORT = 60  # a second or two
TODAY = date(2026, 11, 28)
NIGHT = "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261212"


def reading(*entries: str, home: ZoneInfo = ZURICH) -> Reading:
    return read(calendar(*entries), home, TODAY)


def found(*entries: str) -> list[tuple[str, str, str]]:
    """(day of the identity, first night, end) of each occurrence of `a`, without any problem."""
    result = reading(*entries)
    assert not result.problems
    return sorted((event.uid.removeprefix("a#"), event.start, event.end) for event in result.events)


WEEKS = [("20261210", "2026-12-10", "2026-12-12"), ("20261217", "2026-12-17", "2026-12-19")]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=2"], WEEKS),
        ([f"{NIGHT}\nrrule:freq=weekly;until=20261217;"], WEEKS),
        ([f"{NIGHT}\nRRULE:FREQ=WEEKLY;UNTIL=20261217T230000Z"], WEEKS),
        ([f"{NIGHT}\nRDATE;VALUE=DATE:20261217"], WEEKS),
        ([f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20261224"], WEEKS),
        ([f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20261224T000000"], WEEKS),
        ([f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=4\nEXDATE:20261224\nEXDATE:20261231"], WEEKS),
        ([f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=3", "UID:a\nRECURRENCE-ID:20261224\nSTATUS:CANCELLED"], WEEKS),
        (
            [f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=2", "UID:a\nRECURRENCE-ID:20261217\nDTSTART:20261219\nDTEND:20261220"],
            [WEEKS[0], ("20261217", "2026-12-19", "2026-12-20")],
        ),
        (  # the changed occurrence has versions of its own
            [
                f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=1",
                "UID:a\nRECURRENCE-ID:20261217\nDTSTART:20261219\nDTEND:20261220",
            ],
            [WEEKS[0], ("20261217", "2026-12-19", "2026-12-20")],
        ),
        (
            ["UID:a\nDTSTART:20200101\nDURATION:P1D\nRRULE:FREQ=YEARLY;UNTIL=20270601"],
            [("20270101", "2027-01-01", "2027-01-02")],
        ),
        (["UID:a\nDTSTART:20240229\nRRULE:FREQ=YEARLY"], [("20280229", "2028-02-29", "2028-03-01")]),
        (
            ["UID:a\nDTSTART:20100131\nRRULE:FREQ=MONTHLY;INTERVAL=6;UNTIL=20270601"],
            [("20270131", "2027-01-31", "2027-02-01")],
        ),
        (
            ["UID:a\nDTSTART;TZID=Europe/Zurich:20270327T230000\nDURATION:PT10H\nRRULE:FREQ=DAILY;COUNT=2"],
            [("20270327", "2027-03-27", "2027-03-28"), ("20270328", "2027-03-28", "2027-03-29")],
        ),
        (  # New York's evening is Zurich's next day, and its rule goes by New York's days
            ["UID:a\nDTSTART;TZID=America/New_York:20261204T220000\nDURATION:P1D\nRRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=1"],
            [("20261204", "2026-12-05", "2026-12-06")],
        ),
    ],
)  # fmt: skip
def test_occurrences(entries: list[str], expected: list[tuple[str, str, str]]) -> None:
    assert found(*entries) == expected


def test_a_google_calendar() -> None:
    result = read(calendars.GOOGLE, ZURICH, TODAY)
    assert not result.problems
    weekly = [event for event in result.events if series(event.uid) == "weekly@google.com"]
    assert [event.uid for event in weekly][:2] == ["weekly@google.com#20270101", "weekly@google.com#20270108"]
    assert len(weekly) == 10 and len(result.events) == 11
    assert result.repeats


def test_the_same_occurrences_have_the_same_names_a_month_later() -> None:
    body = calendar(f"{NIGHT}\nRRULE:FREQ=WEEKLY")
    now = {event.uid: event for event in read(body, ZURICH, TODAY).events}
    later = {event.uid: event for event in read(body, ZURICH, date(2027, 1, 5)).events}
    assert len(now) == 103 and now.keys() - later.keys() == set()
    assert all(later[uid] == event for uid, event in now.items())
    assert len(later.keys() - now.keys()) == 6


def test_an_old_rule_costs_no_more_than_a_new_one_and_goes_two_years_ahead() -> None:
    events = reading("UID:a\nDTSTART:19700101\nRRULE:FREQ=DAILY;INTERVAL=2").events
    assert (min(event.start for event in events), max(event.start for event in events)) == ("2026-10-28", "2028-11-28")


def test_a_change_without_its_series_is_a_stay_and_is_reported() -> None:
    result = reading("UID:a\nRECURRENCE-ID;TZID=Europe/Zurich:20261217T150000\nDTSTART:20261219\nDTEND:20261221")
    assert [(one.uid, one.start, one.end) for one in result.events] == [("a#20261217", "2026-12-19", "2026-12-21")]
    assert [(one.code, one.uid) for one in result.problems] == [("orphan", "a#20261217")]


def test_a_broken_change_leaves_the_occurrence_as_it_was() -> None:
    result = reading(f"{NIGHT}\nRRULE:FREQ=WEEKLY;COUNT=2", "UID:a\nRECURRENCE-ID:20261217\nDTSTART:20261399")
    assert [event.uid for event in result.events] == ["a#20261210", "a#20261217"]
    assert [(one.code, one.uid) for one in result.problems] == [("impossible_date", "a#20261217")]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("SEQUENCE:1", "SEQUENCE:2", "2026-12-30"), ("SEQUENCE:2", "", "2026-12-10"), ("", "SEQUENCE:10", "2026-12-30")],
)
def test_the_higher_sequence_counts(first: str, second: str, expected: str) -> None:
    other = "UID:a\nDTSTART:20261230"
    for repeats in ("", "\nRRULE:FREQ=DAILY;COUNT=1"):
        result = reading(
            f"{NIGHT}\n{first}{repeats}".replace("\n\n", "\n"), f"{other}\n{second}{repeats}".replace("\n\n", "\n")
        )
        assert [event.start for event in result.events] == [expected]
    assert [one.code for one in reading(f"{NIGHT}\n{first}", f"{other}\n{second}").problems] == ["outdated"]


def test_a_later_version_that_is_cancelled_ends_an_entry_and_a_series() -> None:
    for repeats in ("", "\nRRULE:FREQ=DAILY;COUNT=3"):
        result = reading(f"{NIGHT}{repeats}", "UID:a\nDTSTART:20261210\nSEQUENCE:1\nSTATUS:CANCELLED")
        assert (result.events, result.cancelled) == ([], 1)


REFUSED = [
    "RRULE:FREQ=SECONDLY", "RRULE:FREQ=HOURLY;COUNT=2", "RRULE:FREQ=DAILY;BYHOUR=8,20", "RRULE:FREQ=DAILY;INTERVAL=0",
    "RRULE:FREQ=DAILY;INTERVAL=-1", "RRULE:FREQ=DAILY;COUNT=0", "RRULE:FREQ=DAILY;INTERVAL=99999999999",
    "RRULE:FREQ=DAILY;BYMONTH=13", "RRULE:FREQ=DAILY;BYDAY=XX", "RRULE:FREQ=DAILY;BYEASTER=1", "RRULE:", "RRULE:x",
    "RRULE:COUNT=3", "RRULE:FREQ=FORTNIGHTLY", "RRULE:FREQ=MONTHLY;BYMONTHDAY=0",
    "RRULE:FREQ=MONTHLY;BYSETPOS=1;SKIP=OMIT",
    "RRULE:FREQ=WEEKLY\nEXRULE:FREQ=WEEKLY", "RRULE:FREQ=WEEKLY\nRRULE:FREQ=DAILY",
    "RDATE;VALUE=PERIOD:20261217T000000Z/P1D", "RRULE:FREQ=DAILY;COUNT=99999999999;BYMONTH=2;BYMONTHDAY=30",
    "RDATE:" + ",".join(["20261217"] * 1_001),
]  # fmt: skip


@pytest.mark.parametrize("rule", REFUSED)
def test_what_is_not_carried_out_is_reported_and_the_others_are_read(rule: str) -> None:
    begun = "UID:a\nDTSTART:20200101\nDTEND:20200102"
    result = reading(f"{begun}\n{rule}", "UID:b\nDTSTART:20261210")
    assert [event.uid for event in result.events] == ["b"]
    assert [(one.code, one.uid) for one in result.problems] == [("recurring", "a")]


@pytest.mark.parametrize("rule", ["RRULE:FREQ=DAILY;UNTIL=tomorrow", "RDATE:20261301", "EXDATE:x\nRRULE:FREQ=DAILY"])
def test_a_series_with_a_date_that_does_not_exist(rule: str) -> None:
    assert [one.code for one in reading(f"{NIGHT}\n{rule}").problems] == ["impossible_date"]


def test_a_change_of_all_later_occurrences_is_reported() -> None:
    change = "UID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261217\nDTSTART:20261219"
    result = reading(f"{NIGHT}\nRRULE:FREQ=WEEKLY", change)
    assert not result.events
    assert [(one.code, one.uid) for one in result.problems] == [("recurring", "a")]


BEGUN = "DTSTART:20260101\nDTEND:20260102"
FEBRUARY = "BYMONTH=2;BYMONTHDAY=30"
MONTHS = ",".join(map(str, range(1, 13)))


def five_thousand(text: str, begun: str = BEGUN) -> bytes:
    return calendar(*[f"UID:{n}\n{begun}\n{text}" for n in range(5_000)])


BOMBS = {
    "thirtieth of February": calendar(f"UID:a\n{BEGUN}\nRRULE:FREQ=YEARLY;{FEBRUARY}"),
    "a thousand years of it": calendar(f"UID:a\nDTSTART:00020101\nRRULE:FREQ=YEARLY;{FEBRUARY};COUNT=9"),
    "a thousand million": calendar(f"UID:a\n{BEGUN}\nRRULE:FREQ=DAILY;COUNT=1000000000"),
    "all days of all years": five_thousand("RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"),
    "dense cross product": five_thousand(f"RRULE:FREQ=YEARLY;BYMONTH={MONTHS};BYMONTHDAY={MONTHS},-1;BYSETPOS=1,2,-1"),
    "five thousand daily": five_thousand("RRULE:FREQ=DAILY"),
    "five thousand of nothing": five_thousand(f"RRULE:FREQ=DAILY;{FEBRUARY}"),
    "five thousand counted": five_thousand(f"RRULE:FREQ=DAILY;COUNT=99999;{FEBRUARY}", begun="DTSTART:20240101"),
    "all days since the year 1001": five_thousand(
        "RRULE:FREQ=YEARLY;COUNT=9999999;BYDAY=MO,TU,WE,TH,FR", begun="DTSTART:10010101"
    ),
    "five thousand without a step": five_thousand("RRULE:FREQ=MONTHLY;INTERVAL=0"),
    "ten thousand rules of one": calendar(f"UID:a\n{BEGUN}" + "\nRRULE:FREQ=DAILY" * 10_000),
    "a hundred thousand dates": calendar(f"UID:a\n{BEGUN}\nRDATE:" + ",".join(["20261217"] * 100_000)),
    "a thousand dates of each": calendar(
        *[f"UID:{n}\n{BEGUN}\nRDATE:" + ",".join(["20261217T100000Z"] * 60) for n in range(800)]
    ),
    "five thousand changes": five_thousand("RECURRENCE-ID;TZID=Nowhere:20261210T100000"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_little(name: str) -> None:
    result, spent = effort(lambda: read(BOMBS[name], ZURICH, TODAY), MOST_EFFORT)
    print(f"{name}: {spent:.0f} units of work, {len(result.events)} events, {len(result.problems)} problems")
    assert spent < MOST_EFFORT
    assert len(result.events) <= 5_000
