"""What people say about an entry of a feed: keep it, cancel it, import it, take a decision back. Runs remember it."""

from collections.abc import Awaitable, Sequence

import msgspec

from api.channels.entries import facts, repository, rules
from api.channels.entries.errors import changed_meanwhile, decided_since, decision_not_found
from api.channels.entries.repository import DecisionRow, EntryRow, FeedRow
from api.channels.entries.rules import Said
from api.channels.entries.service import load, load_event, view
from api.channels.entries.views import Accepted
from api.channels.feeds.errors import feed_not_found
from api.core import idempotency
from api.core.commit import commit
from api.core.context import Context
from api.edge.answers import Answer, answer
from api.inventory.units import service as units
from api.occupancies import several, stays
from api.occupancies.errors import unit_not_active
from api.occupancies.repository import OccupancyRow
from api.occupancies.service import remembered, take
from propflow import ids
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.errors import Conflict
from propflow.json_text import json_text

PAST = {"keep": "kept", "cancel": "cancelled", "import": "imported", "put_back": "put_back"}
TOGETHER = 1_000  # entries that a call removes, with up to three events each: the database has one writer


async def say(ctx: Context, feed_id: str, event_id: str, verb: str) -> Answer:
    """Carry out a verb of one entry."""
    idempotency.require(ctx)
    feed, row = await load_event(ctx, feed_id, event_id)
    if verb == "keep" and row.state == "removed" and row.booked:
        return await _guarded(ctx, _separate_from_booking(ctx, feed, row, verb))
    if verb == "keep" and rules.is_separated(row):
        return await _guarded(ctx, _keep_again(ctx, feed, row))
    if rules.is_said(row, verb):
        return await commit(ctx, answer(200, view(row)), [])
    return await _guarded(ctx, _say(ctx, feed, row, verb, rules.said(row, verb), ()))


async def revert(ctx: Context, feed_id: str, run_id: str, decision_id: str) -> Answer:
    """Take a decision back, if nothing was decided about its entry since; the next runs keep to it."""
    idempotency.require(ctx)
    found = await ctx.bindings.core.batch([
        repository.feed(ctx.tenant_id, ctx.caller.properties, feed_id),
        repository.decision(ctx.tenant_id, feed_id, run_id, decision_id),
    ])  # fmt: skip
    feed, decision = found[0].one(FeedRow), found[1].one(DecisionRow)
    if feed is None:
        raise feed_not_found()
    if decision is None:
        raise decision_not_found()
    verb = rules.inverse(decision)
    statement = repository.by_uid(ctx.tenant_id, ctx.caller.properties, feed_id, decision.uid)
    row = (await ctx.bindings.core.run(statement)).one(EntryRow)
    if row is None or row.updated_at != decision.created_at:
        raise decided_since()
    principal = ctx.caller.principal_id
    done = repository.reverted(ctx.tenant_id, feed_id, run_id, decision_id, principal, ctx.now)
    if verb == "separate":
        return await _guarded(ctx, _separate(ctx, feed, row, decision, done))
    if verb == "put_back":
        nights = (decision.previous_start or row.start_date, decision.previous_end or row.end_date)
        return await _guarded(ctx, _say(ctx, feed, row, verb, Said(state="imported", word="keep", nights=nights), done))
    return await _guarded(ctx, _say(ctx, feed, row, verb, rules.said(row, verb), done))


async def move(ctx: Context, feed_id: str, event_id: str, unit_id: str) -> Answer:
    """Let an entry live in another unit from now on, with all of its nights there; those of the first unit open."""
    idempotency.require(ctx)
    feed, row = await load_event(ctx, feed_id, event_id)
    lives = row.moved_to or feed.unit_id
    if unit_id == lives and row.state == "imported":
        return await commit(ctx, answer(200, view(row)), [])
    rules.check_move(row)
    if (await units.load(ctx, unit_id, param="unit_id")).status != "active":
        raise unit_not_active()
    return await _guarded(ctx, _move(ctx, feed, row, None if unit_id == feed.unit_id else unit_id))


async def separate(ctx: Context, feed_id: str, event_id: str) -> Answer:
    """Say that an entry is not the booking that it was taken for: the next run finds it in conflict again."""
    idempotency.require(ctx)
    feed, row = await load_event(ctx, feed_id, event_id)
    return await _guarded(ctx, _separate_from_booking(ctx, feed, row, "separate"))


async def _separate_from_booking(ctx: Context, feed: FeedRow, row: EntryRow, verb: str) -> Answer:
    after = rules.separated(row, verb, ctx.now)
    statements = repository.unlink(ctx.tenant_id, feed.id, row, after, ctx.now)
    told = facts.separated(ctx, feed, row)
    return await commit(ctx, answer(200, view(after)), statements, told, unit_id=feed.unit_id)


async def _keep_again(ctx: Context, feed: FeedRow, row: EntryRow) -> Answer:
    """A booking was kept for it: twice is answered alike, unless its nights are free by now."""
    try:
        return await _say(ctx, feed, row, "keep", rules.said(row, "keep"), ())
    except Conflict:
        return await commit(ctx, answer(200, view(row)), [])


async def _move(ctx: Context, feed: FeedRow, row: EntryRow, moved_to: str | None) -> Answer:
    after = rules.moved(row, moved_to, ctx.now)
    place = _occupancy(feed, after, after.nights[0])
    lived = row.moved_to or feed.unit_id
    statements = [
        stays.hold_back(ctx.tenant_id), *repository.move(ctx.tenant_id, feed.id, row, after, ctx.now),
        *stays.put(ctx.tenant_id, place, ctx.now), stays.relabel(ctx.tenant_id, place), stays.let_go(ctx.tenant_id),
        stays.settle(ctx.tenant_id, sorted({lived, place.unit_id}), ctx.now),
    ]  # fmt: skip
    if row.conflict_id is not None:
        statements += repository.end_conflicts(ctx.tenant_id, [row.conflict_id], ctx.caller.principal_id, ctx.now)
    told = facts.moved(ctx, feed, row, after)
    return await several.take(ctx, answer(200, view(after)), [place], statements, told)


async def accept_missing(ctx: Context, feed_id: str) -> Answer:
    """Believe that everything that vanished together is gone: `TOGETHER` entries at once, and how many are left."""
    feed = await load(ctx, feed_id)
    statement = repository.missing_together(ctx.tenant_id, ctx.caller.properties, feed_id)
    found = (await ctx.bindings.core.run(statement)).rows(EntryRow)
    rows = found[:TOGETHER]
    made = answer(200, Accepted(removed=len(rows), left=len(found) - len(rows)))
    if not rows:
        return await commit(ctx, made, [])
    told = facts.accepted(ctx, feed, rows)
    return await _guarded(ctx, commit(ctx, made, _accepted(ctx, feed, rows), told, unit_id=feed.unit_id))


def _accepted(ctx: Context, feed: FeedRow, rows: Sequence[EntryRow]) -> list[Statement]:
    open_conflicts = [row.conflict_id for row in rows if row.conflict_id is not None]
    return [
        *repository.remove_all(ctx.tenant_id, feed.id, rows, ctx.now),
        *stays.give_back(ctx.tenant_id, [row.occupancy_id for row in rows], ctx.now),
        *repository.end_conflicts(ctx.tenant_id, open_conflicts, ctx.caller.principal_id, ctx.now),
    ]


async def _guarded(ctx: Context, work: Awaitable[Answer]) -> Answer:
    try:
        return await work
    except GuardFailed:
        raise changed_meanwhile() from None
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _say(ctx: Context, feed: FeedRow, row: EntryRow, verb: str, said: Said, more: Sequence[Statement]) -> Answer:
    statements = [*_written(ctx, feed, row, said, "a_person_said_so"), *more]
    told = facts.said(ctx, feed, row, PAST[verb], said.nights)
    made = answer(200, view(_after(ctx, row, said)))
    if said.nights is None:
        return await commit(ctx, made, statements, told, unit_id=feed.unit_id)
    return await take(ctx, made, _occupancy(feed, row, said.nights), statements, told)


def _written(ctx: Context, feed: FeedRow, row: EntryRow, said: Said, reason: str) -> list[Statement]:
    statements = repository.say(
        ctx.tenant_id, feed.id, row, state=said.state, word=said.word, reason=reason, now=ctx.now,
        missing_since=_missing(row, said),
    )  # fmt: skip
    if said.nights is not None:
        statements += stays.take(ctx.tenant_id, _occupancy(feed, row, said.nights), ctx.now)
    else:
        statements += stays.give_back(ctx.tenant_id, [row.occupancy_id], ctx.now)
    if row.conflict_id is not None:
        statements += repository.end_conflicts(ctx.tenant_id, [row.conflict_id], ctx.caller.principal_id, ctx.now)
    return statements


async def _separate(
    ctx: Context, feed: FeedRow, row: EntryRow, decision: DecisionRow, more: Sequence[Statement]
) -> Answer:
    """The entry that it was taken for has its nights again and is missing; this one waits for them under its own id,
    and has what is free of its own."""
    nights = (decision.previous_start or "", decision.previous_end or "")
    own = msgspec.structs.replace(
        row, occupancy_id=ids.new_id("occ", ctx.real_now), state="waiting", word="apart", ranges="[]",
        reason="waits_for_the_vanished", updated_at=ctx.now,
    )  # fmt: skip
    statements = [
        *repository.say(
            ctx.tenant_id, feed.id, row, state="waiting", word="apart", missing_since=None, now=ctx.now,
            reason="waits_for_the_vanished", occupancy_id=own.occupancy_id,
        ),
        *repository.restore(ctx.tenant_id, feed.id, decision.previous_uid or "", ctx.now),
        stays.wait(ctx.tenant_id, _occupancy(feed, own, (own.start_date, own.end_date)), own.uid, ctx.now),
        *stays.take(ctx.tenant_id, _occupancy(feed, row, nights), ctx.now), *more,
    ]  # fmt: skip
    told = facts.said(ctx, feed, msgspec.structs.replace(row, conflict_id=None), "separated", nights)
    return await take(ctx, answer(200, view(own)), _occupancy(feed, row, nights), statements, told)


def _after(ctx: Context, row: EntryRow, said: Said) -> EntryRow:
    ranges = json_text([said.nights] if said.nights else [])
    return msgspec.structs.replace(
        row, state=said.state, word=said.word, missing_since=_missing(row, said), ranges=ranges,
        conflict_id=None, booking_id=None, reason="a_person_said_so", updated_at=ctx.now,
    )  # fmt: skip


def _missing(row: EntryRow, said: Said) -> int | None:
    return row.missing_since if said.missing else None


def _occupancy(feed: FeedRow, row: EntryRow, nights: tuple[str, str]) -> OccupancyRow:
    return OccupancyRow(
        id=row.occupancy_id, unit_id=row.moved_to or feed.unit_id, start_date=nights[0], end_date=nights[1],
        kind="ical", ref_id=feed.id, source=stays.source_of(feed.host, moved=row.moved_to is not None),
    )  # fmt: skip
