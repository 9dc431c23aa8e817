"""Snapshots of searches in a KV that is behind: whatever it shows, a search says what the database says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.searches import Home

from api.edge.answers import Answer
from api.stays.availability import snapshots

EXAMPLES = int(os.environ.get("SNAPSHOT_EXAMPLES", "60"))


@pytest.fixture(autouse=True)
def every_search_is_dear(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(snapshots, "WORTH", 0)
    monkeypatch.setattr(snapshots, "_noted", {})
    yield


def test_the_third_search_is_answered_from_kv() -> None:
    home = Home()
    first, second = home.search(), home.search()
    calls = home.core.calls
    third = home.search()
    assert home.kv.hits == 1 and home.core.calls == calls + 1
    assert first == second == third and len(home.kv.stored) == 1
    (key,) = home.kv.stored
    assert key == f"t:ten_1:availability:{first.headers['ETag'][1:-1]}"


def test_what_has_not_changed_is_not_sent_again() -> None:
    home = Home()
    tag = home.search().headers["ETag"]
    assert home.search(tag) == Answer(status=304, body="", headers={"ETag": tag})
    home.take("unit_1", None)
    assert home.search(tag).status == 200 and home.free() == ["unit_2"]


def test_a_hold_that_ran_out_ends_what_was_kept_although_nothing_was_written() -> None:
    home = Home()
    home.take("unit_1", 30)
    assert [home.free() for _ in range(3)] == [["unit_2"]] * 3 and home.kv.hits == 1
    home.now += 30_000
    assert [home.free() for _ in range(3)] == [["unit_1", "unit_2"]] * 3


def test_an_outage_of_kv_is_not_seen(capsys: pytest.CaptureFixture[str]) -> None:
    home = Home()
    home.search()
    home.kv.away = True
    assert home.search() == home.search() and home.free() == ["unit_1", "unit_2"]
    told = capsys.readouterr().out
    assert "snapshot.unwritten" in told and "snapshot.unreadable" in told


def test_few_searches_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_NOTED", 3)
    home = Home()
    home.search()
    snapshots._noted.update({"a": "", "b": ""})
    (first,) = [name for name in snapshots._noted if name not in "ab"]
    snapshots._noted["c"] = snapshots._noted.pop(first)
    monkeypatch.setattr(snapshots, "FORMAT", 2)
    home.search()
    assert len(snapshots._noted) == 3 and "a" not in snapshots._noted


STEPS = st.lists(
    st.one_of(
        st.just(("search",)), st.just(("search",)), st.just(("search",)),
        st.tuples(st.just("take"), st.sampled_from(["unit_1", "unit_2"]), st.sampled_from([None, 1, 30, 600])),
        st.tuples(st.just("free"), st.sampled_from(["unit_1", "unit_2"])),
        st.tuples(st.just("wait"), st.sampled_from([0, 999, 1_000, 30_000, 61_000, 900_000])),
        st.tuples(st.just("outage"), st.booleans()),
    ),
    min_size=5, max_size=30,
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(STEPS)
def test_whatever_kv_shows_a_search_says_what_the_database_says(steps: list[tuple[Any, ...]]) -> None:
    snapshots._noted.clear()
    home = Home()
    for step in steps:
        match step:
            case ("take", unit, seconds) if unit in home.truth():
                home.take(unit, seconds)
            case ("free", unit):
                home.free_up(unit)
            case ("wait", milliseconds):
                home.now += milliseconds
            case ("outage", away):
                home.kv.away = away
            case _:
                assert home.free() == home.truth()
