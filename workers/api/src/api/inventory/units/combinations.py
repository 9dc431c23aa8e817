"""Combined units: a villa consists of its rooms, and their nights are taken together."""

from collections.abc import Sequence
from functools import partial

import msgspec

from api.core.commit import Fact, audited, commit
from api.core.context import Context
from api.core.days import today_in
from api.core.retry import retried
from api.edge.answers import Answer, answer
from api.inventory.units import combinations_repository as repository
from api.inventory.units.combinations_repository import Found
from api.inventory.units.errors import changed_meanwhile, invalid_parts, unit_archived, unit_not_found
from api.inventory.units.repository import UnitDetails
from api.inventory.units.service import load_details, view
from api.occupancies.errors import unit_unavailable
from api.occupancies.views import Blocking
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, GuardFailed
from propflow.errors import AppError
from propflow.events import Event
from propflow.json_text import json_text
from propflow.messages import UnitCalendarChanged
from propflow.outbox import Destination, new_outbox_id

REFUSED = {  # the triggers' words
    "parts_nested": "A combined unit cannot be a part, and a part cannot be a combined unit.",
    "parts_in_too_many": "A unit is a part of at most 20 others.",
    "parts_too_many": "A unit consists of at most 20 others.",
    "parts_elsewhere": "All parts must belong to the unit's property.",
}


async def replace(ctx: Context, unit_id: str, unit_ids: list[str]) -> Answer:
    """Let the unit consist of exactly these. Its stays from today on are taken on new parts, too, or it is refused."""
    return await retried(partial(_attempt, ctx, unit_id, unit_ids), changed_meanwhile)


async def _attempt(ctx: Context, unit_id: str, unit_ids: list[str]) -> Answer:
    row = await load_details(ctx, unit_id)
    before = msgspec.json.decode(row.parts, type=list[str])
    if set(before) == set(unit_ids):
        return await commit(ctx, answer(200, view(row), version=row.version), [])
    await _check(ctx, row, unit_ids)
    try:
        return await _replace(ctx, row, before, sorted(unit_ids))
    except GuardFailed:
        raise
    except ConstraintFailed as refused:
        raise await _refusal(ctx, refused, row, unit_ids) from None


async def _check(ctx: Context, row: UnitDetails, unit_ids: Sequence[str]) -> None:
    if row.id in unit_ids:
        raise invalid_parts("A unit is no part of itself.")
    statement = repository.found(ctx.tenant_id, ctx.caller.properties, unit_ids)
    known = {one.id: one.property_id for one in (await ctx.bindings.core.run(statement)).rows(Found)}
    if any(one not in known for one in unit_ids):
        raise unit_not_found("unit_ids")
    if set(known.values()) - {row.property_id}:
        raise invalid_parts(REFUSED["parts_elsewhere"])


async def _replace(ctx: Context, row: UnitDetails, before: list[str], parts: list[str]) -> Answer:
    after = msgspec.structs.replace(row, parts=json_text(parts), version=row.version + 1, updated_at=ctx.now)
    statements = [
        repository.touch(ctx.tenant_id, row.id, row.version, ctx.now), guards.changed(),
        *repository.replace(ctx.tenant_id, row.id, before, parts, today_in(row.time_zone, ctx.now), ctx.now),
    ]  # fmt: skip
    facts = [_fact(ctx, row.id, before, parts), *(_stale(ctx, gone) for gone in before if gone not in parts)]
    return await commit(ctx, answer(200, view(after), version=after.version), statements, facts, unit_id=row.id)


def _fact(ctx: Context, unit_id: str, before: list[str], parts: list[str]) -> Fact:
    entry = audited(ctx, "unit.parts_changed", unit_id, before={"parts": before}, after={"parts": parts})
    event = Event(
        type="unit.parts_changed", object_id=unit_id, unit_id=unit_id, changed={"parts": parts},
        previous={"parts": before},
    )  # fmt: skip
    return Fact(message=_changed(ctx, unit_id), to=Destination.CALSYNC, audit=entry, events=(event,))


def _stale(ctx: Context, part_id: str) -> Fact:
    """What is no part any more may have nights free that its exports show as taken."""
    return Fact(message=_changed(ctx, part_id), to=Destination.CALSYNC, audit=audited(ctx, "unit.freed", part_id))


def _changed(ctx: Context, unit_id: str) -> UnitCalendarChanged:
    return UnitCalendarChanged(
        tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id, unit_id=unit_id
    )


async def _refusal(
    ctx: Context, refused: ConstraintFailed, row: UnitDetails, unit_ids: Sequence[str]
) -> AppError | ConstraintFailed:
    if refused.name == "unit_overlap":
        since = today_in(row.time_zone, ctx.now)
        found = await ctx.bindings.core.run(repository.colliding(ctx.tenant_id, row.id, unit_ids, since))
        return unit_unavailable(found.rows(Blocking))
    if refused.name == "parts_archived":
        return unit_archived()
    return invalid_parts(REFUSED[refused.name]) if refused.name in REFUSED else refused
