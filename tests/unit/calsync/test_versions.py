"""Versions of an entry, in whatever order they are read: the latest one counts, and an older one changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.ical.models import Version, is_older
from calsync.ical.reader import read
from propflow.clock import HOUR, MINUTE
from tests.unit.calsync.calendars import calendar
from tests.unit.calsync.core_database import Core
from tests.unit.calsync.runs import TODAY, run
from tests.unit.calsync.test_reader import ZURICH

NOW = 1_794_300_000_000
OTHER = "UID:other\nDTSTART:20270301\nDTEND:20270303"
NIGHTS = st.tuples(st.integers(10, 20), st.integers(1, 6))


def stamp(number: int) -> str:
    return f"{datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=number):%Y%m%dT%H%M%SZ}"


STYLES = {
    "sequence": lambda number: f"SEQUENCE:{number}",
    "sequence and stamps that say nothing": lambda number: f"SEQUENCE:{number}\nDTSTAMP:{stamp(99)}",
    "last change": lambda number: f"LAST-MODIFIED:{stamp(number)}",
    "last change, stamped anew": lambda number: f"LAST-MODIFIED:{stamp(number)}\nDTSTAMP:{stamp(50 + number % 3)}",
    "both": lambda number: f"SEQUENCE:{number // 3}\nLAST-MODIFIED:{stamp(number)}",
    "stamp": lambda number: f"DTSTAMP:{stamp(number)}",
}


def entry(nights: tuple[int, int], version: str) -> str:
    start = date(2026, 12, nights[0])
    return f"UID:a\nDTSTART:{start:%Y%m%d}\nDTEND:{start + timedelta(days=nights[1]):%Y%m%d}\n{version}"


def shut(core: Core) -> list[tuple[str, str]]:
    return [(start, end) for start, end in core.live() if start < "2027"]


def ranges(nights: tuple[int, int]) -> list[tuple[str, str]]:
    start = date(2026, 12, nights[0])
    return [(start.isoformat(), (start + timedelta(days=nights[1])).isoformat())]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(NIGHTS, min_size=2, max_size=6, unique=True), st.data(), st.sampled_from(sorted(STYLES)),
)  # fmt: skip
def test_whatever_order_versions_are_read_in_the_latest_counts(
    versions: list[tuple[int, int]], data: st.DataObject, style: str
) -> None:
    core, now, latest = Core(), NOW, -1
    order = data.draw(st.lists(st.sampled_from(range(len(versions))), min_size=2, max_size=12))
    for number in order:
        body = calendar(entry(versions[number], STYLES[style](number)), OTHER)
        run(core, read(body, ZURICH), now)
        now += 40 * MINUTE
        latest = max(latest, number)
        assert shut(core) == ranges(versions[latest])


def test_nights_that_come_back_in_a_later_version_are_the_later_ones() -> None:
    core, first, second = Core(), (10, 4), (10, 2)
    for at, (nights, number) in enumerate([(first, 1), (second, 2), (first, 3), (second, 2)]):
        run(core, read(calendar(entry(nights, f"SEQUENCE:{number}"), OTHER), ZURICH), NOW + at * HOUR)
    assert shut(core) == ranges(first)


def test_who_lists_nothing_but_an_older_version_for_a_day_is_believed() -> None:
    core, known, older = Core(), (10, 2), (10, 4)
    run(core, read(calendar(entry(known, "SEQUENCE:7"), OTHER), ZURICH), NOW)
    for hours in (1, 12, 24):
        run(core, read(calendar(entry(older, "SEQUENCE:0"), OTHER), ZURICH), NOW + hours * HOUR)
        assert shut(core) == ranges(known)
    [event] = core.run("SELECT reason, missing_since FROM feed_events WHERE uid = 'a'")
    assert event == {"reason": "older_version", "missing_since": NOW + HOUR}
    run(core, read(calendar(entry(older, "SEQUENCE:0"), OTHER), ZURICH), NOW + 25 * HOUR)
    assert shut(core) == ranges(older)
    [event] = core.run("SELECT state, missing_since, entry_version FROM feed_events WHERE uid = 'a'")
    assert event == {"state": "imported", "missing_since": None, "entry_version": '[0,"",""]'}


def test_the_known_version_ends_the_doubt() -> None:
    core = Core()
    for at, (nights, number) in enumerate([((10, 2), 2), ((10, 4), 1), ((10, 2), 2)]):
        run(core, read(calendar(entry(nights, f"SEQUENCE:{number}"), OTHER), ZURICH), NOW + at * HOUR)
    assert core.run("SELECT missing_since FROM feed_events WHERE uid = 'a'") == [{"missing_since": None}]
    assert shut(core) == ranges((10, 2))


@pytest.mark.parametrize("word", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"])
def test_an_older_cancellation_cancels_nothing_and_a_newer_one_is_not_undone_by_an_older_entry(word: str) -> None:
    core, nights = Core(), (10, 3)
    listed = read(calendar(entry(nights, "SEQUENCE:2"), OTHER), ZURICH)
    older = read(calendar(entry(nights, f"SEQUENCE:1\n{word}"), OTHER), ZURICH)
    newer = read(calendar(entry(nights, f"SEQUENCE:3\n{word}"), OTHER), ZURICH)
    for at, said in enumerate([listed, older, older, older, listed]):
        run(core, said, NOW + at * HOUR)
        assert shut(core) == ranges(nights)
    for at, said in enumerate([newer, newer]):
        run(core, said, NOW + (10 + at) * HOUR)
    assert shut(core) == []
    run(core, listed, NOW + 13 * HOUR)
    assert shut(core) == []
    back = read(calendar(entry(nights, "SEQUENCE:4"), OTHER), ZURICH)
    run(core, back, NOW + 14 * HOUR)
    assert shut(core) == ranges(nights)


def test_what_vanished_without_a_word_is_shut_again_in_any_version() -> None:
    core, nights = Core(), (10, 3)
    run(core, read(calendar(entry(nights, "SEQUENCE:2"), OTHER), ZURICH), NOW)
    for at in (1, 2):
        run(core, read(calendar(OTHER), ZURICH), NOW + at * HOUR)
    assert shut(core) == []
    run(core, read(calendar(entry(nights, "SEQUENCE:1"), OTHER), ZURICH), NOW + 3 * HOUR)
    assert shut(core) == ranges(nights)


def test_stamps_that_change_alone_write_nothing() -> None:
    core = Core()
    for at in range(3):
        version = f"SEQUENCE:0\nDTSTAMP:{stamp(at)}\nLAST-MODIFIED:{stamp(at)}"
        decision, _ = run(core, read(calendar(entry((10, 2), version), OTHER), ZURICH), NOW + at * HOUR)
        assert (len(decision.facts) == 0) is (at > 0)


VERSIONS = st.tuples(
    st.integers(0, 2), st.sampled_from(["", stamp(1), stamp(2)]), st.sampled_from(["", stamp(1), stamp(3)])
)


@settings(max_examples=300, deadline=None)
@given(VERSIONS, VERSIONS)
def test_of_two_versions_at_most_one_is_older(one: Version, other: Version) -> None:
    assert not (is_older(one, other) and is_older(other, one))
    assert not is_older(one, one)
    assert one[0] >= other[0] or is_older(one, other)


def test_the_versions_of_a_calendar_are_read_from_each_shape() -> None:
    version = f"SEQUENCE:2\nLAST-MODIFIED:{stamp(1)}\nDTSTAMP:{stamp(2)}"
    fast, slow = entry((10, 2), version), entry((10, 2), f"{version}\nDURATION:P9D")
    expected = (2, stamp(1), stamp(2))
    for text in (fast, slow):
        assert read(calendar(text), ZURICH, date.fromisoformat(TODAY)).events[0].version == expected
    same = entry((10, 2), f"LAST-MODIFIED:{stamp(1)}\nDTSTAMP:{stamp(1)}")
    assert read(calendar(same), ZURICH).events[0].version == (0, "", stamp(1))
    assert msgspec.json.decode(msgspec.json.encode(expected), type=Version) == expected
