"""Zones that only the calendar explains, names that say how far they are ahead, and zones that stay unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.ical.definitions import definitions, observed
from calsync.ical.reader import read
from calsync.ical.zones import Zones

ZURICH = ZoneInfo("Europe/Zurich")
EU = (("STANDARD", "+0200", "+0100", "16011028T030000", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
      ("DAYLIGHT", "+0100", "+0200", "16010325T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"))  # fmt: skip
US = (("DAYLIGHT", "-0500", "-0400", "20070311T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
      ("STANDARD", "-0400", "-0500", "20071104T020000", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"))  # fmt: skip
SYDNEY = (("STANDARD", "+1100", "+1000", "20080406T030000", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
          ("DAYLIGHT", "+1000", "+1100", "20081005T020000", "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"))  # fmt: skip
INDIA = (("STANDARD", "+0530", "+0530", "19700101T000000", ""),)
RULES = [(EU, "Europe/Zurich"), (US, "America/New_York"), (SYDNEY, "Australia/Sydney"), (INDIA, "Asia/Kolkata")]
Observances = tuple[tuple[str, str, str, str, str], ...]


def definition(name: str, parts: Observances) -> str:
    lines = [f"BEGIN:VTIMEZONE\nTZID:{name}\nX-MICROSOFT-CDO-TZID:4"]
    for kind, before, after, start, rule in parts:
        repeats = f"\nRRULE:{rule}" if rule else ""
        lines.append(
            f"BEGIN:{kind}\nDTSTART:{start}\nTZOFFSETFROM:{before}\nTZOFFSETTO:{after}\nTZNAME;LANGUAGE=en:x{repeats}"
            f"\nEND:{kind}"
        )
    return "\n".join([*lines, "END:VTIMEZONE"])


def read_in(name: str, zone: str, start: str, end: str, home: ZoneInfo = ZURICH, param: str = '"{}"') -> object:
    tzid = param.format(name)
    entry = f"BEGIN:VEVENT\nUID:a\nDTSTART;TZID={tzid}:{start}\nDTEND;TZID={tzid}:{end}\nEND:VEVENT"
    reading = read(f"BEGIN:VCALENDAR\n{zone}\n{entry}\nEND:VCALENDAR\n".encode(), home)
    return [(one.start, one.end) for one in reading.events], [one.code for one in reading.problems]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(RULES),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),
)
def test_rules_mean_what_the_zone_of_that_name_means(rules: tuple[Observances, str], instant: datetime) -> None:
    parts, name = rules
    zone = observed(definitions(definition("Mine", parts))["Mine"])
    assert zone is not None
    assert instant.astimezone(zone).replace(tzinfo=None) == instant.astimezone(ZoneInfo(name)).replace(tzinfo=None)
    local = instant.replace(tzinfo=None)
    assert local.replace(tzinfo=zone).utcoffset() == local.replace(tzinfo=ZoneInfo(name)).utcoffset()


@pytest.mark.parametrize(
    ("rules", "days"),
    [(RULES[0], ["2027-03-28", "2027-10-31"]), (RULES[1], ["2027-03-14", "2027-11-07"]),
     (RULES[2], ["2027-04-04", "2027-10-03"])],
)  # fmt: skip
def test_an_hour_that_the_clocks_leave_out_is_that_of_before_and_one_that_they_repeat_the_first(
    rules: tuple[Observances, str], days: list[str]
) -> None:
    parts, name = rules
    zone = observed(definitions(definition("Mine", parts))["Mine"])
    assert zone is not None
    for day in days:
        for minutes in range(0, 24 * 60, 10):
            local = datetime.fromisoformat(day) + timedelta(minutes=minutes)
            expected = local.replace(tzinfo=ZoneInfo(name)).utcoffset()
            assert local.replace(tzinfo=zone).utcoffset() == expected, local


@pytest.mark.parametrize("order", ["{zone}\n{entry}", "{entry}\n{zone}"])
@pytest.mark.parametrize("name", ["Customized Time Zone", "Eastern Standard Time", "EST", "(UTC+01:00) Berlin"])
def test_a_name_is_what_the_calendar_says_that_it_is(name: str, order: str) -> None:
    zone = definition(name, (("STANDARD", "-0800", "-0800", "16010101T000000", ""),))
    entry = (
        f'BEGIN:VEVENT\nUID:a\nDTSTART;TZID="{name}":20270410T200000\nDTEND;TZID="{name}":20270413T200000\nEND:VEVENT'
    )
    body = f"BEGIN:VCALENDAR\n{order.format(zone=zone, entry=entry)}\nEND:VCALENDAR\n"
    reading = read(body.encode(), ZURICH)
    assert [(one.start, one.end) for one in reading.events] == [("2027-04-11", "2027-04-14")]
    assert reading.problems == []


def test_a_place_is_where_it_is_whatever_the_calendar_says_of_its_clocks() -> None:
    zone = definition("Europe/Zurich", (("STANDARD", "-0800", "-0800", "16010101T000000", ""),))
    assert read_in("Europe/Zurich", zone, "20270410T200000", "20270413T200000") == ([("2027-04-10", "2027-04-13")], [])


@pytest.mark.parametrize(
    ("name", "home", "expected"),
    [
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien", "Europe/Zurich", ("2027-07-10", "2027-07-13")),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York", ("2027-07-10", "2027-07-13")),
        ("(GMT+10:00) Canberra, Melbourne, Sydney", "Australia/Sydney", ("2027-07-10", "2027-07-13")),
        ("(UTC+09:00) Osaka, Sapporo, Tokio", "Europe/Zurich", ("2027-07-09", "2027-07-12")),
        ("UTC+9", "Europe/Zurich", ("2027-07-09", "2027-07-12")),
        ("GMT-0300", "Europe/Zurich", ("2027-07-10", "2027-07-13")),
        ("UTC", "Europe/Zurich", ("2027-07-10", "2027-07-13")),
        ("(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/London", ("2027-07-10", "2027-07-13")),
    ],
)
def test_a_name_may_say_how_far_it_is_ahead(name: str, home: str, expected: tuple[str, str]) -> None:
    assert read_in(name, "", "20270710T003000", "20270713T003000", ZoneInfo(home)) == ([expected], [])


def test_a_zone_that_nobody_knows_is_told_once_and_counts_as_the_property_s_own() -> None:
    assert read_in("Romance Daylight", "", "20270710T003000", "20270713T003000") == (
        [("2027-07-10", "2027-07-13")], ["unknown_zone"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "parts",
    [
        (("STANDARD", "-0800", "-0800", "16010101T000000", "FREQ=SECONDLY"),),
        (("STANDARD", "-0800", "-0800", "16010101T000000", "FREQ=DAILY;COUNT=99999999"),),
        (("STANDARD", "west", "-0800", "16010101T000000", ""),),
        (("STANDARD", "-0800", "-9900", "16010101T000000", ""),),
        (("STANDARD", "-0800", "-0800", "once", ""),),
        (),
    ],
)
def test_rules_that_cannot_be_followed_leave_the_zone_unknown(parts: Observances) -> None:
    zone = definition("Mine", parts)
    assert read_in("Mine", zone, "20270410T200000", "20270413T200000") == (
        [("2027-04-10", "2027-04-13")], ["unknown_zone"],
    )  # fmt: skip


def test_a_zone_may_list_its_years_and_end_its_rules() -> None:
    zone = definition("Mine", (
        ("STANDARD", "+0300", "+0300", "16010101T000000", ""),
        ("DAYLIGHT", "+0300", "+0900", "19800401T000000", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=19900401T000000Z"),
        ("STANDARD", "+0900", "+0300", "19801001T000000", "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU;UNTIL=19901001T000000Z"),
        ("DAYLIGHT", "+0300", "+0400", "20260401T000000", ""),
        ("STANDARD", "+0400", "+0300", "20261001T000000", ""),
    ))  # fmt: skip
    found = observed(definitions(zone)["Mine"])
    assert found is not None
    hours = {
        at: datetime.fromisoformat(at).replace(tzinfo=found).utcoffset()
        for at in ("1970-06-01", "2026-06-01", "2027-06-01")
    }
    assert hours == {
        "1970-06-01": timedelta(hours=3),
        "2026-06-01": timedelta(hours=4),
        "2027-06-01": timedelta(hours=3),
    }


def test_each_calendar_looks_names_up_once() -> None:
    zones = Zones(ZURICH, "")
    assert [zones.named("Nowhere") for _ in range(3)] == [ZURICH] * 3
    assert list(zones.unknown) == ["Nowhere"]
