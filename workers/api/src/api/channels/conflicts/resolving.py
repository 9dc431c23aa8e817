"""How a conflict ends: the channel's entry gives way, or ours does by the verbs of its own domain. One commit."""

from collections.abc import Sequence
from typing import Any

from api.channels.conflicts import facts, repository, same_stays
from api.channels.conflicts.ends import may_change_bookings, resolved, shown, theirs_of
from api.channels.conflicts.errors import (
    booking_has_other_nights,
    booking_missing,
    booking_not_wanted,
    changed_meanwhile,
    event_gone,
    not_movable,
    reason_missing,
    resolved_already,
    unit_not_wanted,
    way_differs,
)
from api.channels.conflicts.repository import ConflictRow
from api.channels.conflicts.service import load
from api.channels.conflicts.views import OurSide
from api.core import idempotency
from api.core.commit import Fact, commit
from api.core.context import Context
from api.edge.answers import Answer
from api.edge.preconditions import check, stale
from api.occupancies import changes, several, stays
from api.occupancies import repository as occupancies
from api.occupancies.repository import OccupancyRow
from api.occupancies.service import remembered
from api.stays.blocks import facts as block_facts
from api.stays.blocks import repository as blocks
from api.stays.blocks.repository import BlockRow
from api.stays.bookings import moves, states
from api.stays.bookings import rules as booking_rules
from api.stays.bookings.parts import parts_of
from api.stays.bookings.reading import load as load_booking
from api.stays.bookings.reading import occupancies as occupancies_of
from api.stays.holds import service as holds
from propflow import guards
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.errors import Conflict

Given = tuple[list[Statement], list[Fact], list[OccupancyRow], set[str]]
"""What gives way, what it means, which nights it takes elsewhere, and the units where it opens some."""


async def resolve(ctx: Context, conflict_id: str, request: dict[str, Any], if_match: str | None) -> Answer:
    """Carry out a resolution of the version that the caller has seen."""
    idempotency.require(ctx)
    _check(request)
    row = await load(ctx, conflict_id)
    check(if_match, row.version)
    if row.status != "open":
        raise resolved_already(row.resolution)
    try:
        if request["resolution"] == "keep_theirs":
            return await _keep_theirs(ctx, row, request)
        if request["resolution"] == "same_stay":
            return await same_stays.resolve(ctx, row, request)
        return await _keep_ours(ctx, row, request)
    except GuardFailed:
        now = await load(ctx, conflict_id)
        raise (changed_meanwhile() if (now.version, now.status) == (row.version, row.status) else stale()) from None
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


def _check(request: dict[str, Any]) -> None:
    """What belongs to one way out is not said with another."""
    way = request["resolution"]
    if request.get("way") not in (None, way):
        raise way_differs()
    if way != "keep_theirs" and request["unit_id"] is not None:
        raise unit_not_wanted()
    if way != "same_stay" and request.get("booking_id") is not None:
        raise booking_not_wanted()
    if way == "same_stay" and request.get("booking_id") is None:
        raise booking_missing()


async def _keep_ours(ctx: Context, row: ConflictRow, request: dict[str, Any]) -> Answer:
    """Theirs takes no nights, and gives back those that it has; the channel reads ours in its export."""
    statements = resolved(ctx, row, request)
    if row.said_at is not None:
        statements += repository.settle(ctx.tenant_id, row, "ignored", "cancel", ctx.now)
    if row.occupancy_id is not None:
        statements += stays.give_back(ctx.tenant_id, [row.occupancy_id], ctx.now)
    fact = facts.resolved(ctx, row, request["resolution"], [])
    made = shown(ctx, row, request, [])
    return await commit(ctx, made, statements, fact, unit_id=row.unit_id)


async def _keep_theirs(ctx: Context, row: ConflictRow, request: dict[str, Any]) -> Answer:
    """Ours gives way first, then theirs has all of its nights."""
    if row.said_at is None or row.state != "conflict":
        raise event_gone()
    if request["unit_id"] is None and request["reason"] is None:
        raise reason_missing()
    may_change_bookings(ctx)
    sides = (await ctx.bindings.core.run(repository.ours(ctx.tenant_id, row, ctx.now))).rows(OurSide)
    if row.booking_id not in {None, *(side.ref_id for side in sides)}:
        raise booking_has_other_nights()
    theirs = theirs_of(row)
    statements, wanted = [stays.hold_back(ctx.tenant_id), *resolved(ctx, row, request)], [theirs]
    told: list[Fact] = []
    opened = {row.unit_id}
    for ref_id in dict.fromkeys(side.ref_id for side in sides):  # a stay may be in the way in two units
        given, happened, taken, units = await _give_way(ctx, [one for one in sides if one.ref_id == ref_id], request)
        statements, told, wanted = [*statements, *given], [*told, *happened], [*wanted, *taken]
        opened |= units
    nights = [(row.start_date, row.end_date)]
    statements += [
        *stays.put(ctx.tenant_id, theirs, ctx.now), stays.let_go(ctx.tenant_id),
        stays.settle(ctx.tenant_id, sorted(opened), ctx.now),
        *repository.settle(ctx.tenant_id, row, "imported", None, ctx.now),
    ]  # fmt: skip
    told.append(facts.resolved(ctx, row, "keep_theirs", nights))
    return await several.take(ctx, shown(ctx, row, request, nights), wanted, statements, told)


async def _give_way(ctx: Context, sides: Sequence[OurSide], request: dict[str, Any]) -> Given:
    side = sides[0]
    if side.kind == "booking":
        return await _booking_gives_way(ctx, sides, request)
    if side.kind == "hold":
        found = await ctx.bindings.core.run(occupancies.get(ctx.tenant_id, ctx.caller.properties, side.occupancy_id))
        held = found.rows(OccupancyRow)[0]
        return (
            [changes.release_hold(ctx.tenant_id, held.id, ctx.now), guards.changed()],
            [holds.fact(ctx, "hold.released", held)], [], {held.unit_id},
        )  # fmt: skip
    if side.kind in ("owner", "maintenance") and request["unit_id"] is None:
        found = await ctx.bindings.core.run(blocks.get(ctx.tenant_id, ctx.caller.properties, side.ref_id))
        rows = found.rows(BlockRow)
        if not rows:  # somebody has deleted it since
            raise changed_meanwhile()
        return blocks.release(ctx.tenant_id, rows, ctx.now), [block_facts.deleted(ctx, rows)], [], {rows[0].unit_id}
    raise not_movable(side.kind)


async def _booking_gives_way(ctx: Context, sides: Sequence[OurSide], request: dict[str, Any]) -> Given:
    """Of a stay that changes its unit what is in the way goes elsewhere; cancelled is all of it."""
    booking = await load_booking(ctx, sides[0].ref_id, with_zone=True)
    parts = parts_of(booking)
    units = {one.unit_id for one in parts}
    if request["unit_id"] is not None:
        ids = {side.occupancy_id for side in sides}
        within = [one for one in parts if one.occupancy_id in ids] or parts
        place = {"unit_id": request["unit_id"], "from": within[0].start, "until": within[-1].end, "reprice": "none",
                 "ignore_restrictions": False}  # fmt: skip
        made = await moves.moved(ctx, booking, place)
        if made.fact is None:  # it is to go where it is
            raise not_movable("booking")
        return made.statements, [made.fact], occupancies_of(made.after), units
    booking_rules.transition(booking.status, "cancel")
    _, cancelled, fact = states.changed(ctx, booking, "cancel", request["reason"])
    return [*cancelled], [fact], [], units
