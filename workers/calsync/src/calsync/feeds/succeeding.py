"""The ends of a run that has heard the calendar: nothing new, which is noted, or changes, which the api commits."""

import msgspec

from calsync.alerts import service as alerts
from calsync.context import Bindings
from calsync.feeds import content, evidence, handover, repository, sync, timing
from calsync.feeds.deciding import decide
from calsync.feeds.models import Decision, Silence
from calsync.feeds.run import Run, closing
from calsync.ical.models import Reading
from calsync.providers.ical.fetch import Fetched
from propflow import outbox
from propflow.bindings import meter
from propflow.bindings.d1 import Statement, refusal
from propflow.clock import day_of, now_ms
from propflow.errors import Unavailable
from propflow.handover import Import, Imported
from propflow.messages import UnitCalendarChanged


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a reading says of the feed itself. `reading` is None where the server said "as before"; `digest` stands for
    the calendar, `etag` is what to ask with the next time; `real` is the real instant (ms), `changed_at` when the
    calendar was last another, `unread` how much of it could not be read."""

    reading: Reading | None
    digest: str | None
    etag: str | None
    silence: Silence
    real: int
    changed_at: int
    unread: int


def heard(run: Run, fetched: Fetched, reading: Reading | None) -> Heard:
    """Pure, but for the real time."""
    feed, real = run.feed, now_ms()
    digest = feed.content_hash if reading is None else content.content_hash(reading)
    return Heard(
        reading=reading, digest=digest, real=real,
        # What repeats goes on: the same calendar says more when the end of what is expanded has moved.
        etag=None if reading and reading.repeats else content.tagged(fetched.etag, feed.time_zone),
        silence=evidence.heard(feed.silence, run.known, reading, today=run.today, now=run.now),
        changed_at=real if digest != feed.content_hash or feed.changed_at is None else feed.changed_at,
        unread=feed.unread if reading is None else reading.lost,
    )  # fmt: skip


async def succeeded(bindings: Bindings, run: Run, fetched: Fetched, reading: Reading | None) -> None:
    """Record what the calendar says."""
    found, decision = heard(run, fetched, reading), None
    if reading is not None and not (found.digest == run.feed.content_hash and evidence.settled(run.known, run.today)):
        decision = await decide(bindings.db, run, reading, found.silence)
    if reading is None or decision is None or decision.nothing:
        await _note(bindings, run, found, decision)
    else:
        await _hand_over(bindings, run, found, reading, decision)


async def _note(bindings: Bindings, run: Run, found: Heard, decision: Decision | None) -> None:
    """Nothing of what is stored changes; a run of the schedule whose reading is noted already writes nothing."""
    job, reading = run.job, found.reading
    told = [*_alerts(run, found), *alerts.of_rest(job, run.feed)]
    if job.rowless and not told and _is_noted(run, found):
        return
    told += alerts.of_unlisted(job, found.real, unlisted=sync.unlisted(run.known.values(), run.today))
    outdated, ignored = (0, 0) if decision is None else (decision.outdated, decision.ignored)
    results = await bindings.db.batch([
        *_succeed(run, found, etag=found.etag, digest=found.digest),
        *repository.start(job, run.now),
        repository.finish(
            job, "succeeded" if found.unread else "unchanged",  # what cannot be read may have changed
            seen=len(run.known) if reading is None else reading.seen, ignored=ignored, now=run.now,
            problems="[]" if reading is None else content.problem_texts(reading, outdated=outdated),
        ),
        *closing(job),
        *told,
    ])  # fmt: skip
    await alerts.send(bindings.notifications, results[len(results) - len(told) :])


async def _hand_over(bindings: Bindings, run: Run, found: Heard, reading: Reading, decision: Decision) -> None:
    """The api commits what changes, in the line of the unit. Raises GuardFailed when another run was faster."""
    job, feed = run.job, run.feed
    change = UnitCalendarChanged(
        tenant_id=job.tenant_id, outbox_id=outbox.new_outbox_id(run.now), request_id=job.request_id,
        unit_id=feed.unit_id,
    )  # fmt: skip
    told = [
        *_alerts(run, found),
        *alerts.of_decision(job, feed, found.real, emptied=decision.held or decision.mass > 0),
        *alerts.of_unlisted(job, found.real, unlisted=decision.unlisted),
    ]
    # A calendar whose silence is doubted is read in full the next time, too.
    etag, digest = (None, None) if decision.held else (found.etag, found.digest)
    asked = handover.request(
        job, feed, decision, change, told=told, today=run.today, now=run.now, real=found.real,
        before=[*_succeed(run, found, etag=etag, digest=digest), *repository.start(job, run.now), *closing(job)],
        problems=content.problem_texts(reading, decision.held, decision.mass, decision.outdated),
    )  # fmt: skip
    imported = await _committed(bindings, asked)
    meter.current().add(imported.spent)
    if imported.refused is not None:
        raise refusal(imported.refused)
    await alerts.send(bindings.notifications, imported.told)


async def _committed(bindings: Bindings, asked: Import) -> Imported:
    try:
        return await bindings.api.call("commit_import", asked, Imported)
    except Unavailable as error:
        if error.code == "internal_call_failed":
            raise RuntimeError("the api Worker could not write the import") from error
        raise


def _alerts(run: Run, found: Heard) -> list[Statement]:
    told = alerts.of_success(run.job, run.feed, found.real)
    return told + alerts.of_reading(run.job, run.feed, found.real, found.unread)


def _succeed(run: Run, found: Heard, *, etag: str | None, digest: str | None) -> list[Statement]:
    pause = timing.pause(day_of(found.real), run.feed.busy_until, found.changed_at, found.real)
    return repository.succeed(
        run.job, run.feed, now=run.now, next_due_at=timing.next_due(run.job.feed_id, found.real, pause),
        silence=found.silence, changed_at=found.changed_at, unread=found.unread, etag=etag, content_hash=digest,
    )  # fmt: skip


def _is_noted(run: Run, found: Heard) -> bool:
    """Whether all that this reading says is written already, and not long ago."""
    feed = run.feed
    same = found.digest == feed.content_hash and found.silence == feed.silence and feed.changed_at is not None
    recent = found.real - (feed.last_success_at or 0) < timing.NOTED_AFTER
    return same and recent and feed.error is None and found.unread == feed.unread
