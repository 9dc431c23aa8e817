"""What a feed says and what its runs decided: show and list."""

import msgspec

from api.channels.entries import repository, rules
from api.channels.entries.errors import event_not_found, run_not_found
from api.channels.entries.repository import DecisionRow, EntryRow, FeedRow
from api.channels.entries.views import FeedDecision, FeedEvent, FeedRunDetail
from api.channels.feeds.errors import feed_not_found
from api.channels.feeds.repository import RunRow
from api.channels.feeds.service import run_view
from api.core.context import Context
from api.edge.answers import Answer, answer, instant_or_none, page


async def load(ctx: Context, feed_id: str) -> FeedRow:
    """The feed or NotFound, also outside of what the caller sees."""
    row = (await ctx.bindings.core.run(repository.feed(ctx.tenant_id, ctx.caller.properties, feed_id))).one(FeedRow)
    if row is None:
        raise feed_not_found()
    return row


async def load_event(ctx: Context, feed_id: str, event_id: str) -> tuple[FeedRow, EntryRow]:
    """The feed and its entry, or NotFound."""
    found = await ctx.bindings.core.batch([
        repository.feed(ctx.tenant_id, ctx.caller.properties, feed_id),
        repository.by_occupancy(ctx.tenant_id, ctx.caller.properties, feed_id, event_id),
    ])  # fmt: skip
    feed, row = found[0].one(FeedRow), found[1].one(EntryRow)
    if feed is None:
        raise feed_not_found()
    if row is None:
        raise event_not_found()
    return feed, row


async def show_run(ctx: Context, feed_id: str, run_id: str) -> Answer:
    """One run, with each decision and its reason."""
    found = await ctx.bindings.core.batch([
        repository.feed(ctx.tenant_id, ctx.caller.properties, feed_id), *repository.run(ctx.tenant_id, feed_id, run_id),
    ])  # fmt: skip
    if found[0].one(FeedRow) is None:
        raise feed_not_found()
    run = found[1].one(RunRow)
    if run is None:
        raise run_not_found()
    decisions = [decision_view(row) for row in found[2].rows(DecisionRow)]
    return answer(200, FeedRunDetail(**msgspec.structs.asdict(run_view(run)), decisions=decisions))


async def list_all(ctx: Context, feed_id: str, after: str, limit: int, state: str | None) -> Answer:
    """What the channel says, by id, and what became of it."""
    await load(ctx, feed_id)
    statement = repository.list_after(ctx.tenant_id, ctx.caller.properties, feed_id, after, limit + 1, state)
    rows = (await ctx.bindings.core.run(statement)).rows(EntryRow)
    return page([view(row) for row in rows], limit=limit, cursors=[row.occupancy_id for row in rows])


def view(row: EntryRow) -> FeedEvent:
    """A row as the API shows it."""
    nights = row.nights
    return FeedEvent(
        id=row.occupancy_id, uid=rules.shown_uid(row.uid), kind=row.kind, unit_id=row.moved_to,
        booking_id=row.booking_id, start=row.start_date,
        end=row.end_date, state=row.state, reason=row.reason, detail=rules.DETAILS.get(row.reason or ""),
        nights=[nights[0][0], nights[-1][1]] if nights else None, ranges=nights,
        missing_since=instant_or_none(row.missing_since), word=row.word, conflict_id=row.conflict_id,
        verbs=rules.verbs(row),
    )  # fmt: skip


def decision_view(row: DecisionRow) -> FeedDecision:
    """A decision as the API shows it."""
    had = row.previous_start is not None and row.previous_end is not None
    return FeedDecision(
        id=row.id, event_id=row.occupancy_id, uid=rules.shown_uid(row.uid),
        previous_uid=None if row.previous_uid is None else rules.shown_uid(row.previous_uid), change=row.change,
        reason=row.reason, detail=rules.DETAILS.get(row.reason, ""), after=[row.start_date, row.end_date],
        before=[row.previous_start or "", row.previous_end or ""] if had else None,
        reversible=rules.is_reversible(row),
        reverted_at=instant_or_none(row.reverted_at),
    )  # fmt: skip
