"""A bucket lets exactly its capacity through, whatever the order; a request takes all its buckets or none."""

from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from api.access.bucket import Bucket, Take, Window, live, must_store, take

MINUTE = 60_000
TENANT = Bucket(name="reads", capacity=10, window_ms=MINUTE)
KEY = Bucket(name="key:a", capacity=4, window_ms=MINUTE)


def asking(*limits: Bucket) -> Take:
    return Take(limits=list(limits))


def passed(count: int, request: Take, now: int = 5) -> tuple[int, dict[str, Window]]:
    windows: dict[str, Window] = {}
    allowed = 0
    for _ in range(count):
        windows, levels = take(windows, request, now)
        allowed += not any(level.empty for level in levels)
    return allowed, windows


def test_of_many_at_once_exactly_the_capacity_passes() -> None:
    assert passed(40, asking(TENANT))[0] == 10


def test_it_is_full_again_a_window_after_its_first_token() -> None:
    _, windows = passed(40, asking(TENANT), now=100)
    _, (level,) = take(windows, asking(TENANT), 100 + MINUTE - 1)
    assert (level.empty, level.remaining, level.reset_ms) == (True, 0, 1)
    _, (level,) = take(windows, asking(TENANT), 100 + MINUTE)
    assert (level.empty, level.remaining, level.reset_ms) == (False, 9, MINUTE)


def test_a_refused_request_takes_nothing_of_its_other_buckets() -> None:
    allowed, windows = passed(40, asking(TENANT, KEY))
    assert (allowed, windows["reads"].used, windows["key:a"].used) == (4, 4, 4)
    _, levels = take(windows, asking(TENANT, KEY), 5)
    assert [(level.limit.name, level.empty, level.remaining) for level in levels] == [
        ("reads", False, 6), ("key:a", True, 0)]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from([asking(TENANT), asking(KEY), asking(TENANT, KEY)]))))
@example([(0, asking(TENANT, KEY))] * 30)
def test_no_interleaving_lets_more_than_its_capacity_through_a_window(steps: list[tuple[int, Take]]) -> None:
    windows: dict[str, Window] = {}
    now, used, ends = 0, Counter[str](), dict[str, int]()
    for pause, request in steps:
        now += pause
        windows, levels = take(windows, request, now)
        if any(level.empty for level in levels):
            continue
        for limit in request.limits:
            if ends.get(limit.name, 0) <= now:
                ends[limit.name], used[limit.name] = now + limit.window_ms, 0
            used[limit.name] += 1
            assert used[limit.name] <= limit.capacity


@given(st.lists(st.integers(0, 30_000), max_size=200))
def test_whoever_is_refused_gets_a_token_when_told(pauses: list[int]) -> None:
    windows: dict[str, Window] = {}
    now = 0
    for pause in pauses:
        now += pause
        windows, (level,) = take(windows, asking(TENANT), now)
        if level.empty:
            _, (later,) = take(windows, asking(TENANT), now + level.reset_ms)
            assert not later.empty


def test_a_clock_that_steps_back_gives_nothing_away_and_locks_nobody_out_for_long() -> None:
    _, windows = passed(10, asking(TENANT), now=10 * MINUTE)
    _, (level,) = take(windows, asking(TENANT), 0)
    assert (level.empty, level.reset_ms) == (True, MINUTE)


def test_a_smaller_plan_counts_at_once() -> None:
    _, windows = passed(8, asking(TENANT))
    _, (level,) = take(windows, asking(Bucket(name="reads", capacity=5, window_ms=MINUTE)), 6)
    assert (level.empty, level.remaining) == (True, 0)


def written(capacity: int) -> tuple[int, int]:
    """How often a whole bucket is written, and the most that storage does not know meanwhile."""
    limit = Bucket(name="reads", capacity=capacity, window_ms=MINUTE)
    stored = writes = unknown = 0
    for used in range(1, capacity + 1):
        if must_store(Window(used, MINUTE, stored), limit):
            stored, writes = used, writes + 1
        unknown = max(unknown, used - stored)
    return writes, unknown


@given(st.integers(1, 6000))
def test_a_kill_forgives_at_most_a_tenth_and_few_takes_are_written(capacity: int) -> None:
    writes, unknown = written(capacity)
    assert unknown <= capacity // 10
    assert writes <= min(capacity, 19)


def test_the_writes_of_the_plans_windows() -> None:
    for capacity in (10, 30, 60, 300, 600, 6000):
        writes, unknown = written(capacity)
        print(f"{capacity} takes a minute: {writes} writes, a kill forgives {unknown}")
        assert writes == 10


def test_what_is_full_again_is_forgotten() -> None:
    assert list(live({"a": Window(1, 10), "b": Window(1, 11)}, 10)) == ["b"]
