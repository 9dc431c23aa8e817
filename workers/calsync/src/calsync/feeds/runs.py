"""Use case of feeds: a run, from its message to its end."""

from datetime import date

from calsync.addresses import AddressRefused
from calsync.context import Bindings
from calsync.feeds import content, evidence, repository
from calsync.feeds.failing import end, failed, put_off
from calsync.feeds.models import Feed, Known
from calsync.feeds.reading import fetched
from calsync.feeds.run import INTERNAL, Run, closing, run_of
from calsync.feeds.succeeding import succeeded
from calsync.hosts import repository as hosts
from calsync.hosts import service as turns
from calsync.hosts.rules import LeftAlone, Turn
from calsync.ical import zones
from calsync.ical.models import CalendarBroken
from calsync.ical.reader import read
from calsync.providers.ical.fetch import FetchFailed
from propflow import log
from propflow.bindings.d1 import Database, GuardFailed
from propflow.clock import day_of, now_ms
from propflow.errors import LimitExceeded, Permanent, Transient, Unavailable
from propflow.keyring import Keyring
from propflow.messages import FeedSyncRequested
from propflow.sealed import SealBroken, open_sealed

RACES = 3
UNREADABLE = "The stored address cannot be read any more; please enter it again."


async def sync_feed(bindings: Bindings, job: FeedSyncRequested) -> None:
    """One run of a feed. A feed that fails is the feed's trouble: the run says why, and the message is done.

    Raises LimitExceeded when the tenant's people have asked its host for enough in this minute: the run waits.
    """
    for _ in range(RACES):
        feed, known, turn = await _load(bindings.db, job)
        if not _wanted(job, feed) or feed is None:
            await _close(bindings.db, job)
            return
        if feed.status == "paused":
            await end(bindings.db, job, feed, "The feed is paused.")
            return
        try:
            await _take_turn(bindings, job, feed, turn)
            await _attempt(bindings, job, feed, known)
        except LeftAlone as left:
            await put_off(bindings.db, job, feed, left)
            return
        except GuardFailed:
            log.info("feed.run_overtaken", feed_id=job.feed_id)
        else:
            return
    raise Transient("other runs of this feed keep being faster")


async def sync_now(bindings: Bindings, job: FeedSyncRequested) -> None:
    """A run that somebody waits for. Raises Unavailable when it is better left to the queue."""
    try:
        await sync_feed(bindings, job)
    except (Transient, Permanent) as error:
        raise Unavailable("sync_later", f"The calendar is read in the background: {error}.") from error


async def _load(db: Database, job: FeedSyncRequested) -> tuple[Feed | None, dict[str, Known], Turn]:
    """The feed, what it said, and its host's turn, which the schedule has taken for the runs that it asks for."""
    now = now_ms()
    loading = repository.load(job, now, day_of(now))
    results = await db.batch([*loading, hosts.held_of(job.tenant_id, job.feed_id)])
    return *repository.loaded(results), hosts.turn_of(results[-1])


def _wanted(job: FeedSyncRequested, feed: Feed | None) -> bool:
    """Is there still something to do? Raises Permanent when a run that somebody asked for does not exist."""
    if job.rowless:
        return feed is not None and feed.run_status is None and feed.status != "paused" and not feed.suspended
    if feed is None or feed.run_status is None:
        raise Permanent("no such feed or run")
    return feed.run_status == "queued"


async def _close(db: Database, job: FeedSyncRequested) -> None:
    if statements := closing(job):
        await db.batch(statements)


async def _take_turn(bindings: Bindings, job: FeedSyncRequested, feed: Feed, turn: Turn) -> None:
    if job.rowless:  # the schedule has taken it
        turns.refuse_held(turn, feed.host, now_ms())
    else:
        await turns.take(bindings.db, bindings.settings, job.tenant_id, feed.host)


async def _attempt(bindings: Bindings, job: FeedSyncRequested, feed: Feed, known: dict[str, Known]) -> None:
    """A run that cannot be carried out for a defect of ours is a failed run as well, and its feed is not healthy."""
    try:
        await _carry_out(bindings, run_of(job, feed, known))
    except (Unavailable, Transient, LeftAlone, LimitExceeded, GuardFailed):
        raise
    except Exception as error:
        log.exception("feed.crashed", error, feed_id=job.feed_id)
        await failed(bindings, job, feed, INTERNAL)


async def _carry_out(bindings: Bindings, run: Run) -> None:
    job, feed, settings = run.job, run.feed, bindings.settings
    try:
        url = await open_sealed(Keyring.parse(settings.SESSION_ENC_KEY), feed.url_sealed, job.feed_id)
        take = turns.take_scheduled if job.rowless else turns.take
        found = await fetched(bindings.db, settings, job.tenant_id, url, _known_etag(run), take)
        home = zones.of_property(feed.time_zone)
        reading = None if found.body is None else read(found.body, home, date.fromisoformat(run.today))
    except FetchFailed as error:
        await failed(bindings, job, feed, str(error), error)
    except (AddressRefused, CalendarBroken) as error:
        await failed(bindings, job, feed, str(error))
    except SealBroken:
        await failed(bindings, job, feed, UNREADABLE)
    else:
        await succeeded(bindings, run, found, reading)


def _known_etag(run: Run) -> str | None:
    """For a conditional request, only when "as before" would mean "nothing to do", and nothing to tell again."""
    feed = run.feed
    if feed.unread or not evidence.settled(run.known, run.today):
        return None
    return content.tag(feed.etag, feed.time_zone)
