"""API calls are spent from portions that were reserved beforehand."""

from hypothesis import given
from hypothesis import strategies as st

from api.access.portion import LARGEST, Portion, size_of, spend
from propflow.clock import DAY

NOON = 1_764_504_000_000  # 2025-11-30T12:00Z


def test_a_portion_is_a_tenth_of_a_small_plan_and_a_hundred_of_a_large_one() -> None:
    assert [size_of(limit) for limit in (0, 5, 50, 999, 1_000, 100_000, None)] == [1, 1, 5, 99, 100, 100, LARGEST]


def test_nothing_is_spent_that_was_not_reserved() -> None:
    assert spend(None, NOON) is None
    assert spend(Portion(month="2025-11", left=0), NOON) is None


def test_a_portion_of_last_month_is_not_spent_this_month() -> None:
    portion = Portion(month="2025-11", left=5)
    assert spend(portion, NOON) is not None
    assert spend(portion, NOON + DAY) is None


@given(st.lists(st.integers(0, 29 * DAY), max_size=300), st.integers(0, 200))
def test_as_many_calls_pass_as_there_are_and_each_is_counted_on_its_day(moments: list[int], left: int) -> None:
    first = NOON - 29 * DAY - 12 * 3_600_000
    portion: Portion | None = Portion(month="2025-11", left=left)
    passed: list[int] = []
    for moment in moments:
        after = spend(portion, first + moment)
        if after is not None:
            portion = after
            passed.append((first + moment) // DAY * DAY)
    assert len(passed) == min(len(moments), left)
    assert portion is not None and portion.left + len(passed) == left
    assert portion.spent == {day: passed.count(day) for day in set(passed)}
