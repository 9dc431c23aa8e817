"""Use case of the schedule: each minute, ask for a run of each feed that is due, and tell of those that stay unread."""

from calsync.alerts import repository as alert_rows
from calsync.alerts import service as alerts
from calsync.feeds.service import Services
from calsync.schedule import repository
from calsync.schedule.repository import Due, Queued
from propflow import clock, feeds, ids, log, outbox
from propflow.bindings import meter
from propflow.bindings.d1 import Statement
from propflow.bindings.queues import MAX_BATCH
from propflow.messages import FeedSyncRequested

MOST_DUE = 500  # a minute
MOST_SEEN = 5_000  # of which the turns of tenants are taken
MOST_STALE = 20  # of which people are told in one minute
ASK_AGAIN = clock.HOUR  # when a run was lost; one that ends says itself when the next is due


async def queue_due(services: Services, now: int) -> int:
    """Ask for a run of every feed whose time has come, test spaces excepted. Returns how many were asked for."""
    found = (await services.db.run(repository.due(now, MOST_DUE, MOST_SEEN))).rows(Due)
    if not found:
        return 0
    stale = _stale(found, now)
    queue = repository.queue_runs([_job(feed, now) for feed in found], now=now, next_due_at=now + ASK_AGAIN)
    results = await services.db.batch([*queue, *stale])
    queued = results[1].rows(Queued)
    await alerts.send(services.notifications, results[len(queue) :])
    try:
        for chunk in outbox.chunks([one.message for one in queued], MAX_BATCH):
            await services.queue.send(chunk)
    except Exception as error:  # the sweeper sends what is committed
        log.exception("feeds.send_failed", error)
    log.info("feeds.queued", count=len(queued), cost=meter.current().header())
    return len(queued)


def _stale(found: list[Due], now: int) -> list[Statement]:
    """Runs that fail tell so themselves; these are also feeds of which no run ends."""
    stale = [feed for feed in found if not feed.in_trouble and now - feed.well_at >= feeds.STALE_AFTER]
    told = [alert_rows.raised(feed.tenant_id, feed.id, "trouble", now) for feed in stale[:MOST_STALE]]
    return [statement for statements in told for statement in statements]


def _job(feed: Due, now: int) -> FeedSyncRequested:
    return FeedSyncRequested(
        tenant_id=feed.tenant_id, outbox_id=outbox.new_outbox_id(now), feed_id=feed.id, run_id=ids.new_id("run", now)
    )
