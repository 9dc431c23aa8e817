"""The reader, rule by rule (docs/calendars.md, 1 to 8), and the shapes of the channels."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from support.effort import effort

from calsync.feeds.kinds import kind_of
from calsync.ical.models import CalendarBroken, Reading
from calsync.ical.reader import read
from tests.unit.calsync import calendars
from tests.unit.calsync.calendars import calendar

ZURICH = ZoneInfo("Europe/Zurich")
MOST_EFFORT = 60  # a second or two
DAY = "UID:a\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261214"


def ranges(reading: Reading) -> list[tuple[str, str, str]]:
    return [(event.uid, event.start, event.end) for event in reading.events]


def one(text: str, zone: ZoneInfo = ZURICH) -> tuple[str, str] | str:
    """The nights of a calendar's only event, or the code of its problem."""
    reading = read(calendar(text), zone)
    problems = [problem for problem in reading.problems if problem.code != "unknown_zone"]
    assert len(reading.events) + len(problems) == 1
    return (reading.events[0].start, reading.events[0].end) if reading.events else problems[0].code


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks(end: str, mark: bytes) -> None:
    assert ranges(read(mark + calendar(DAY, end=end), ZURICH)) == [("a", "2026-12-10", "2026-12-14")]


def test_utf16_is_read() -> None:
    assert ranges(read(calendar(DAY).decode().encode("utf-16"), ZURICH)) == [("a", "2026-12-10", "2026-12-14")]


def test_a_fold_may_split_a_character() -> None:
    body = calendar("UID:a\nDTSTART:20261210\nSUMMARY:Müller").replace("ü".encode(), b"\xc3\r\n \xbc")
    assert read(body, ZURICH).events[0].summary == "Müller"


def test_only_one_space_belongs_to_a_fold() -> None:
    body = calendar("UID:a\nDTSTART:20261210\nSUMMARY:two\n  words")
    assert read(body, ZURICH).events[0].summary == "two words"


def test_lower_case_names_and_trailing_spaces() -> None:
    body = b"begin:vcalendar \nbegin:vevent\nuid:a \ndtstart;value=date:20261210 \nend:vevent  \nend:vcalendar\n"
    assert ranges(read(body, ZURICH)) == [("a", "2026-12-10", "2026-12-11")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261214", ("2026-12-10", "2026-12-14")),
        ("DTEND:20261214\nDTSTART:20261210", ("2026-12-10", "2026-12-14")),
        ("DTSTART:20261210", ("2026-12-10", "2026-12-11")),
        ("DTSTART:20261210\nDTEND:20261210", ("2026-12-10", "2026-12-11")),
        ("DTSTART:20261210\nDURATION:P2D", ("2026-12-10", "2026-12-12")),
        ("DTSTART:20261210\nDURATION:P1W", ("2026-12-10", "2026-12-17")),
        ("DTSTART:20261210\nDURATION:PT36H", ("2026-12-10", "2026-12-12")),
        ("DTSTART:20261210\nDURATION:P0D", ("2026-12-10", "2026-12-11")),
        ("DTSTART:20261210T150000\nDURATION:P2DT1H", ("2026-12-10", "2026-12-12")),
        ("DTSTART:20261210T150000\nDURATION:PT36H", ("2026-12-10", "2026-12-12")),
        ("DTSTART:20261210T150000\nDTEND:20261214T100000", ("2026-12-10", "2026-12-14")),
        ("DTSTART:20261210T090000\nDTEND:20261210T110000", ("2026-12-10", "2026-12-11")),
        ("DTSTART:20261210T233000Z\nDTEND:20261214T090000Z", ("2026-12-11", "2026-12-14")),
        ("DTSTART;TZID=Asia/Kolkata:20261210T020000\nDTEND:20261214T100000", ("2026-12-09", "2026-12-14")),
        ('DTSTART;TZID="/Asia/Kolkata":20261210T020000\nDTEND:20261214T100000', ("2026-12-09", "2026-12-14")),
        ("DTSTART;TZID=W. Europe Standard Time:20261210T020000\nDTEND:20261212", ("2026-12-10", "2026-12-12")),
        ("DTSTART;TZID=India Standard Time:20261210T020000\nDTEND:20261214", ("2026-12-09", "2026-12-14")),
        ("DTSTART;TZID=/mozilla.org/2007_1/Asia/Kolkata:20261210T020000\nDTEND:20261214", ("2026-12-09", "2026-12-14")),
        ("DTSTART;TZID=/x.net/America/Argentina/Salta:20261210T220000", ("2026-12-11", "2026-12-12")),
        ("DTSTART;TZID=/:20261210T020000", ("2026-12-10", "2026-12-11")),
        ('DTSTART;TZID="No: such; zone":20261210T020000\nDTEND:20261212', ("2026-12-10", "2026-12-12")),
        ("DTSTART;TZID=../../etc/passwd:20261210T020000", ("2026-12-10", "2026-12-11")),
        ("DTSTART;TZID=America:20261210T020000", ("2026-12-10", "2026-12-11")),
        ("DTSTART:20260329T013000\nDTEND:20260329T033000", ("2026-03-29", "2026-03-30")),
        ("DTSTART:20261024T150000\nDTEND:20261027T110000", ("2026-10-24", "2026-10-27")),
        ("DTSTART:20261214\nDTEND:20261210", "end_before_start"),
        ("DTSTART:20261214T120000\nDTEND:20261214T110000", "end_before_start"),
        ("DTSTART:20261214\nDURATION:-P1D", "end_before_start"),
        ("DTSTART:20260230", "impossible_date"),
        ("DTSTART:20261210T250000", "impossible_date"),
        ("DTSTART:99991231", "impossible_date"),
        ("DTSTART;TZID=Asia/Kolkata:00010101T000000\nDTEND:20261210", "impossible_date"),
        ("DTSTART:20261210\nDURATION:P999999D", ("2026-12-10", "4764-11-05")),
        ("DTSTART:20261210\nDURATION:P99999W", ("2026-12-10", "3943-06-17")),
        ("DTSTART:20261210\nDURATION:P99999999W", "impossible_date"),
        ("DTSTART:20261210\nDURATION:P", "impossible_date"),
        ("DTSTART:2026W101", "impossible_date"),
        ("DTSTART:tomorrow", "impossible_date"),
        ("SUMMARY:no start", "missing_start"),
        ("DTSTART:20261210\nRRULE:FREQ=SECONDLY;INTERVAL=0;COUNT=1000000000", "recurring"),
        ("DTSTART:20261210\nRECURRENCE-ID:20261210", "recurring"),
        ("DTSTART:20261210\nEXRULE:FREQ=DAILY", "recurring"),
    ],
)
def test_nights(text: str, expected: tuple[str, str] | str) -> None:
    assert one(f"UID:a\n{text}") == expected


@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
@pytest.mark.parametrize(
    ("first", "last"), [("20270327", "20270330"), ("20271023", "20271027"), ("20271101", "20271109")]
)
def test_nights_do_not_change_with_the_clocks(zone: str, first: str, last: str) -> None:
    expected = tuple(f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in (first, last))
    home = ZoneInfo(zone)
    assert one(f"UID:a\nDTSTART:{first}\nDTEND:{last}", home) == expected
    assert one(f"UID:a\nDTSTART:{first}T160000\nDTEND:{last}T100000", home) == expected
    assert one(f"UID:a\nDTSTART;TZID={zone}:{first}T160000\nDTEND;TZID={zone}:{last}T100000", ZURICH)[0] <= expected[0]


@pytest.mark.parametrize("uid", ["", "UID:\n", "UID:   \n"])
def test_an_entry_without_a_uid_is_known_by_its_nights_and_words(uid: str) -> None:
    entries = [f"{uid}DTSTART:20261210\nSUMMARY:Anna", f"{uid}DTSTART:20261212\nSUMMARY:Anna"]
    reading = read(calendar(*entries, DAY), ZURICH)
    assert [(event.start, event.end) for event in reading.events] == [
        ("2026-12-10", "2026-12-11"), ("2026-12-12", "2026-12-13"), ("2026-12-10", "2026-12-14"),
    ]  # fmt: skip
    assert len({event.uid for event in reading.events}) == 3
    assert [(problem.code, problem.lost) for problem in reading.problems] == [("missing_uid", False)]
    again = read(calendar(DAY, entries[1], entries[0].replace("DTSTART:", "DTSTART;VALUE=DATE:")), ZURICH)
    assert set(ranges(again)) == set(ranges(reading))


def test_a_uid_that_is_too_long_is_known_by_its_hash() -> None:
    long = ["x" * 300, "x" * 299 + "y"]
    events = read(calendar(*[f"UID:{uid}\nDTSTART:20261210" for uid in long]), ZURICH).events
    assert len({event.uid for event in events}) == 2
    assert all(len(event.uid) <= 255 for event in events)


def test_cancelled_counts_as_absent() -> None:
    reading = read(calendar(DAY + "\nSTATUS:Cancelled", "UID:b\nDTSTART:20261220"), ZURICH)
    assert ranges(reading) == [("b", "2026-12-20", "2026-12-21")]
    assert reading.cancelled == 1


def test_duplicates_become_one_stay() -> None:
    parts = [
        f"UID:a\nDTSTART:{start}\nDTEND:{end}" for start, end in (("20261212", "20261213"), ("20261210", "20261211"))
    ]
    reading = read(calendar(*parts, DAY), ZURICH)
    assert ranges(reading) == [("a", "2026-12-10", "2026-12-14")]
    assert [problem.code for problem in reading.problems] == ["duplicate_uid"]
    assert "3 entries" in reading.problems[0].detail


def test_text_is_unescaped() -> None:
    event = read(calendar(r"UID:a\,b\;c\\d" + "\nDTSTART:20261210\nSUMMARY:one\\ntwo\\Nthree\\\\n"), ZURICH).events[0]
    assert event.uid == r"a,b;c\d"
    assert event.summary == "one\ntwo\nthree\\n"


@pytest.mark.parametrize("before", [True, False])
def test_a_zone_with_a_name_of_its_own_says_anywhere_where_it_lies_and_its_rules_are_not_believed(before: bool) -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Our zone\nX-LIC-LOCATION:Asia/Kolkata\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:-1200\nTZOFFSETTO:-1200\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    event = 'BEGIN:VEVENT\nUID:a\nDTSTART;TZID="Our zone":20261210T020000\nDTEND:20261214T100000\nEND:VEVENT\n'
    body = f"BEGIN:VCALENDAR\n{zone if before else ''}{event}{'' if before else zone}END:VCALENDAR\n"
    assert ranges(read(body.encode(), ZURICH)) == [("a", "2026-12-09", "2026-12-14")]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "latin-1", "utf-8-sig"])
def test_whatever_the_encoding_names_and_titles_are_read(coding: str) -> None:
    event = read(calendar("UID:Zürich\nDTSTART:20261210\nSUMMARY:Réservé").decode().encode(coding), ZURICH).events[0]
    assert (event.uid, event.summary) == ("Zürich", "Réservé")


def test_one_line_in_another_encoding_spoils_no_other() -> None:
    body = calendar("UID:Zürich\nDTSTART:20261210\nSUMMARY:Réservé").replace("Zürich".encode(), b"Z\xfcrich\0")
    event = read(body, ZURICH).events[0]
    assert (event.uid, event.summary) == ("Zürich", "Réservé")


def test_alarms_and_time_zones_do_not_leak() -> None:
    reading = read(calendars.GOOGLE, ZURICH)
    assert ranges(reading) == [("owner@google.com", "2026-12-10", "2026-12-14")]
    assert [(problem.code, problem.uid) for problem in reading.problems] == [("recurring", "weekly@google.com")]
    assert reading.repeats


WHOLE = calendar(DAY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n\r\n",
        b"<!DOCTYPE html><html><body>Log in</body></html>",
        b"Not found",
        b'{"error": "gone"}',
        *[WHOLE[:length] for length in range(0, len(WHOLE) - len(b"END:VCALENDAR\r\n") + 12, 7)],
        b"BEGIN:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\n",
        b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 500 + b"END:X\n" * 500 + b"END:VCALENDAR\n",
        calendar(*["DTSTART:20261210"] * 5_001),
        b"BEGIN:VCALENDAR\nX:" + b"a" * (1 << 20) + b"\nEND:VCALENDAR\n",
    ],
)
def test_what_is_not_a_whole_calendar_is_an_error(body: bytes) -> None:
    with pytest.raises(CalendarBroken) as broken:
        read(body, ZURICH)
    assert str(broken.value).endswith(".")


NEXT = "BEGIN:VEVENT\nUID:b\nDTSTART:20261220\nEND:VEVENT\n"


@pytest.mark.parametrize(
    ("entry", "read_of_it", "codes"),
    [
        (f"BEGIN:VEVENT\n{DAY}\n", True, ["unclosed"]),
        (f"BEGIN:VEVENT\n{DAY}\nBEGIN:VALARM\nUID:c\n", True, ["unclosed"]),
        (f"BEGIN:VEVENT\n{DAY}\nBEGIN:VALARM\nUID:c\nEND:VEVENT\n", True, []),
        (f"{DAY}\nEND:VEVENT\n", False, ["stray_end"]),
        (f"BEGIN:VEVNT\n{DAY}\nEND:VEVENT\n", False, ["stray_end"]),
        ("BEGIN:VTODO\nUID:c\n", False, []),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_broken_entry_breaks_no_other(entry: str, read_of_it: bool, codes: list[str], first: bool) -> None:
    body = f"BEGIN:VCALENDAR\n{entry if first else ''}{NEXT}{'' if first else entry}END:VCALENDAR\n"
    reading = read(body.encode(), ZURICH)
    assert {event.uid for event in reading.events} == ({"a", "b"} if read_of_it else {"b"})
    assert [problem.code for problem in reading.problems] == codes
    assert reading.lost == len(codes)


def test_an_empty_calendar_is_a_calendar() -> None:
    assert read(calendars.EMPTY, ZURICH) == Reading(events=[], problems=[])


AIRBNB = [("2026-12-10", "2026-12-14", "stay"), ("2026-12-20", "2026-12-21", "block")]
BOOKING = [("2026-12-10", "2026-12-14", "stay"), ("2027-01-01", "2027-07-02", "block")]
VRBO = [
    ("2026-12-10", "2026-12-14", "stay"), ("2026-12-20", "2026-12-23", "block"), ("2027-01-10", "2027-01-14", "stay"),
]  # fmt: skip
EXPEDIA = [("2026-12-10", "2026-12-11", "block"), ("2026-12-11", "2026-12-13", "stay")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (calendars.AIRBNB_1_0, AIRBNB),
        (calendars.AIRBNB_0_8_8, [("2026-12-10", "2026-12-14", "block")]),
        (calendars.BOOKING_LF, BOOKING),
        (calendars.BOOKING_LF.replace(b"\n", b"\r\n"), BOOKING),
        (calendars.VRBO_FR, VRBO),
        (calendars.GOOGLE, [("2026-12-10", "2026-12-14", "stay")]),
        (calendars.EXPEDIA, EXPEDIA),
    ],
)
def test_the_shapes_of_the_channels(body: bytes, expected: list[tuple[str, str, str]]) -> None:
    assert [(event.start, event.end, kind_of(event)) for event in read(body, ZURICH).events] == expected


MANY = range(5_000)


@pytest.mark.parametrize(
    "body",
    [
        calendar(*[f"UID:{n}\nDTSTART:20261210T100000\nRRULE:FREQ=SECONDLY;COUNT=999999999" for n in MANY]),
        calendar(*[f"UID:{n}\nDTSTART;TZID=Nowhere/Zone{n}:20261210T100000" for n in MANY]),
        b"BEGIN:VCALENDAR\nX:" + b'"' * 1_000_000 + b"\nEND:VCALENDAR\n",
        b"BEGIN:VCALENDAR\nX:" + b"a\n " * 300_000 + b"\nEND:VCALENDAR\n",
        b"BEGIN:VCALENDAR\n" + b"\n" * 1_000_000 + b"END:VCALENDAR\n",
        b"BEGIN:VCALENDAR\n" + b'"a":b\n' * 170_000 + b"END:VCALENDAR\n",
        calendar("UID:a\nDTSTART" + ";A=1" * 200_000 + ":20261210"),
        calendar("UID:a\nDTSTART:20261210\nDURATION:P" + "9" * 900_000 + "D"),
    ],
    ids=lambda body: body[16:60],
)
def test_bombs_cost_little(body: bytes) -> None:
    _, spent = effort(lambda: read(body, ZURICH), MOST_EFFORT)
    print(f"{spent:.0f} units of work")
    assert spent < MOST_EFFORT
