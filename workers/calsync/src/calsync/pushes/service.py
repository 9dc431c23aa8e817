"""Use cases of pushes: say that a calendar changed, bring one over, ask for those that are due, look at an address.

A push is never one change but the state: it compares what should be there with what is, so a repeated, late or lost
message costs nothing but time.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from calsync.addresses import AddressRefused, check
from calsync.context import Bindings
from calsync.exports.models import Unit
from calsync.exports.rules import MOST_ENTRIES, bounded, horizon
from calsync.exports.service import SHOWN
from calsync.hosts import repository as hosts
from calsync.hosts import service as turns
from calsync.hosts.rules import LeftAlone, come_again, next_minute
from calsync.ical import zones
from calsync.providers.caldav.collection import Access, Collection
from calsync.providers.failures import PushFailed
from calsync.providers.webhook.endpoint import deliver
from calsync.pushes import repository, rules
from calsync.pushes.models import CALDAV, ENDING, Change, Plan, Progress, Pushed, Put, Sealed, Target
from calsync.pushes.repository import Asked, Claimed, Due
from calsync.settings import Settings
from propflow import clock, log, outbox
from propflow.bindings.d1 import Database, Result, Statement
from propflow.bindings.queues import MAX_BATCH
from propflow.clock import day_of, now_ms
from propflow.errors import LimitExceeded, Unavailable, Unprocessable
from propflow.keyring import Keyring
from propflow.messages import Message, PushRequested
from propflow.models import PushCheck, PushVerdict
from propflow.outbox import Destination
from propflow.sealed import SealBroken, open_sealed

CLAIM = 5 * clock.MINUTE  # longer than any push takes
ENOUGH = 20 * clock.SECOND  # after which the rest of a collection is left to the next message
MOST_WRITES = 30  # in one message, of the subrequests that one may make
RETRY = 5 * clock.MINUTE
MOST_DUE = 200
INTERNAL = "It failed for a reason on our side. It is tried again by itself."
UNREADABLE = "The stored address cannot be read any more; please enter it again."


def asking(changed: Mapping[Unit, Message]) -> list[Statement]:
    """The nights of units changed, as these messages say: each target of theirs, and of units that share them, gets a
    message of its own, unless one is under way, which brings the state.

    They are sent by `asked`, from the results.
    """
    changes: dict[str, list[Change]] = {}
    for unit, message in changed.items():
        change = Change(unit_id=unit.id, outbox_id=message.outbox_id, request_id=message.request_id)
        changes.setdefault(unit.tenant_id, []).append(change)
    now = now_ms()
    return [one for tenant_id, some in changes.items() for one in repository.ask(tenant_id, some, now)]


async def asked(bindings: Bindings, results: Sequence[Result]) -> None:
    """Send what `asking` has written, for however many units."""
    await _send(bindings, results)


async def push(bindings: Bindings, job: PushRequested) -> None:
    """Bring one target up to date, as far as one message may."""
    db, now = bindings.db, now_ms()
    found, waited = await db.batch([repository.load(job.tenant_id, job.target_id), hosts.waited_out(job.tenant_id)])
    target = found.one(Target)
    closing = outbox.close(job, Destination.CALSYNC)
    if target is not None and (until := hosts.until(waited, now) or await _refused_until(bindings, target, now)):
        await db.batch([repository.put_off(target, until), closing])  # the schedule asks again
        return
    claimed = None if target is None else (await db.run(repository.claim(target, now, now + CLAIM))).one(Claimed)
    if target is None or claimed is None:  # it is gone, up to date, not to be pushed, or in somebody's hands
        await db.run(closing)
        return
    done, begun = Progress(), now_ms()
    try:
        await _bring(bindings, target, claimed.revision, done)
    except (PushFailed, AddressRefused) as failed:
        ended = _failed(target, failed, now_ms())
    else:
        ended = _succeeded(target, claimed.revision, done, now_ms())
    finally:
        await turns.waited(db, target.tenant_id, begun)
    follow = repository.follow(target, job.request_id, outbox.new_outbox_id(now), now)
    results = await db.batch([
        *repository.progress(target, done), *ended, repository.release(target), follow, closing,
    ])  # fmt: skip
    await _send(bindings, results[-2:-1])


async def _refused_until(bindings: Bindings, target: Target, now: int) -> int:
    """Until when the host has no turn for it; 0 when it may be pushed. Who has not shown who they are takes one, so
    that no number of such accounts floods a host that they name."""
    if target.known or not target.is_behind or target.claimed_until > now:
        return 0
    try:
        await turns.take(bindings.db, bindings.settings, target.tenant_id, target.host)
    except LimitExceeded:
        return next_minute(now)
    except LeftAlone as left:
        return come_again(left.turn, target.id, now) or 0
    return 0


async def _open(settings: Settings, target: Target) -> Sealed:
    try:
        text = await open_sealed(Keyring.parse(settings.SESSION_ENC_KEY), target.sealed, target.id)
    except SealBroken:
        raise PushFailed(UNREADABLE, final=True) from None
    return msgspec.json.decode(text, type=Sealed)


async def _bring(bindings: Bindings, target: Target, revision: int, done: Progress) -> None:
    """A defect of ours is a failure as well, so that it is counted, told and ends."""
    try:
        await _carry(bindings, target, revision, await _open(bindings.settings, target), done)
    except (PushFailed, AddressRefused, Unavailable):
        raise
    except Exception as error:
        log.exception("push.crashed", error, target_id=target.id)
        raise PushFailed(INTERNAL) from error


async def _carry(bindings: Bindings, target: Target, revision: int, sealed: Sealed, done: Progress) -> None:
    today = day_of(now_ms(), zones.of_property(target.time_zone))
    since, until = (date.fromisoformat(today) - SHOWN).isoformat(), horizon(today)
    contents = repository.contents(target, since, until, MOST_ENTRIES + 1)
    taken, pushed = repository.read(await bindings.db.batch(contents))
    entries = (
        []
        if target.status == ENDING
        else rules.shown(bounded(taken, until), target.host, bindings.settings.installation)
    )
    url = check(sealed.url, bindings.settings.places).url  # judged by today's rules each time
    if target.kind == CALDAV:
        access = Access(url=url, username=sealed.username, password=sealed.password)
        await _write(Collection(access), rules.plan(entries, pushed, _kept_from(target, since)), done)
    elif target.status != ENDING:
        now = now_ms()
        body = rules.payload(target.unit_id, revision, entries, today, now)
        await deliver(url, f"msg_{target.id}_{revision}", body, rules.signing(sealed.secrets, now), now)


def _kept_from(target: Target, since: str) -> str:
    """Until when an entry must have ended to stay: of a target that ends nothing stays."""
    return date.min.isoformat() if target.status == ENDING else since


async def _write(collection: Collection, plan: Plan, done: Progress) -> None:
    """Carry out a plan as far as one message may; `done` tells how far, even when it fails in the middle."""
    begun = now_ms()
    done.gone += plan.forgotten
    steps: list[Pushed | Put] = [*plan.removals, *plan.puts]  # nights that came free first: they may be sold there
    for number, step in enumerate(steps):
        if number >= MOST_WRITES or now_ms() - begun > ENOUGH:
            done.more = True
            return
        if isinstance(step, Pushed):
            await collection.remove(step.uid, step.etag)
            done.gone.append(step.uid)
        else:
            etag = await collection.put(step.uid, step.body, step.etag)
            kept = Pushed(uid=step.uid, end_date=step.end_date, content_hash=step.content_hash, etag=etag)
            done.put.append(kept)


def _succeeded(target: Target, revision: int, done: Progress, now: int) -> list[Statement]:
    if done.more:
        return []
    log.info("push.done", target_id=target.id, host=target.host, put=len(done.put), gone=len(done.gone))
    return [repository.end(target)] if target.status == ENDING else [repository.succeed(target, revision, now)]


def _failed(target: Target, failed: PushFailed | AddressRefused, now: int) -> list[Statement]:
    final = isinstance(failed, AddressRefused) or failed.final
    wait = None if isinstance(failed, AddressRefused) else failed.retry_after
    at = None if final else rules.next_attempt(target.failures + 1, now, wait)
    log.warning("push.failed", target_id=target.id, host=target.host, reason=failed.detail)
    if at is None and target.status == ENDING:  # what cannot be taken away stays there
        return [repository.end(target)]
    return [repository.fail(target, failed.detail, at, now)]


async def queue_due(bindings: Bindings, now: int) -> int:
    """Ask for a push of every target that is behind and whose time has come. Returns how many."""
    found = (await bindings.db.run(repository.due(now, MOST_DUE))).rows(Due)
    if not found:
        return 0
    results = await bindings.db.batch(repository.queue(found, now=now, next_attempt_at=now + RETRY))
    return await _send(bindings, results[:1])


async def _send(bindings: Bindings, results: Sequence[Result]) -> int:
    """Send what waits in the outbox now, each once; the sweeper sends what fails here."""
    messages = [*dict.fromkeys(one.message for result in results for one in result.rows(Asked))]
    for chunk in outbox.chunks(messages, MAX_BATCH):
        try:
            await bindings.queue.send(chunk)
        except Exception as error:
            log.exception("pushes.send_failed", error)
    return len(messages)


async def check_target(db: Database, settings: Settings, request: PushCheck) -> PushVerdict:
    """May we go there, and is there a calendar that we may see? It takes a turn of the host.

    Raises Unprocessable, and LimitExceeded when the tenant's people have asked the host for enough in this minute.
    """
    try:
        address = check(request.url, settings.places)
        if request.kind == CALDAV:
            await turns.take(db, settings, request.tenant_id, address.host)
            access = Access(url=address.url, username=request.username, password=request.password)
            begun = now_ms()
            try:
                await Collection(access).check()
            finally:
                await turns.waited(db, request.tenant_id, begun)
    except AddressRefused as refused:
        raise Unprocessable(refused.code, refused.detail, param="url") from None
    except LeftAlone as left:
        raise Unprocessable("calendar_unreachable", str(left), param="url") from None
    except PushFailed as failed:
        raise Unprocessable("calendar_unreachable", failed.detail, param="url") from None
    return PushVerdict(host=address.host)
