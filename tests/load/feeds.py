"""What the turns of feeds cost: a calendar that says the same, one with a changed entry, and many at once."""

from __future__ import annotations

import secrets
import time
from datetime import date, timedelta

from support.people import ok
from support.standin_client import StandIn
from support.surface.world import on_business
from support.waiting import eventually

from load.paths import Cost, Walk, cost_in, lines

ENTRIES = 100
FEEDS = 60
FIRST = date(2029, 1, 1)
HOUR_AGO = "UPDATE feeds SET last_success_at = last_success_at - 3600000 WHERE tenant_id = ?"
DUE = "UPDATE feeds SET next_due_at = 0 WHERE tenant_id = ?"


class Feeds:
    """Feeds of the walk's manager, all of one calendar."""

    def __init__(self, walk: Walk, standin: StandIn) -> None:
        self.walk, self.suite, self.standin = walk, walk.suite, standin
        self.name = f"bench-{secrets.token_hex(4)}"
        self.url = self.publish(0)

    def publish(self, later: int) -> str:
        """A hundred stays, the first of them so many days later."""
        starts = [FIRST + timedelta(days=4 * number + (0 if number else later)) for number in range(ENTRIES)]
        stays = [(start, start + timedelta(days=2), f"HM{number:08}") for number, start in enumerate(starts)]
        return self.standin.put_airbnb(self.name, stays)

    def connect(self) -> None:
        """One more feed, on a unit of its own, whose first run is over."""
        feed = ok(self.walk.manager.api.create_feed(self.walk.manager.new_unit(), self.url))["id"]
        ended = "SELECT id FROM feed_runs WHERE feed_id = ? AND status = 'succeeded'"
        eventually(lambda: self.suite.d1(ended, feed), what="the first run")

    def turn(self, wanted: int = 1) -> list[Cost]:
        """The schedule asks for all of them; what each cost, when they are read, and last what the asking cost."""
        self.walk.settle()
        done = self._costs('"feed.due"')
        self.suite.d1(DUE, self.walk.manager.tenant["id"])
        assert self.suite.cron("calsync")["outcome"] == "ok"
        eventually(lambda: len(self._costs('"feed.due"')) == len(done) + wanted, timeout=60, what="the turns to end")
        return [*self._costs('"feed.due"')[len(done) :], self._costs('"feeds.queued"')[-1]]

    def _costs(self, event: str) -> list[Cost]:
        return [cost_in(line) for line in lines(self.suite, event, '"worker":"calsync"')]


def count(walk: Walk, standin: StandIn) -> dict[str, Cost]:
    """Of one feed: what it costs to ask for a turn, a turn without news, one that notes so, and a changed entry."""
    feeds = Feeds(walk, standin)
    feeds.connect()
    same, asking = feeds.turn()
    walk.suite.d1(HOUR_AGO, walk.manager.tenant["id"])
    noted, _ = feeds.turn()
    feeds.publish(1)
    changed, _ = feeds.turn()
    return {
        "feed asked for": asking, "feed unchanged": same, "feed unchanged, once an hour": noted,
        "feed, 1 of 100 entries changed": changed,
    }  # fmt: skip


def per_minute(walk: Walk, standin: StandIn) -> float:
    """How many feeds without news are read in a minute."""
    on_business(walk.suite, walk.manager.tenant["id"])
    feeds = Feeds(walk, standin)
    for _ in range(FEEDS):
        feeds.connect()
    begun = time.monotonic()
    feeds.turn(FEEDS)
    return FEEDS * 60 / (time.monotonic() - begun)
