"""How often exports are read is counted without a write for each reading."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from api.channels.calendar_exports import readers
from api.channels.calendar_exports.readers import WRITTEN_EVERY, Counts

NOW = 1_800_000_000_000


def test_the_first_reading_is_written_and_then_one_write_holds_many() -> None:
    counts = Counts()
    assert counts.read("exp_1", None, NOW) == 1
    assert [counts.read("exp_1", NOW, NOW + second) for second in range(1, 41)] == [0] * 40
    assert counts.read("exp_2", NOW, NOW + WRITTEN_EVERY) == 1
    assert counts.read("exp_1", NOW, NOW + WRITTEN_EVERY) == 41
    counts.again("exp_1", 41)
    assert counts.read("exp_1", NOW, NOW + WRITTEN_EVERY) == 42


@given(st.lists(st.integers(0, 2 * WRITTEN_EVERY), max_size=60))
def test_no_reading_is_lost_nor_counted_twice_and_writes_are_apart(pauses: list[int]) -> None:
    counts, now, written, read_at, writes = Counts(), NOW, 0, None, []
    for pause in pauses:
        now += pause
        if times := counts.read("exp_1", read_at, now):
            written, read_at = written + times, now
            writes.append(now)
    assert written + counts.unwritten.get("exp_1", 0) == len(pauses)
    assert all(later - one >= WRITTEN_EVERY for one, later in itertools.pairwise(writes))


def test_what_an_isolate_remembers_is_bounded() -> None:
    counts = Counts()
    for number in range(readers.MOST + 50):
        counts.read(f"exp_{number}", NOW, NOW + 1)
    assert len(counts.unwritten) == readers.MOST
