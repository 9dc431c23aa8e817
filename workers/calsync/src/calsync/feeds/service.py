"""Use cases of feeds: import one, check an address."""

from datetime import UTC, date, timedelta, tzinfo
from functools import partial

import msgspec

from calsync.addresses import Address, AddressRefused, check
from calsync.alerts import service as alerts
from calsync.exports import repository as exports
from calsync.exports import rules as export_rules
from calsync.exports.repository import Related
from calsync.feeds import content, echo, evidence, ledger, repository, sync, timing
from calsync.feeds.models import Decision, Feed, Known, Ours, Silence
from calsync.hosts import repository as hosts
from calsync.hosts import rules as hosts_rules
from calsync.hosts import service as turns
from calsync.hosts.rules import LeftAlone, Turn
from calsync.ical import zones
from calsync.ical.models import CalendarBroken, Reading
from calsync.ical.reader import read
from calsync.providers.ical.fetch import Fetched, FetchFailed, fetch
from calsync.settings import Settings
from propflow import ids, log, outbox
from propflow.bindings import meter
from propflow.bindings.d1 import Database, GuardFailed, Statement, refusal
from propflow.bindings.queues import Queue
from propflow.bindings.services import Service
from propflow.clock import day_of, now_ms
from propflow.errors import LimitExceeded, Permanent, Transient, Unavailable, Unprocessable
from propflow.handover import Imported
from propflow.keyring import Keyring
from propflow.messages import FeedSyncRequested, UnitCalendarChanged
from propflow.models import FeedCheck, FeedVerdict
from propflow.outbox import Destination
from propflow.sealed import SealBroken, open_sealed

WEEK = timedelta(days=7)  # how far back what we have taken may still come back as an echo
RACES = 3
INTERNAL = "The import failed for a reason on our side. Nothing was changed; it is tried again by itself."


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What the use cases need from outside."""

    db: Database
    queue: Queue
    notifications: Queue
    api: Service
    settings: Settings


async def sync_feed(services: Services, job: FeedSyncRequested) -> None:
    """One run of a feed. A feed that fails is the feed's trouble: the run says why, and the message is done.

    Raises LimitExceeded when the tenant's people have asked its host for enough in this minute: the run waits.
    """
    for _ in range(RACES):
        feed, known, turn = await _load(services.db, job)
        if not _wanted(job, feed) or feed is None:
            await _close(services.db, job)
            return
        if feed.status == "paused":
            await _end(services.db, job, feed, "The feed is paused.")
            return
        try:
            if job.rowless:  # the schedule has taken the turn
                turns.refuse_held(turn, feed.host, now_ms())
            else:
                await turns.take(services.db, services.settings, job.tenant_id, feed.host)
            await _attempt(services, job, feed, known)
        except LeftAlone as left:
            await _put_off(services.db, job, feed, left)
            return
        except GuardFailed:
            log.info("feed.run_overtaken", feed_id=job.feed_id)
        else:
            return
    raise Transient("other runs of this feed keep being faster")


def _wanted(job: FeedSyncRequested, feed: Feed | None) -> bool:
    """Is there still something to do? Raises Permanent when a run that somebody asked for does not exist."""
    if job.rowless:
        return feed is not None and feed.run_status is None and feed.status != "paused" and not feed.suspended
    if feed is None or feed.run_status is None:
        raise Permanent("no such feed or run")
    return feed.run_status == "queued"


async def _close(db: Database, job: FeedSyncRequested) -> None:
    if closing := _closing(job):
        await db.batch(closing)


def _closing(job: FeedSyncRequested) -> list[Statement]:
    """The message is done."""
    return [] if job.rowless else [outbox.close(job, Destination.CALSYNC)]


async def _end(db: Database, job: FeedSyncRequested, feed: Feed, error: str) -> None:
    await db.batch([repository.finish(job, "failed", error=error, now=_now(feed)), *_closing(job)])


async def _load(db: Database, job: FeedSyncRequested) -> tuple[Feed | None, dict[str, Known], Turn]:
    """The feed, what it said, and its host's turn, which the schedule has taken for the runs that it asks for."""
    now = now_ms()
    read = repository.load(job, now, day_of(now))
    results = await db.batch([*read, hosts.held_of(job.tenant_id, job.feed_id)])
    return *repository.loaded(results), hosts.turn_of(results[-1])


async def _put_off(db: Database, job: FeedSyncRequested, feed: Feed, left: LeftAlone) -> None:
    """A host is left alone, which is not the feed's fault: its run ends, and the schedule asks for the next."""
    now = now_ms()
    again = hosts_rules.come_again(left.turn, job.feed_id, now) or now
    ended = [] if job.rowless else [
        repository.finish(job, "failed", error=f"{left} Nothing was changed.", now=_now(feed))
    ]  # fmt: skip
    await db.batch([repository.put_off(job, again), *ended, *_closing(job)])
    log.info("feed.put_off", feed_id=job.feed_id, host=feed.host, reason=str(left), until=again)


def given_up(job: FeedSyncRequested) -> list[Statement]:
    """No attempt has carried the run out, and its message is dead: the feed is read when it is due again."""
    now = now_ms()
    return [*repository.start(job, now), repository.finish(job, "failed", error=INTERNAL, now=now)]


async def _attempt(services: Services, job: FeedSyncRequested, feed: Feed, known: dict[str, Known]) -> None:
    """A run that cannot be carried out for a defect of ours is a failed run as well, and its feed is not healthy."""
    try:
        await _run(services, job, feed, known)
    except (Unavailable, Transient, LeftAlone, LimitExceeded, GuardFailed):
        raise
    except Exception as error:
        log.exception("feed.crashed", error, feed_id=job.feed_id)
        await _failed(services, job, feed, INTERNAL)


async def _run(services: Services, job: FeedSyncRequested, feed: Feed, known: dict[str, Known]) -> None:
    home = zones.of_property(feed.time_zone)
    now = _now(feed)
    today = _today(feed)
    # A conditional request only when "as before" would mean "nothing to do", and nothing to tell again.
    unchanged_is_enough = evidence.settled(known, today) and not feed.unread
    etag = content.tag(feed.etag, feed.time_zone) if unchanged_is_enough else None
    try:
        keyring = Keyring.parse(services.settings.SESSION_ENC_KEY)
        url = await open_sealed(keyring, feed.url_sealed, job.feed_id)
        take = turns.take_scheduled if job.rowless else turns.take
        fetched = await _fetched(services.db, services.settings, job.tenant_id, url, etag, take)
        reading = None if fetched.body is None else read(fetched.body, home, date.fromisoformat(today))
    except FetchFailed as error:
        await _failed(services, job, feed, str(error), error)
    except (AddressRefused, CalendarBroken) as error:
        await _failed(services, job, feed, str(error))
    except SealBroken:
        await _failed(services, job, feed, "The stored address cannot be read any more; please enter it again.")
    else:
        await _succeeded(services, job, feed, known, fetched, reading, today, now)


async def _fetched(
    db: Database, settings: Settings, tenant_id: str, url: str, etag: str | None, take: turns.Take
) -> Fetched:  # fmt: skip
    """What `fetch` brings; the time that it took is the tenant's, however it ended. By `take` a host that a redirect
    leads to loses a turn, too: else a host of one's own could have us ask it without end."""
    begun = now_ms()
    try:
        return await fetch(url, etag, settings.places, partial(take, db, settings, tenant_id))
    finally:
        await turns.waited(db, tenant_id, begun)


async def _failed(
    services: Services, job: FeedSyncRequested, feed: Feed, error: str, fetch_failed: FetchFailed | None = None
) -> None:
    """Record a failure. A host that wants to be left alone is, by all feeds of the tenant."""
    now, real = _now(feed), now_ms()
    held_until = fetch_failed.held_until if fetch_failed else None
    due = timing.next_due(job.feed_id, real, timing.backoff(feed.failures + 1))
    due = max(due, hosts_rules.spread(held_until or 0, job.feed_id))
    told = alerts.of_failure(job, feed, real)
    results = await services.db.batch([
        *repository.fail(job, feed, error, now=now, next_due_at=due),
        *repository.resolve_ended(job, _today(feed), now),
        *repository.start(job, now),
        repository.finish(job, "failed", error=error, now=now),
        *(hosts.hold(fetch_failed.host, job.tenant_id, held_until, real) if fetch_failed and held_until else []),
        *_closing(job),
        *told,
    ])  # fmt: skip
    await alerts.send(services.notifications, results[len(results) - len(told) :])
    log.warning("feed.failed", feed_id=job.feed_id, host=feed.host, failures=feed.failures + 1, reason=error)


async def _succeeded(
    services: Services, job: FeedSyncRequested, feed: Feed, known: dict[str, Known],
    fetched: Fetched, reading: Reading | None, today: str, now: int,
) -> None:  # fmt: skip
    """Record what the calendar says. `now` is the time of the fetch: evidence is as old as its reading."""
    digest = feed.content_hash if reading is None else content.content_hash(reading)
    silence = evidence.heard(feed.silence, known, reading, today=today, now=now)
    real = now_ms()
    changed_at = real if digest != feed.content_hash or feed.changed_at is None else feed.changed_at
    pause = timing.pause(day_of(real), feed.busy_until, changed_at, real)
    unread = feed.unread if reading is None else reading.lost
    succeed = partial(
        repository.succeed, job, feed, now=now, next_due_at=timing.next_due(job.feed_id, real, pause), silence=silence,
        changed_at=changed_at, unread=unread,
    )  # fmt: skip
    told = alerts.of_success(job, feed, real) + alerts.of_reading(job, feed, real, unread)
    # What repeats goes on: the same calendar says more when the end of what is expanded has moved.
    etag = None if reading and reading.repeats else content.tagged(fetched.etag, feed.time_zone)
    decision = None
    if reading is not None and not (digest == feed.content_hash and evidence.settled(known, today)):
        decision = await _decide(services.db, job, feed, known, reading, today, now, silence)
    if reading is None or decision is None or decision.nothing:
        seen = len(known) if reading is None else reading.seen
        outdated = 0 if decision is None else decision.outdated
        problems = "[]" if reading is None else content.problem_texts(reading, outdated=outdated)
        ignored = 0 if decision is None else decision.ignored
        told += alerts.of_rest(job, feed)
        if job.rowless and not told and unread == feed.unread and _as_noted(feed, digest, silence, real):
            return
        told += alerts.of_unlisted(job, real, unlisted=sync.unlisted(known.values(), today))
        status = "succeeded" if unread else "unchanged"  # what cannot be read may have changed
        results = await services.db.batch([
            *succeed(etag=etag, content_hash=digest),
            *repository.start(job, now),
            repository.finish(job, status, seen=seen, ignored=ignored, problems=problems, now=now),
            *_closing(job),
            *told,
        ])  # fmt: skip
        await alerts.send(services.notifications, results[len(results) - len(told) :])
        return
    change = UnitCalendarChanged(
        tenant_id=job.tenant_id, outbox_id=outbox.new_outbox_id(now), request_id=job.request_id, unit_id=feed.unit_id
    )
    told += alerts.of_decision(job, feed, real, emptied=decision.held or decision.mass > 0)
    told += alerts.of_unlisted(job, real, unlisted=decision.unlisted)
    # A calendar whose silence is doubted is read in full the next time, too.
    doubted = decision.held
    before = [
        *succeed(etag=None if doubted else etag, content_hash=None if doubted else digest),
        *repository.start(job, now),
        *_closing(job),
    ]  # fmt: skip
    asked = ledger.request(
        job, feed, decision, change, before=before, told=told, today=today, now=now, real=real,
        problems=content.problem_texts(reading, decision.held, decision.mass, decision.outdated),
    )  # fmt: skip
    try:
        imported = await services.api.call("commit_import", asked, Imported)
    except Unavailable as error:
        if error.code == "internal_call_failed":
            raise RuntimeError("the api Worker could not write the import") from error
        raise
    meter.current().add(imported.spent)
    if imported.refused is not None:
        raise refusal(imported.refused)
    await alerts.send(services.notifications, imported.told)


def _as_noted(feed: Feed, digest: str | None, silence: Silence, now: int) -> bool:
    """Whether all that this reading says is written already, and not long ago."""
    noted_at = feed.last_success_at or 0
    same = digest == feed.content_hash and silence == feed.silence and feed.changed_at is not None
    return same and feed.error is None and now - noted_at < timing.NOTED_AFTER


async def _decide(
    db: Database, job: FeedSyncRequested, feed: Feed, known: dict[str, Known], reading: Reading, today: str, now: int,
    silence: Silence,
) -> Decision:  # fmt: skip
    ours, returned = list[Ours](), list[str]()
    if sync.needs_ours(known, reading):
        own = frozenset(one.occupancy_id for one in known.values())
        ours, returned = await told_back(db, job.tenant_id, feed.unit_id, feed.host, reading, today, own)
    return sync.decide(
        known, reading, today=today, now=now, new_id=lambda prefix: ids.new_id(prefix, now), silence=silence, ours=ours,
        returned=returned,
    )  # fmt: skip


async def told_back(
    db: Database, tenant_id: str, unit_id: str, host: str, reading: Reading, today: str,
    own: frozenset[str] = frozenset(),
) -> tuple[list[Ours], list[str]]:  # fmt: skip
    """Of the unit's nights those that the channel behind `host` may tell back, and the occupancies of the unit that
    UIDs of its calendar name. `own` are the feed's own stays."""
    since, until = (date.fromisoformat(today) - WEEK).isoformat(), export_rules.horizon(today)
    said = echo.named(reading.events)
    read_ours = exports.load(tenant_id, [unit_id], since, until, export_rules.MOST_ENTRIES)
    results = await db.batch([*read_ours, *([exports.ours(tenant_id, unit_id, said)] if said else [])])
    [(readers, taken)] = exports.loaded([unit_id], results[:2])
    ours = echo.exported(export_rules.bounded(taken, until), [one.channel for one in readers], host, own)
    return ours, [one.id for one in results[-1].rows(Related)] if said else []


def _now(feed: Feed) -> int:
    """The instant of a run: that of the test space's clock, if it has one, and after that of the run before."""
    return repository.attempt(feed, now_ms() if feed.clock_at is None else feed.clock_at)


def _today(feed: Feed) -> str:
    """The property's date."""
    now = now_ms() if feed.clock_at is None else feed.clock_at
    return day_of(now, zones.of_property(feed.time_zone))


async def sync_now(services: Services, job: FeedSyncRequested) -> None:
    """A run that somebody waits for. Raises Unavailable when it is better left to the queue."""
    try:
        await sync_feed(services, job)
    except (Transient, Permanent) as error:
        raise Unavailable("sync_later", f"The calendar is read in the background: {error}.") from error


async def check_feed(db: Database, settings: Settings, asked: FeedCheck) -> FeedVerdict:
    """May this address be fetched, and is a calendar there? Nothing is stored. Raises what `look` raises."""
    address, reading = await look(db, settings, asked.tenant_id, asked.url, UTC, day_of(now_ms()))
    return FeedVerdict(host=address.host, events=len(reading.events))


async def look(
    db: Database, settings: Settings, tenant_id: str, url: str, home: tzinfo, today: str
) -> tuple[Address, Reading]:  # fmt: skip
    """The calendar behind an address that somebody has entered, seen from `today` on. It takes a turn of the host's.

    Raises Unprocessable, and LimitExceeded when the tenant's people have asked the host for enough in this minute.
    """
    try:
        address = check(url, settings.places)
        await turns.take(db, settings, tenant_id, address.host)
        fetched = await _fetched(db, settings, tenant_id, url, None, turns.take)
        return address, read(fetched.body or b"", home, date.fromisoformat(today))
    except AddressRefused as refused:
        raise Unprocessable(refused.code, refused.detail, param="url") from None
    except LeftAlone as left:
        raise Unprocessable("feed_unreachable", str(left), param="url") from None
    except FetchFailed as failed:
        if failed.held_until is not None:
            await db.batch(hosts.hold(failed.host, tenant_id, failed.held_until, now_ms()))
        raise Unprocessable("feed_unreachable", str(failed), param="url") from None
    except CalendarBroken as broken:
        raise Unprocessable("feed_not_a_calendar", str(broken), param="url") from None
