"""What becomes of a booking: confirm, cancel, check in and out, no show, reinstate."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from api.core import idempotency
from api.core.commit import Fact, commit
from api.core.context import Context
from api.core.days import today_in
from api.core.retry import ATTEMPTS, retried
from api.edge.answers import Answer
from api.inventory.properties import cancellation
from api.occupancies import changes, ranges, several
from api.occupancies import repository as occupancies
from api.occupancies.errors import unit_not_active
from api.occupancies.repository import OccupancyRow
from api.occupancies.service import remembered, take
from api.stays.bookings import facts, offered, repository, rules
from api.stays.bookings.errors import changed_meanwhile
from api.stays.bookings.parts import Part, parts_of, until
from api.stays.bookings.reading import load, shown
from api.stays.bookings.reading import occupancies as occupancies_of
from api.stays.bookings.repository import BookingRow
from propflow import guards
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.errors import AppError, Conflict

BY_LOCAL_DAY = frozenset({"cancel", "check_in", "check_out", "no_show"})


async def change(ctx: Context, booking_id: str, verb: str, reason: str | None = None) -> Answer:
    """Carry out a verb. A booking that is there already is answered as it is, and nothing happens twice."""
    return await retried(partial(_change, ctx, booking_id, verb, reason), changed_meanwhile)


async def _change(ctx: Context, booking_id: str, verb: str, reason: str | None) -> Answer:
    row = await load(ctx, booking_id, with_zone=verb in BY_LOCAL_DAY)
    if rules.transition(row.status, verb) is None:
        return await commit(ctx, shown(row), [])
    after, statements, fact = changed(ctx, row, verb, reason)
    return await commit(ctx, shown(after), statements, fact, unit_id=row.unit_id)


async def undo_check_out(ctx: Context, booking_id: str) -> Answer:
    """The guest is still there, if the nights that were given back are still free."""
    idempotency.require(ctx)
    try:
        return await retried(partial(_undo_check_out, ctx, booking_id), changed_meanwhile)
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _undo_check_out(ctx: Context, booking_id: str) -> Answer:
    row = await load(ctx, booking_id)
    if rules.transition(row.status, "undo_check_out") is None:
        return await commit(ctx, shown(row), [])
    after, statements, fact = changed(ctx, row, "undo_check_out", None, await _kept(ctx, row))
    return await _take(ctx, after, statements, fact)


async def reinstate(ctx: Context, booking_id: str) -> Answer:
    """A cancelled booking is what it was before, pending or confirmed, if its nights are still free."""
    idempotency.require(ctx)
    try:
        return await _reinstate(ctx, booking_id)
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _reinstate(ctx: Context, booking_id: str) -> Answer:
    refusal: AppError = changed_meanwhile()
    for _ in range(ATTEMPTS):
        row = await load(ctx, booking_id)
        if rules.transition(row.status, "reinstate") is None:
            return await commit(ctx, shown(row), [])
        found = await offered.load(ctx, row)
        if any(one.offer.status != "active" for one in found):
            raise unit_not_active()
        after, statements, fact = changed(ctx, row, "reinstate", None)
        apart = offered.keep_apart(ctx, found)
        try:
            return await _take(ctx, after, [*statements, *apart], fact)
        except GuardFailed:
            pass
        refusal = offered.too_close(found) if apart else changed_meanwhile()
    raise refusal


async def _take(ctx: Context, after: BookingRow, statements: Sequence[Statement], fact: Fact) -> Answer:
    wanted = occupancies_of(after)
    if len(wanted) == 1:
        return await take(ctx, shown(after), wanted[0], statements, fact)
    return await several.take(ctx, shown(after), wanted, statements, [fact])


def changed(
    ctx: Context, row: BookingRow, verb: str, reason: str | None, kept: Sequence[Part] = ()
) -> tuple[BookingRow, Sequence[Statement], Fact]:
    """The booking after the verb, and what makes it so. It fails as `guard_failed` when somebody was faster.

    `kept` are the nights that a guest who has left did not give back.
    """
    after = msgspec.structs.replace(
        row, status=rules.TRANSITIONS[verb][1], cancel_reason=reason if verb == "cancel" else row.cancel_reason,
        version=row.version + 1, updated_at=ctx.now,
    )  # fmt: skip
    today = today_in(row.time_zone, ctx.now)
    rules.check_day(verb, row.check_in, row.check_out, today, row.check_in_days_before)
    nights: list[Statement] = []
    had = has = parts_of(row)
    match verb:
        case "cancel":
            after = msgspec.structs.replace(after, refund_amount=_refund(row, today))
            nights = [occupancies.release(ctx.tenant_id, one.id, ctx.now) for one in occupancies_of(row)]
            has = []
        case "reinstate":
            status = rules.reinstated(row.refund_amount)
            after = msgspec.structs.replace(after, status=status, refund_amount=None, cancel_reason=None)
            nights = _each(row, lambda one: changes.revive(ctx.tenant_id, one.id, ctx.now))
            had = []
        case "no_show" | "check_out":
            has = until(had, rules.kept_until(verb, row.check_in, row.check_out, today))
            nights = _given_back(ctx, had, has)
        case "undo_check_out":
            nights = _each(row, lambda one: _retake(ctx, one))
            had = [*kept]
    statements = [repository.set_status(ctx.tenant_id, row, after), guards.changed(), *nights]
    return after, statements, facts.status_changed(ctx, row, after, verb, had, has)


def _given_back(ctx: Context, had: Sequence[Part], has: Sequence[Part]) -> list[Statement]:
    """The booking keeps the nights that were sold; the ledger frees those that nobody sleeps."""
    kept = {one.occupancy_id: one for one in has}
    nights: list[Statement] = []
    for part in had:
        one = kept.get(part.occupancy_id)
        if one is None:
            nights.append(occupancies.release(ctx.tenant_id, part.occupancy_id, ctx.now))
        elif one != part:
            nights += [ranges.move(ctx.tenant_id, one.occupancy_id, one.start, one.end, ctx.now), guards.changed()]
    return nights


async def _kept(ctx: Context, row: BookingRow) -> list[Part]:
    """What a stay in parts has left, for what its units are told; one in a single unit says it by itself."""
    ids = [one.occupancy_id for one in parts_of(row)]
    if len(ids) == 1:
        return []
    rows = (await ctx.bindings.core.run(occupancies.live(ctx.tenant_id, ids))).rows(OccupancyRow)
    return [Part(unit_id=one.unit_id, occupancy_id=one.id, start=one.start_date, end=one.end_date) for one in rows]


def _retake(ctx: Context, one: OccupancyRow) -> Statement:
    return changes.retake(ctx.tenant_id, one.id, one.unit_id, one.start_date, one.end_date, ctx.now)


def _each(row: BookingRow, statement: Callable[[OccupancyRow], Statement]) -> list[Statement]:
    """The statement for the nights of each part, none of which may do nothing."""
    return [each for one in occupancies_of(row) for each in (statement(one), guards.changed())]


def _refund(row: BookingRow, today: str) -> int | None:
    """What the policy gives back. A confirmed booking counts as paid; for a pending one nothing was to be paid."""
    if row.status == "pending":
        return None
    return cancellation.refund(cancellation.parse(row.cancellation_policy), row.total_amount, row.check_in, today)
