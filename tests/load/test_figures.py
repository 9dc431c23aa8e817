"""The cost of the hot paths does not grow unnoticed, and not with the history."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.standin_client import StandIn
from support.suite import Suite

from load.bench import Timing, compared
from load.figures import HISTORY_COSTS_NOTHING, count, grown, recorded


@pytest.fixture
def fresh(standin: StandIn, tmp_path: Path) -> Iterator[Suite]:
    """A product without other tenants: a scan reads one row more where somebody else's rows follow."""
    runtime = Suite(standin.url, state=tmp_path).start()
    yield runtime
    runtime.stop()


def test_no_counted_figure_grew_and_history_costs_nothing(fresh: Suite, standin: StandIn) -> None:
    figures = count(fresh, standin)
    assert grown(recorded(), figures) == [], "if this is meant, run `make bench` and commit figures.json"
    for name in HISTORY_COSTS_NOTHING:
        assert figures[f"{name}, 10x history"]["rows_read"] == figures[name]["rows_read"], name
    event = 2  # its row and index, and the last of the tenant and of the object, are beyond the budget
    listed = 1  # and the index that lists of bookings come from (decision 0042)
    batch = figures["booking commit, its batch"]
    assert batch["batches"] == 1 and batch["rows_written"] <= 10 + event + listed
    assert batch["rows_read"] <= 5 + event
    assert figures["availability"]["rows_read"] <= 10
    assert figures["feed unchanged"]["rows_written"] == 0


def test_growth_is_noticed() -> None:
    assert grown({"a": {"rows_read": 1}}, {"a": {"rows_read": 2}}) == ["a: rows_read grew from 1 to 2"]
    assert grown({}, {"new": {"rows_read": 1}}) == ["new: rows_read grew from 0 to 1"]
    assert grown({"a": {"rows_read": 2}}, {"a": {"rows_read": 1}}) == []
    assert grown({"a": {}}, {}) == ["a is not measured any more"]


def test_the_comparison_says_what_it_compares_or_how_to_have_it() -> None:
    ours = {"booking commit": Timing(30, 20.0), "fastapi no-op": Timing(120, 5.0)}
    text = compared(ours, {"booking commit": 200, "no-op": 1_000})
    assert "30 req/s, 0.25 of the no-op" in text and "200 req/s, 0.20 of its no-op" in text
    assert text.endswith("0.15 of its speed, 1.25 of its ratio")
    assert "apt install postgresql" in compared(ours, None)
