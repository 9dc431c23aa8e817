"""One run of a feed: what its steps have in common."""

import msgspec

from calsync.feeds import repository
from calsync.feeds.models import Feed, Known
from calsync.ical import zones
from propflow import outbox
from propflow.bindings.d1 import Statement
from propflow.clock import day_of, now_ms
from propflow.messages import FeedSyncRequested
from propflow.outbox import Destination

INTERNAL = "The import failed for a reason on our side. Nothing was changed; it is tried again by itself."


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked for it, the feed and what is known of its entries; the property's date, and the instant (ms) of the
    fetch: evidence is as old as its reading."""

    job: FeedSyncRequested
    feed: Feed
    known: dict[str, Known]
    today: str
    now: int


def run_of(job: FeedSyncRequested, feed: Feed, known: dict[str, Known]) -> Run:
    """A run that begins now."""
    return Run(job=job, feed=feed, known=known, today=today_of(feed), now=instant_of(feed))


def instant_of(feed: Feed) -> int:
    """The instant of a run: that of the test space's clock, if it has one, and after that of the run before."""
    return repository.attempt(feed, _present(feed))


def today_of(feed: Feed) -> str:
    """The property's date."""
    return day_of(_present(feed), zones.of_property(feed.time_zone))


def _present(feed: Feed) -> int:
    return now_ms() if feed.clock_at is None else feed.clock_at


def closing(job: FeedSyncRequested) -> list[Statement]:
    """The message is done."""
    return [] if job.rowless else [outbox.close(job, Destination.CALSYNC)]
