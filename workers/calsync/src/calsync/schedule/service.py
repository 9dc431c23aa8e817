"""Use case of the schedule: each minute, ask for a run of each feed that is due, and tell of those that stay unread."""

from collections import Counter

from calsync.alerts import repository as alert_rows
from calsync.alerts import service as alerts
from calsync.context import Bindings
from calsync.hosts import repository as hosts
from calsync.schedule import repository, rules
from calsync.schedule.repository import Postponed
from calsync.schedule.rules import Due, Plan
from propflow import feeds, ids, log, outbox
from propflow.bindings import meter
from propflow.bindings.d1 import Statement
from propflow.bindings.queues import MAX_BATCH
from propflow.clock import day_of
from propflow.messages import FeedDue, encode

MOST_DUE = 500  # a minute
MOST_SEEN = 5_000  # of which the turns of tenants are taken, twenty of each tenant at least
MOST_STALE = 20  # of which people are told in one minute


async def queue_due(bindings: Bindings, now: int) -> int:
    """Ask for a run of every feed whose time has come, test spaces excepted. Returns how many were asked for.

    Two rows are written for a feed, its next time and the index by it, one for each host, and once an hour one for each
    host and tenant.
    """
    today = day_of(now)
    unlimited = bindings.settings.unlimited_hosts
    found = (await bindings.db.run(repository.due(now, today, MOST_DUE, MOST_SEEN, unlimited))).rows(Due)
    if not found:
        return 0
    plans = rules.plan(found, today, now, unlimited)
    counts = Counter(plan.feed.host for plan in plans if plan.read)
    stale = _stale(found, now)
    unnoted = rules.unnoted(plans, now)
    noted = [hosts.note(unnoted, now)] if unnoted else []
    results = await bindings.db.batch([
        repository.postpone([plan for plan in plans if plan.due_at is not None], now), hosts.take_turns(counts, now),
        *noted, *stale,
    ])  # fmt: skip
    await alerts.send(bindings.notifications, results[2 + len(noted) :])
    postponed = {row.id for row in results[0].rows(Postponed)}
    asked = [plan for plan in plans if plan.read and plan.feed.id in postponed]
    await _send(bindings, asked, now)
    log.info("feeds.queued", count=len(asked), cost=meter.current().header())
    return len(asked)


async def _send(bindings: Bindings, asked: list[Plan], now: int) -> None:
    """Those that cannot be sent are due again: nothing else knows of them."""
    for some in outbox.chunks([plan.feed for plan in asked], MAX_BATCH):
        try:
            await bindings.queue.send([encode(_job(feed, now)) for feed in some])
        except Exception as error:
            log.exception("feeds.send_failed", error, count=len(some))
            await bindings.db.run(repository.recall(some, now))


def _stale(found: list[Due], now: int) -> list[Statement]:
    """Runs that fail tell so themselves; these are also feeds of which no run ends."""
    stale = [feed for feed in found if not feed.in_trouble and now - feed.well_at >= feeds.STALE_AFTER]
    told = [alert_rows.raised(feed.tenant_id, feed.id, "trouble", now) for feed in stale[:MOST_STALE]]
    return [statement for statements in told for statement in statements]


def _job(feed: Due, now: int) -> FeedDue:
    return FeedDue(tenant_id=feed.tenant_id, feed_id=feed.id, run_id=ids.new_id("run", now))
