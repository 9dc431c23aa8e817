"""The ends of a run that says nothing about the calendar: it failed, was put off, or was given up."""

from calsync.alerts import service as alerts
from calsync.context import Bindings
from calsync.feeds import repository, timing
from calsync.feeds.models import Feed
from calsync.feeds.run import INTERNAL, closing, instant_of, today_of
from calsync.hosts import repository as hosts
from calsync.hosts import rules as hosts_rules
from calsync.hosts.rules import LeftAlone
from calsync.providers.ical.fetch import FetchFailed
from propflow import log
from propflow.bindings.d1 import Database, Statement
from propflow.clock import now_ms
from propflow.messages import FeedSyncRequested


async def failed(
    bindings: Bindings, job: FeedSyncRequested, feed: Feed, error: str, fetch_failed: FetchFailed | None = None
) -> None:
    """Record a failure. A host that wants to be left alone is, by all feeds of the tenant."""
    now, real = instant_of(feed), now_ms()
    held_until = fetch_failed.held_until if fetch_failed else None
    due = timing.next_due(job.feed_id, real, timing.backoff(feed.failures + 1))
    due = max(due, hosts_rules.spread(held_until or 0, job.feed_id))
    told = alerts.of_failure(job, feed, real)
    results = await bindings.db.batch([
        *repository.fail(job, feed, error, now=now, next_due_at=due),
        *repository.resolve_ended(job, today_of(feed), now),
        *repository.start(job, now),
        repository.finish(job, "failed", error=error, now=now),
        *(hosts.hold(fetch_failed.host, job.tenant_id, held_until, real) if fetch_failed and held_until else []),
        *closing(job),
        *told,
    ])  # fmt: skip
    await alerts.send(bindings.notifications, results[len(results) - len(told) :])
    log.warning("feed.failed", feed_id=job.feed_id, host=feed.host, failures=feed.failures + 1, reason=error)


async def end(db: Database, job: FeedSyncRequested, feed: Feed, error: str) -> None:
    """The run ends for a reason that is nobody's failure."""
    await db.batch([repository.finish(job, "failed", error=error, now=instant_of(feed)), *closing(job)])


async def put_off(db: Database, job: FeedSyncRequested, feed: Feed, left: LeftAlone) -> None:
    """A host is left alone, which is not the feed's fault: its run ends, and the schedule asks for the next."""
    now = now_ms()
    again = hosts_rules.come_again(left.turn, job.feed_id, now) or now
    ended = [] if job.rowless else [
        repository.finish(job, "failed", error=f"{left} Nothing was changed.", now=instant_of(feed))
    ]  # fmt: skip
    await db.batch([repository.put_off(job, again), *ended, *closing(job)])
    log.info("feed.put_off", feed_id=job.feed_id, host=feed.host, reason=str(left), until=again)


def given_up(job: FeedSyncRequested) -> list[Statement]:
    """No attempt has carried the run out, and its message is dead: the feed is read when it is due again."""
    now = now_ms()
    return [*repository.start(job, now), repository.finish(job, "failed", error=INTERNAL, now=now)]
