"""How often a feed is read: by what is near, by what changes, and never against a host's wish."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.feeds.timing import LONGEST, SHORTEST, SPREAD, backoff, next_due, pause
from propflow.clock import DAY, HOUR, MINUTE

NOW = 1_800_000_000_000
TODAY = date(2027, 1, 15)


def after(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("busy", "calm_days", "minutes"),
    [
        (None, 0, 5), (-3, 0, 5), (0, 0, 5), (1, 0, 5), (2, 0, 15), (7, 0, 15), (8, 0, 60), (300, 0, 60),
        (None, 1, 10), (None, 7, 20), (None, 30, 40), (5, 30, 120), (300, 1, 120), (300, 30, 360), (300, 900, 360),
    ],
)  # fmt: skip
def test_the_nearer_an_open_night_and_the_more_changes_the_oftener(
    busy: int | None, calm_days: int, minutes: int
) -> None:
    until = None if busy is None else after(busy)
    assert pause(TODAY.isoformat(), until, NOW - calm_days * DAY, NOW) == minutes * MINUTE


@given(st.none() | st.integers(-400, 4_000), st.integers(0, 1_000), st.text("0123456789abcdef", min_size=4))
def test_it_is_always_between_five_minutes_and_six_hours_and_a_little_more(
    busy: int | None, calm_days: int, feed: str
) -> None:
    length = pause(TODAY.isoformat(), None if busy is None else after(busy), NOW - calm_days * DAY, NOW)
    assert SHORTEST <= length <= LONGEST
    due = next_due(feed, NOW, length)
    assert NOW + length <= due < NOW + length + length // SPREAD
    assert due == next_due(feed, NOW, length)


def test_feeds_of_the_same_pause_are_spread() -> None:
    due = sorted(next_due(f"feed_{number}", NOW, HOUR) - NOW - HOUR for number in range(800))
    quarter = HOUR // SPREAD // 4
    parts = [sum(part * quarter <= one < (part + 1) * quarter for one in due) for part in range(4)]
    assert min(parts) > 150, parts


def test_failures_double_the_pause() -> None:
    assert [backoff(failures) // MINUTE for failures in (1, 2, 3, 4, 5, 50)] == [30, 60, 120, 240, 360, 360]
