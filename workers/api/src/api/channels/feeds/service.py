"""Feeds: connect an external calendar, ask for a sync, see what it did."""

import msgspec

from api.channels.feeds import facts, repository
from api.channels.feeds.errors import MOST, feed_not_found, feed_paused, refused_for_now, too_many
from api.channels.feeds.repository import FeedRow, QueuedRun, RunRow
from api.channels.feeds.views import Feed, FeedRun, FeedRunStarted, LastRun
from api.core.commit import Fact, commit
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, instant_or_none, page
from api.inventory.units import service as units
from api.plan.plans import service as plans
from propflow import feeds, guards, ids, log, outbox
from propflow.bindings.d1 import ConstraintFailed, GuardFailed
from propflow.clock import MINUTE
from propflow.errors import AppError, LimitExceeded
from propflow.keyring import Keyring
from propflow.models import Done, FeedCheck, FeedPreview, FeedPreviewRequest, FeedVerdict
from propflow.sealed import seal

FIRST_POLL = 15 * MINUTE


async def create(ctx: Context, *, unit_id: str, url: str, name: str | None) -> Answer:
    """Connect a calendar to a unit: calsync looks at the address first, then imports in the background."""
    unit = await units.load(ctx, unit_id, "unit_id")
    verdict = await checked(ctx, url)
    row = FeedRow(
        id=ids.new_id("feed", ctx.real_now), unit_id=unit.id, name=name or verdict.host, host=verdict.host,
        next_due_at=ctx.real_now + FIRST_POLL, created_at=ctx.real_now, updated_at=ctx.real_now,
    )  # fmt: skip
    run_id = ids.new_id("run", ctx.real_now)
    statements = [
        repository.insert(ctx.tenant_id, row, await sealed(ctx, url, row.id), MOST),
        guards.changed(),
        repository.insert_run(ctx.tenant_id, row.id, run_id, ctx.real_now),
    ]
    made = answer(201, view(ctx, row), location=f"/v1/feeds/{row.id}", version=row.version)
    try:
        return await commit(ctx, made, statements, facts.created(ctx, row, run_id))
    except GuardFailed:
        raise too_many() from None
    except ConstraintFailed as refused:
        raise await plans.refusal(ctx, refused) from None


async def checked(ctx: Context, url: str) -> FeedVerdict:
    """What calsync says of an address that it has looked at; raises Unprocessable."""
    return await ctx.bindings.calsync.call("check_feed", FeedCheck(url=url, tenant_id=ctx.tenant_id), FeedVerdict)


async def sealed(ctx: Context, url: str, feed_id: str) -> str:
    """The address as it is stored."""
    return await seal(Keyring.parse(ctx.bindings.settings.SESSION_ENC_KEY), url, feed_id)


async def preview(ctx: Context, unit_id: str, url: str) -> Answer:
    """What a calendar would bring to a unit. Nothing is written but, under its key, the answer."""
    unit = await units.load(ctx, unit_id, "unit_id")
    request = FeedPreviewRequest(tenant_id=ctx.tenant_id, unit_id=unit.id, url=url, now=ctx.now)
    found = await ctx.bindings.calsync.call("preview_feed", request, FeedPreview)
    return await commit(ctx, answer(200, found), [])


async def request_sync(ctx: Context, feed_id: str, wait: bool) -> Answer:
    """Ask for a run now. Who asks twice gets the run that waits already."""
    row = await load(ctx, feed_id)
    if row.status == "paused":
        raise feed_paused()
    waiting = await ctx.bindings.core.run(repository.queued_run(ctx.tenant_id, row.id, ctx.real_now - FIRST_POLL))
    if (run := waiting.one(QueuedRun)) is not None:
        return await commit(ctx, _started(row, run.id), [])
    run_id = ids.new_id("run", ctx.real_now)
    fact = facts.sync_requested(ctx, row, run_id)
    statements = [repository.insert_run(ctx.tenant_id, row.id, run_id, ctx.real_now)]
    kept = _started(row, run_id)
    done = await commit(ctx, kept, statements, msgspec.structs.replace(fact, sent=not wait))
    return await _carried_out(ctx, row, run_id, fact) if wait and done is kept else done


async def _carried_out(ctx: Context, row: FeedRow, run_id: str, fact: Fact) -> Answer:
    """Have calsync do it at once; what it cannot do now, the queue does."""
    try:
        await ctx.bindings.calsync.call("sync_now", fact.message, Done)
    except LimitExceeded as refused:  # the sweeper sends it when the minute is over
        raise refused_for_now(refused) from None
    except AppError as error:
        log.warning("feed.synced_later", code=error.code, feed_id=row.id)
        ctx.bindings.background(outbox.send(ctx.bindings.queues, fact.message, fact.to))
        return _started(row, run_id)
    run = (await ctx.bindings.core.run(repository.run(ctx.tenant_id, row.id, run_id))).one(RunRow)
    return _started(row, run_id, None if run is None or run.status == "queued" else run_view(run))


def _started(row: FeedRow, run_id: str, run: FeedRun | None = None) -> Answer:
    return answer(202, FeedRunStarted(run_id=run_id, run=run), location=f"/v1/feeds/{row.id}/runs")


async def load(ctx: Context, feed_id: str) -> FeedRow:
    """The feed or NotFound, also outside of what the caller sees."""
    row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id, ctx.caller.properties, feed_id))).one(FeedRow)
    if row is None:
        raise feed_not_found()
    return row


async def show(ctx: Context, feed_id: str) -> Answer:
    """One feed with its health."""
    return shown(ctx, await load(ctx, feed_id))


def shown(ctx: Context, row: FeedRow) -> Answer:
    """The answer that shows one feed: how it fares is in its tag, too."""
    return answer(200, view(ctx, row), version=row.version, living=True)


async def list_all(ctx: Context, after: str, limit: int, unit_id: str | None) -> Answer:
    """The tenant's feeds, of one unit if asked."""
    statement = repository.list_after(ctx.tenant_id, ctx.caller.properties, after, limit + 1, unit_id)
    rows = (await ctx.bindings.core.run(statement)).rows(FeedRow)
    return page([view(ctx, row) for row in rows], limit=limit, cursors=[row.id for row in rows])


async def list_runs(ctx: Context, feed_id: str, before: str, limit: int) -> Answer:
    """What the runs of a feed did, newest first."""
    found = await ctx.bindings.core.batch([
        repository.get(ctx.tenant_id, ctx.caller.properties, feed_id),
        repository.list_runs(ctx.tenant_id, feed_id, before, limit + 1),
    ])  # fmt: skip
    if found[0].one(FeedRow) is None:
        raise feed_not_found()
    rows = found[1].rows(RunRow)
    return page([run_view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


def view(ctx: Context, row: FeedRow) -> Feed:
    """A row as the API shows it. In a test space nothing is read by itself, so nothing grows stale."""
    live = ctx.caller.mode == "live"
    stale = feeds.stale_since(row.last_success_at, row.created_at, ctx.real_now) if live else None
    due = row.next_due_at if live and row.status == "active" else None
    return Feed(
        id=row.id, unit_id=row.unit_id, name=row.name, host=row.host, url=f"https://{row.host}/….ics",
        status=row.status, error=row.error, failures=row.failures, unread=row.unread,
        state=feeds.state(status=row.status, failures=row.failures, stale=stale is not None, unread=row.unread),
        last_attempt_at=instant_or_none(row.last_attempt_at),
        last_success_at=instant_or_none(row.last_success_at), stale_since=instant_or_none(stale),
        next_due_at=instant_or_none(due),
        last_run=None if row.last_run is None else msgspec.json.decode(row.last_run, type=LastRun),
        created_at=instant(row.created_at), updated_at=instant(row.updated_at),
    )  # fmt: skip


def run_view(row: RunRow) -> FeedRun:
    """A run as the API shows it."""
    return FeedRun(
        id=row.id, status=row.status, seen=row.seen, created=row.created, updated=row.updated, removed=row.removed,
        conflicts=row.conflicts, ignored=row.ignored, problems=msgspec.json.decode(row.problems, type=list[str]),
        error=row.error, created_at=instant(row.created_at), finished_at=instant_or_none(row.finished_at),
    )  # fmt: skip
