"""Blocks: create one or a series, show, list, move, delete."""

from typing import Any

import msgspec

from api.core import idempotency
from api.core.commit import commit
from api.core.context import Context
from api.core.days import today_in
from api.edge.answers import Answer, answer, instant, page
from api.edge.preconditions import check, stale
from api.inventory.units import service as units
from api.occupancies import changes, ranges
from api.occupancies.repository import OccupancyRow
from api.occupancies.service import remembered, take, take_all
from api.stays.blocks import facts, repository, rules
from api.stays.blocks.errors import block_not_found
from api.stays.blocks.repository import BlockRow
from api.stays.blocks.views import Block, NewBlock, Occurrence
from propflow import guards, ids
from propflow.bindings.d1 import GuardFailed
from propflow.errors import Conflict


async def create(ctx: Context, fields: dict[str, Any]) -> Answer:
    """Take the nights of one block, or those of every occurrence of a repetition: all or none."""
    idempotency.require(ctx)
    found = _ranges(fields)
    unit = await units.load(ctx, fields["unit_id"], "unit_id")
    rows = _new_rows(ctx, unit.id, fields, found)
    first = rows[0]
    made = NewBlock(**msgspec.structs.asdict(view(first)), occurrences=[_occurrence(row) for row in rows])
    occupied = [occupancy(row) for row in rows]
    statements = [
        *changes.insert_all(ctx.tenant_id, occupied, ctx.now), repository.insert_all(ctx.tenant_id, rows, ctx.now),
    ]  # fmt: skip
    created = answer(201, made, location=f"/v1/blocks/{first.id}", version=first.version)
    try:
        return await take_all(ctx, created, occupied, statements, facts.created(ctx, rows))
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


def _ranges(fields: dict[str, Any]) -> list[rules.Range]:
    start, end, repeat = fields["start"], fields["end"], fields["repeat"]
    if repeat is None:
        rules.nights_of(start, end)
        return [(start, end)]
    return rules.occurrences(start, end, repeat["every_weeks"], repeat["weekdays"], repeat["until"])


def _new_rows(ctx: Context, unit_id: str, fields: dict[str, Any], found: list[rules.Range]) -> list[BlockRow]:
    series_id = None if fields["repeat"] is None else ids.new_id("ser", ctx.real_now)
    # so that lists show them as they follow one another
    in_order = sorted(ids.new_id("blk", ctx.real_now) for _ in found)
    return [
        BlockRow(
            id=block_id, unit_id=unit_id, occupancy_id=ids.new_id("occ", ctx.real_now), kind=fields["kind"],
            start_date=start, end_date=end, note=fields["note"], series_id=series_id,
            created_at=ctx.now, updated_at=ctx.now,
        )
        for block_id, (start, end) in zip(in_order, found, strict=True)
    ]  # fmt: skip


async def change(ctx: Context, block_id: str, fields: dict[str, Any], if_match: str | None) -> Answer:
    """Other nights or another note, of the version that the caller has seen."""
    row = await _get(ctx, block_id)
    check(if_match, row.version)
    after = msgspec.structs.replace(
        row, start_date=fields.get("start", row.start_date), end_date=fields.get("end", row.end_date),
        note=fields.get("note", row.note), version=row.version + 1, updated_at=ctx.now,
    )  # fmt: skip
    rules.nights_of(after.start_date, after.end_date)
    moved = (row.start_date, row.end_date) != (after.start_date, after.end_date)
    if not moved and row.note == after.note:
        return await commit(ctx, answer(200, view(row), version=row.version), [])
    statements = [repository.change(ctx.tenant_id, row, after.note, ctx.now), guards.changed()]
    made = answer(200, view(after), version=after.version)
    try:
        if not moved:
            return await commit(ctx, made, statements, facts.changed(ctx, row, after))
        statements += [
            ranges.move(ctx.tenant_id, row.occupancy_id, after.start_date, after.end_date, ctx.now), guards.changed(),
        ]  # fmt: skip
        return await take(ctx, made, occupancy(after), statements, facts.moved(ctx, row, after))
    except GuardFailed:
        raise stale() from None
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def delete(ctx: Context, block_id: str, whole_series: bool, if_match: str | None) -> Answer:
    """Free the nights; of a series those of every occurrence that has not begun. If-Match is checked when sent."""
    row = await _get(ctx, block_id)
    if if_match is not None:
        check(if_match, row.version)
    gone = [row] if not whole_series else await _not_begun(ctx, row)
    if not gone:
        return await commit(ctx, answer(204, None), [])
    statements = repository.release(ctx.tenant_id, gone, ctx.now)
    try:
        return await commit(ctx, answer(204, None), statements, facts.deleted(ctx, gone), unit_id=row.unit_id)
    except GuardFailed:
        raise _changed_meanwhile() from None


async def _not_begun(ctx: Context, row: BlockRow) -> list[BlockRow]:
    if row.series_id is None:
        return [row]
    unit = await units.load(ctx, row.unit_id)
    today = today_in(unit.time_zone, ctx.now)
    found = (await ctx.bindings.core.run(repository.series(ctx.tenant_id, row.series_id))).rows(BlockRow)
    return [one for one in found if one.start_date > today]


def _changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The block is being changed by others. Try again.")


async def _get(ctx: Context, block_id: str) -> BlockRow:
    found = await ctx.bindings.core.run(repository.get(ctx.tenant_id, ctx.caller.properties, block_id))
    row = found.one(BlockRow)
    if row is None:
        raise block_not_found()
    return row


async def show(ctx: Context, block_id: str) -> Answer:
    """One block."""
    row = await _get(ctx, block_id)
    return answer(200, view(row), version=row.version)


async def list_all(ctx: Context, unit_id: str | None, after: str, limit: int) -> Answer:
    """The tenant's blocks, of one unit if asked."""
    statement = repository.list_after(ctx.tenant_id, ctx.caller.properties, after, limit + 1, unit_id)
    rows = (await ctx.bindings.core.run(statement)).rows(BlockRow)
    return page([view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


def occupancy(row: BlockRow) -> OccupancyRow:
    """The nights of a block in the ledger."""
    return OccupancyRow(
        id=row.occupancy_id, unit_id=row.unit_id, start_date=row.start_date, end_date=row.end_date, kind=row.kind,
        ref_id=row.id,
    )  # fmt: skip


def view(row: BlockRow) -> Block:
    """A row as the API shows it."""
    return Block(
        id=row.id, occupancy_id=row.occupancy_id, unit_id=row.unit_id, kind=row.kind, start=row.start_date,
        end=row.end_date, note=row.note, series_id=row.series_id, created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )  # fmt: skip


def _occurrence(row: BlockRow) -> Occurrence:
    return Occurrence(id=row.id, occupancy_id=row.occupancy_id, start=row.start_date, end=row.end_date)
