"""Many feeds at once: all are read, a host that does not answer delays nobody, and what an unchanged one costs.

`FEEDS=500` reads five hundred; by default it is a handful.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from integration.calsync.connected import Connected, day
from integration.calsync.listeners import Canary
from support.client import Api
from support.people import ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.world import on_business
from support.waiting import eventually

FEEDS = int(os.environ.get("FEEDS", "24"))
TENANTS = 4


def costs(suite: Suite, skip: int, event: str) -> list[dict[str, int]]:
    """What calsync says that its work cost, in the log after so many lines."""
    lines = suite.output().splitlines()[skip:]
    done = [
        json.loads(line[line.index("{") :])
        for line in lines
        if event in line and '"worker":"calsync"' in line and line.endswith("}")
    ]
    return [{part.split("=")[0]: int(part.split("=")[1]) for part in one["cost"].split(", ")} for one in done]


def connected(suite: Suite, standin: StandIn, number: int) -> list[str]:
    """The feeds of one new tenant, on units of their own; all read the same calendar."""
    manager = sign_up(Api(suite.url), f"Owner{number}")
    on_business(suite, manager.tenant["id"])
    url = standin.put_airbnb(f"load-{secrets.token_hex(4)}", [(day(0), day(4), "HMAAAAAAAA")], [(day(6), day(7))])
    return [ok(manager.api.create_feed(manager.new_unit(), url))["id"] for _ in range(FEEDS // TENANTS)]


@pytest.mark.timeout(300 + 3 * FEEDS)
def test_all_feeds_are_read_and_a_run_of_an_unchanged_one_writes_nothing(
    own: Suite, standin: StandIn, dripping: Canary, record_property: Callable[[str, object], None]
) -> None:
    with ThreadPoolExecutor(TENANTS) as pool:
        made = list(pool.map(lambda number: connected(own, standin, number), range(TENANTS)))
    feeds = [feed for some in made for feed in some]
    left = "SELECT count(*) AS n FROM feed_runs WHERE status = 'queued'"
    eventually(lambda: own.d1(left)[0]["n"] == 0, timeout=60 + FEEDS, what="the first runs")
    slow = Connected(own, standin, sign_up(Api(own.url), "Slow"))
    slow.connect(slow.publish())
    standin.put_calendar(slow.name, b"", redirect=f"http://127.0.0.1:{dripping.port}/a.ics")
    own.d1("UPDATE feeds SET next_due_at = 0")
    before = {name: own.d1(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in ("events", "feed_runs", "outbox")}
    skip, begun = len(own.output().splitlines()), time.monotonic()
    minutes = 1 + len(feeds) // 500  # as the schedule needs for all of them
    for _ in range(minutes):
        assert own.cron("calsync")["outcome"] == "ok"

    def read() -> list[dict[str, int]]:
        return [cost for cost in costs(own, skip, '"feed.due"') if cost["batches"] == 1]

    eventually(lambda: len(read()) == len(feeds), timeout=30 + FEEDS, what="all runs but that of the slow host")
    fast = time.monotonic() - begun
    failed = "SELECT count(*) AS n FROM feed_runs WHERE status = 'failed'"
    eventually(lambda: own.d1(failed)[0]["n"] == 1, timeout=60, what="the run of the slow host")
    after = {name: own.d1(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in before}
    assert after == before | {"feed_runs": before["feed_runs"] + 1}, "the failure is a run, and nothing else happened"
    asking = costs(own, skip, '"feeds.queued"')
    asked = {name: sum(cost[name] for cost in asking) for name in ("statements", "rows_written", "rows_read")}
    unchanged = Counter((cost["statements"], cost["rows_written"], cost["rows_read"]) for cost in read())
    rate = round(len(feeds) * 60 / fast)
    record_property("feeds_per_minute", rate)
    record_property("cost_of_an_unchanged_feed", str(unchanged.most_common(1)))
    most = unchanged.most_common(3)
    print(f"\n{len(feeds)} feeds, {rate} a minute; (statements, rows written, rows read): {most}; to ask: {asked}")
    assert max(written for _, written, _ in unchanged) == 0
    assert max(statements for statements, _, _ in unchanged) <= 3
    assert asked["rows_written"] <= 2 * (len(feeds) + 1) + minutes, "each feed's next time with its index, and the host"
    if len(feeds) >= 100:  # a few tell how busy the machine is, and not how fast many are read
        assert rate > 60
