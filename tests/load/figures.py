"""Counted figures: what each hot path costs in statements and rows, with little and with ten times the history."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path as File

from support.standin_client import StandIn
from support.suite import Suite

from load import feeds
from load.paths import Cost, Walk, cost_of_batch, cost_of_message, walk_once

FILE = File(__file__).with_name("figures.json")
LITTLE, TENFOLD = 200, 1800  # past stays of the unit: 200, then 2,000
HISTORY_COSTS_NOTHING = (
    "availability", "quote", "booking commit", "booking refused", "hold", "block", "booking moved", "booking cancelled",
    "calendar of a month",
)  # fmt: skip
Figures = dict[str, Cost]


def count(suite: Suite, standin: StandIn) -> Figures:
    """Walk every path once with 200 past stays, then again with 2,000; and what the turns of a feed cost."""
    walk = Walk(suite)
    walk.add_history(LITTLE, date(2026, 1, 1))
    figures: Figures = {}
    for path in walk.paths():
        figures[path.name] = walk_once(walk, path)
        if path.name == "booking commit":  # what follows from it, before other messages come in between
            figures["booking commit, its batch"] = cost_of_batch(suite, walk.unit)
            for worker in ("notify", "billing", "calsync"):
                figures[f"queue message, {worker}"] = cost_of_message(suite, walk, worker)
    walk.add_history(TENFOLD, date(2020, 1, 1))
    for path in walk.paths():
        if path.name in HISTORY_COSTS_NOTHING:
            figures[f"{path.name}, 10x history"] = walk_once(walk, path)
    walk.settle()
    return figures | feeds.count(walk, standin)


def recorded() -> Figures:
    """The committed figures."""
    return dict(json.loads(FILE.read_text())["counted"])


def grown(before: Figures, now: Figures) -> list[str]:
    """Each counted figure that is larger than the committed one, as a sentence."""
    gone = [f"{name} is not measured any more" for name in before if name not in now]
    return gone + [
        f"{name}: {figure} grew from {before.get(name, {}).get(figure, 0)} to {value}"
        for name, cost in now.items()
        for figure, value in cost.items()
        if value > before.get(name, {}).get(figure, 0)
    ]
