"""One UID for several stays: the union of their nights is shut, and each stay lives and ends by itself."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.ical.models import series
from calsync.ical.reader import read
from propflow.clock import HOUR
from tests.unit.calsync.calendars import calendar
from tests.unit.calsync.core_database import Core
from tests.unit.calsync.runs import run

ZURICH = ZoneInfo("Europe/Zurich")
NOW = 1_794_300_000_000
FIRST = date(2026, 12, 1)
SPANS = st.tuples(st.integers(0, 60), st.integers(1, 9))
Span = tuple[int, int]


def entry(span: Span, uid: str = "2026-189", more: str = "") -> str:
    start = FIRST + timedelta(days=span[0])
    return f"UID:{uid}\nDTSTART:{start:%Y%m%d}\nDTEND:{start + timedelta(days=span[1]):%Y%m%d}{more}"


def nights(ranges: list[tuple[str, str]]) -> set[int]:
    return {
        day for start, end in ranges
        for day in range((date.fromisoformat(start) - FIRST).days, (date.fromisoformat(end) - FIRST).days)
    }  # fmt: skip


def sold(spans: list[Span]) -> set[int]:
    return {day for start, length in spans for day in range(start, start + length)}


@settings(max_examples=300, deadline=None)
@given(st.lists(SPANS, min_size=1, max_size=8), st.lists(SPANS, max_size=3))
def test_what_is_listed_is_shut_and_nothing_between(spans: list[Span], cancelled: list[Span]) -> None:
    entries = [entry(span) for span in spans] + [entry(span, more="\nSTATUS:CANCELLED") for span in cancelled]
    events = read(calendar(*entries), ZURICH).events
    assert nights([(one.start, one.end) for one in events]) == sold(spans)
    assert len({one.uid for one in events}) == len(events)
    assert {series(one.uid) for one in events} == {"2026-189"}
    ordered = sorted((one.start, one.end) for one in events)
    assert all(one[1] < other[0] for one, other in pairwise(ordered)), "what touches is one stay"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(SPANS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_stays_come_and_go_under_their_uid(readings: list[list[Span]]) -> None:
    core, now = Core(), NOW
    for spans in readings:
        before = nights(core.live())
        run(core, read(calendar(*map(entry, spans)), ZURICH), now)
        assert sold(spans) <= nights(core.live()) <= sold(spans) | before
        for _ in range(2):  # what is gone is believed after a day, however many have gone together
            now += 25 * HOUR
            run(core, read(calendar(*map(entry, spans)), ZURICH), now, today="2026-11-10")
        assert nights(core.live()) == sold(spans)
        now += HOUR


def test_a_second_stay_under_the_uid_moves_nothing_of_the_first() -> None:
    core = Core()
    run(core, read(calendar(entry((0, 3))), ZURICH), NOW)
    [before] = core.run("SELECT id FROM occupancies WHERE live = 1")
    run(core, read(calendar(entry((0, 3)), entry((20, 2))), ZURICH), NOW + HOUR)
    assert [row for row in core.run("SELECT id FROM occupancies WHERE live = 1") if row == before] == [before]
    run(core, read(calendar(entry((0, 3))), ZURICH), NOW + 2 * HOUR)
    run(core, read(calendar(entry((0, 3))), ZURICH), NOW + 3 * HOUR)
    assert core.run("SELECT id FROM occupancies WHERE live = 1") == [before]


def test_stays_without_a_uid_are_imported_followed_and_removed() -> None:
    core = Core()

    def nameless(span: Span, title: str) -> str:
        return entry(span, more=f"\nSUMMARY:{title}").partition("\n")[2]

    run(core, read(calendar(nameless((0, 3), "Anna"), nameless((5, 3), "Ben")), ZURICH), NOW)
    assert nights(core.live()) == sold([(0, 3), (5, 3)])
    [anna, _] = core.run("SELECT id FROM occupancies WHERE live = 1 ORDER BY start_date")
    run(core, read(calendar(nameless((0, 4), "Anna"), nameless((5, 3), "Ben")), ZURICH), NOW + HOUR)
    assert core.run("SELECT id FROM occupancies WHERE live = 1 ORDER BY start_date")[0] == anna, "it was extended"
    run(core, read(calendar(nameless((0, 4), "Anna K.")), ZURICH), NOW + 2 * HOUR)
    run(core, read(calendar(nameless((0, 4), "Anna K.")), ZURICH), NOW + 3 * HOUR)
    assert nights(core.live()) == sold([(0, 4)])
    assert core.run("SELECT id FROM occupancies WHERE live = 1") == [anna]


def test_one_entry_that_cannot_be_read_keeps_no_other_alive() -> None:
    core, broken = Core(), "DTSTART:0NaNaNaNTaNaNaN\nSUMMARY:Reserved"
    listed = [entry((0, 3), "a"), entry((5, 3), "b"), entry((10, 3), "c").partition("\n")[2]]
    run(core, read(calendar(*listed), ZURICH), NOW)
    for at in (1, 2):
        run(core, read(calendar(listed[0], broken, f"UID:d\n{broken}"), ZURICH), NOW + at * 25 * HOUR)
    assert nights(core.live()) == sold([(0, 3), (10, 3)]), "only what has no UID either may be the one without a UID"
