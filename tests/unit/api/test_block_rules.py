"""Repetitions of a block: which nights they take, and which ones they may not be."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.stays.blocks.rules import FARTHEST, MOST, WEEKDAYS, nights_of, occurrences
from propflow.errors import Unprocessable

STARTS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def test_every_monday_until_a_day_that_counts() -> None:
    found = occurrences("2027-03-01", "2027-03-02", 1, ["monday"], "2027-03-22")
    assert [start for start, _ in found] == ["2027-03-01", "2027-03-08", "2027-03-15", "2027-03-22"]
    assert found[0] == ("2027-03-01", "2027-03-02")


def test_every_other_week_on_two_days_from_the_middle_of_a_week() -> None:
    found = occurrences("2027-03-04", "2027-03-05", 2, ["monday", "thursday"], "2027-03-31")
    assert [start for start, _ in found] == ["2027-03-04", "2027-03-15", "2027-03-18", "2027-03-29"]


@pytest.mark.parametrize(
    ("start", "end", "weekdays", "until", "param"),
    [
        ("2027-03-02", "2027-03-03", ["monday"], "2027-04-01", "repeat.weekdays"),
        ("2027-03-01", "2027-03-02", ["monday"], "2027-02-28", "repeat.until"),
        ("2027-03-01", "2027-03-02", ["monday"], "2029-03-02", "repeat.until"),
        ("2027-03-01", "2027-03-02", list(WEEKDAYS), "2027-08-01", "repeat.until"),
        ("2027-03-01", "2027-03-03", ["monday", "tuesday"], "2027-04-01", "repeat.weekdays"),
        ("2027-03-01", "2027-03-01", ["monday"], "2027-04-01", "end"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    start: str, end: str, weekdays: list[str], until: str, param: str
) -> None:
    with pytest.raises(Unprocessable) as refused:
        occurrences(start, end, 1, weekdays, until)
    assert refused.value.param == param


@given(STARTS, st.integers(1, 7), st.integers(1, 8), st.sets(st.sampled_from(WEEKDAYS)), st.integers(0, FARTHEST))
def test_occurrences_are_a_plain_walk_over_all_days(
    first: date, nights: int, every: int, more: set[str], days: int
) -> None:
    weekdays = sorted({WEEKDAYS[first.weekday()], *more})
    until = first + timedelta(days=days)
    try:
        found = occurrences(first.isoformat(), (first + timedelta(days=nights)).isoformat(), every, weekdays,
                            until.isoformat())  # fmt: skip
    except Unprocessable:
        assume(False)
        return
    week = first - timedelta(days=first.weekday())
    expected = [
        day.isoformat()
        for day in (first + timedelta(days=n) for n in range(days + 1))
        if WEEKDAYS[day.weekday()] in weekdays and (day - timedelta(days=day.weekday()) - week).days // 7 % every == 0
    ]
    assert [start for start, _ in found] == expected
    assert all(nights_of(start, end) == nights for start, end in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert 1 <= len(found) <= MOST
