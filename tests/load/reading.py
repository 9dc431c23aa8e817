"""What reading a calendar costs inside the runtime, measured through the check of an address."""

from __future__ import annotations

import json
from datetime import date, timedelta

from support.airbnb import airbnb_calendar
from support.standin_client import StandIn
from support.suite import Suite

EVENTS, TIMES = 1_000, 20


def measure_reading(suite: Suite, standin: StandIn) -> tuple[float, float]:
    """(ms of CPU for a calendar of 1,000 events, µs for each event); the second without the fetch."""
    first = date(2029, 1, 1)
    stays = [(first + timedelta(days=n), first + timedelta(days=n + 1), f"HM{n:08}") for n in range(EVENTS)]
    url = {number: standin.put_calendar(f"read-{number}", airbnb_calendar(stays[:number])) for number in (0, EVENTS)}
    for number in (0, EVENTS):
        assert _checked(suite, url[number]) == number  # and warm
    empty, full = _cpu_ms(suite, url[0]), _cpu_ms(suite, url[EVENTS])
    return full, (full - empty) * 1_000 / EVENTS


def _cpu_ms(suite: Suite, url: str) -> float:
    """For one check, on average: the runtime counts in ticks of 10 ms."""
    before = suite.stats()["cpu_ms"]
    for _ in range(TIMES):
        _checked(suite, url)
    return float(suite.stats()["cpu_ms"] - before) / TIMES


def _checked(suite: Suite, url: str) -> int:
    answer = json.loads(suite.rpc("calsync", "check_feed", json.dumps({"url": url})))
    return int(answer["value"]["events"])
