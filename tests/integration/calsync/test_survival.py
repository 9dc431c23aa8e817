"""A product of its own, for what would disturb others: a host that drips, and a SIGKILL in the middle of imports."""

from __future__ import annotations

import time

from integration.calsync.connected import Connected, waiting
from integration.calsync.listeners import Canary
from support.client import Api
from support.people import ok, sign_up
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

STAYS = [(0, 4, "HMAAAAAAAA"), (4, 6, "HMBBBBBBBB")]


def test_a_dripping_host_meets_the_deadline_and_delays_nobody(own: Suite, standin: StandIn, dripping: Canary) -> None:
    slow = Connected(own, standin, sign_up(Api(own.url), "Alice"))
    slow.connect(slow.publish())
    slow.standin.put_calendar(slow.name, b"", redirect=f"http://127.0.0.1:{dripping.port}/a.ics")
    other = Connected(own, standin, sign_up(Api(own.url), "Bob"))
    other.connect(other.publish(STAYS[:1]))
    for tried in range(1, 4):
        other.publish([*STAYS, (4 + 4 * tried, 6 + 4 * tried, f"HM{tried:08}")])
        begun = time.monotonic()
        run_id = ok(slow.manager.api.sync_feed(slow.feed_id), 202)["run_id"]
        assert other.sync()["created"] >= 1
        waiting_still = slow.runs()[0]["status"] == "queued"
        run = slow.finished(run_id)  # a host that drips for ever is not waited for
        assert dripping.hits == tried
        assert (run["status"], run["error"].endswith("no answer in time.")) == ("failed", True)
        if waiting_still:
            break  # a machine with much else to do may take ten seconds for the other feed, but not each time
    assert waiting_still, f"the other tenant's feed waited for it: {time.monotonic() - begun:.1f} s"


def test_a_kill_during_imports_loses_nothing(own: Suite, standin: StandIn) -> None:
    manager = sign_up(Api(own.url), "Alice")
    feeds = [Connected(own, standin, manager) for _ in range(6)]
    for feed in feeds:
        feed.connect(feed.publish(STAYS[:1]))
        feed.publish(STAYS)
    runs = [ok(manager.api.sync_feed(feed.feed_id), 202)["run_id"] for feed in feeds]
    own.kill()
    own.start()
    own.d1("UPDATE outbox SET next_attempt_at = 0 WHERE waiting <> 0")
    own.cron("api")
    for feed, run_id in zip(feeds, runs, strict=True):
        assert feed.finished(run_id)["status"] in ("succeeded", "unchanged")
        assert feed.taken() == feed.imported((0, 4), (4, 6))
        assert [run["created"] for run in feed.runs()] == [1, 1]
    eventually(lambda: not waiting(own, manager.tenant["id"]), what="all messages to be done")
