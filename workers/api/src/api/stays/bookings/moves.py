"""Other nights, another unit, or each other's units: always in one commit."""

from functools import partial
from typing import Any

import msgspec

from api.core import idempotency
from api.core.commit import Fact, commit
from api.core.context import Context
from api.core.retry import ATTEMPTS, retried
from api.edge.answers import Answer, answer
from api.edge.preconditions import check
from api.inventory.units import service as units
from api.occupancies import changes, several
from api.occupancies.service import remembered, take
from api.stays.bookings import edits, facts, judging, offered, parts, repository, rules
from api.stays.bookings.errors import changed_meanwhile, same_booking, same_unit, stay_in_parts
from api.stays.bookings.reading import load, occupancies, occupancy, shown, view
from api.stays.bookings.repository import BookingRow
from api.stays.bookings.repricing import repriced
from api.stays.bookings.views import Swapped
from api.stays.nights import check_guests, nights_of
from propflow import guards, ids
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.errors import AppError, Conflict


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The booking in its new place, what makes it so, and what it means: nothing when it is there already.

    `refusal` is for statements that fail as `guard_failed` again and again.
    """

    after: BookingRow
    statements: list[Statement]
    fact: Fact | None
    refusal: AppError


async def move(ctx: Context, booking_id: str, request: dict[str, Any], if_match: str | None) -> Answer:
    """Other nights or another unit, priced as `reprice` says. If-Match is checked when sent."""
    idempotency.require(ctx)
    try:
        return await _move(ctx, booking_id, request, if_match)
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _move(ctx: Context, booking_id: str, request: dict[str, Any], if_match: str | None) -> Answer:
    refusal: AppError = changed_meanwhile()
    for _ in range(ATTEMPTS):
        row = await load(ctx, booking_id)
        if if_match is not None:
            check(if_match, row.version)
        made = await moved(ctx, row, request)
        try:
            return await _taken(ctx, row, made)
        except GuardFailed:
            pass
        refusal = made.refusal
    raise refusal


async def _taken(ctx: Context, row: BookingRow, made: Moved) -> Answer:
    if made.fact is None:
        return await commit(ctx, shown(row), [])
    had, wanted = occupancies(row), occupancies(made.after)
    if len(had) == len(wanted) == 1:
        return await take(ctx, shown(made.after), wanted[0], made.statements, made.fact)
    at_once = changes.at_once(ctx.tenant_id, made.statements, {one.unit_id for one in [*had, *wanted]}, ctx.now)
    return await several.take(ctx, shown(made.after), wanted, at_once, [made.fact], own=[one.id for one in had])


async def moved(ctx: Context, row: BookingRow, request: dict[str, Any]) -> Moved:
    """What the wish comes to.

    It fails as `guard_failed` when somebody was faster. Statements about several parts belong within `at_once`.
    """
    after, reprice = placed(ctx, row, request), request["reprice"]
    if place(row) == place(after):
        return await _stays(ctx, row, reprice)
    found = await offered.load(ctx, after, row)
    offered.check_room(after.guests, judging.new_to(row, found))
    ignored = judging.judged(ctx, row, found, ignore=request["ignore_restrictions"])
    after = repriced(ctx, found, row, after, reprice)
    statements = [*repository.move(ctx.tenant_id, row, after), *_relocated(ctx, row, after)]
    taking = judging.taking(row, found)
    apart = [] if request["ignore_restrictions"] else offered.keep_apart(ctx, taking)
    return Moved(
        after=after, statements=[*statements, *apart], fact=facts.moved(ctx, row, after, ignored),
        refusal=offered.too_close(taking) if apart else changed_meanwhile(),
    )  # fmt: skip


def _relocated(ctx: Context, row: BookingRow, after: BookingRow) -> list[Statement]:
    had, wanted = occupancies(row), occupancies(after)
    if len(had) > 1 or len(wanted) > 1:
        return changes.rearrange(ctx.tenant_id, had, wanted, ctx.now)
    one = wanted[0]
    moved_there = changes.relocate(ctx.tenant_id, one.id, one.unit_id, one.start_date, one.end_date, ctx.now)
    return [moved_there, guards.changed()]


def placed(ctx: Context, row: BookingRow, request: dict[str, Any]) -> BookingRow:
    """The booking on other nights or in another unit, not priced yet. Raises Conflict when it may not move."""
    check_in, check_out = request.get("check_in", row.check_in), request.get("check_out", row.check_out)
    rules.check_move(row.status, row.check_in, check_in)
    nights_of(check_in, check_out)
    plan = parts.fitted(parts.parts_of(row), check_in, check_out)
    if "unit_id" in request:
        start, end = request.get("from", check_in), request.get("until", check_out)
        rules.check_within(start, check_in, check_out)
        plan = parts.put(plan, request["unit_id"], start, end, ids.new_id("occ", ctx.real_now))
    changed = msgspec.structs.replace(row, version=row.version + 1, updated_at=ctx.now)
    return parts.with_parts(changed, plan)


def place(row: BookingRow) -> list[tuple[str, str, str]]:
    """Where and when it is."""
    return parts.places(parts.parts_of(row))


async def _stays(ctx: Context, row: BookingRow, reprice: rules.Reprice) -> Moved:
    """It is where it is to be already: there is only its price to make anew, when all of it is asked for."""
    after = await edits.edited(ctx, row, {}, reprice)
    statements, fact = edits.written(ctx, row, after) if after != row else ([], None)
    return Moved(after=after, statements=statements, fact=fact, refusal=changed_meanwhile())


async def swap(ctx: Context, booking_id: str, other_booking_id: str) -> Answer:
    """Each booking gets the unit of the other and keeps its nights and its price, both or neither."""
    idempotency.require(ctx)
    if booking_id == other_booking_id:
        raise same_booking()
    try:
        return await retried(partial(_swap, ctx, booking_id, other_booking_id), changed_meanwhile)
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _swap(ctx: Context, booking_id: str, other_booking_id: str) -> Answer:
    one = await load(ctx, booking_id, param="booking_id")
    other = await load(ctx, other_booking_id, param="other_booking_id")
    for row, param in ((one, "booking_id"), (other, "other_booking_id")):
        if len(parts.parts_of(row)) > 1:
            raise stay_in_parts(param)
    if one.unit_id == other.unit_id:
        raise same_unit()
    pairs = [(one, _to(ctx, one, other.unit_id)), (other, _to(ctx, other, one.unit_id))]
    for before, after in pairs:
        rules.check_move(before.status, before.check_in, after.check_in)
        check_guests(before.guests, (await units.load(ctx, after.unit_id)).max_guests)
    statements: list[Statement] = []
    for before, after in pairs:
        statements += repository.move(ctx.tenant_id, before, after)
    statements += changes.exchange(ctx.tenant_id, [occupancy(after) for _, after in pairs], ctx.now)
    made = answer(200, Swapped(data=[view(after) for _, after in pairs]))
    wanted = [occupancy(after) for _, after in pairs]
    return await several.take(ctx, made, wanted, statements, [facts.moved(ctx, *pair) for pair in pairs])


def _to(ctx: Context, row: BookingRow, unit_id: str) -> BookingRow:
    return msgspec.structs.replace(row, unit_id=unit_id, version=row.version + 1, updated_at=ctx.now)
