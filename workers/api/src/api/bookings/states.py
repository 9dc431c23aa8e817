"""What becomes of a booking: confirm, cancel, check in and out, no show, reinstate."""

from collections.abc import Sequence

import msgspec

from api import cancellation, idempotency
from api.answers import Answer
from api.bookings import facts, repository, rules
from api.bookings.errors import changed_meanwhile
from api.bookings.reading import load, occupancy, shown
from api.bookings.repository import BookingRow
from api.commit import Fact, commit
from api.context import Context
from api.days import today_in
from api.occupancies import changes, ranges
from api.occupancies import repository as occupancies
from api.occupancies.service import remembered, take
from api.rates import offers
from api.rates.repository import OfferRow
from api.units.errors import unit_not_active
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, Statement
from propflow.errors import AppError, Conflict

ATTEMPTS = 3  # somebody else may change the booking between our reading and our writing
BY_LOCAL_DAY = frozenset({"cancel", "check_in", "check_out", "no_show"})


async def change(ctx: Context, booking_id: str, verb: str, reason: str | None = None) -> Answer:
    """Carry out a verb. A booking that is there already is answered as it is, and nothing happens twice."""
    for _ in range(ATTEMPTS):
        row = await load(ctx, booking_id, with_zone=verb in BY_LOCAL_DAY)
        if rules.transition(row.status, verb) is None:
            return await commit(ctx, shown(row), [])
        after, statements, fact = changed(ctx, row, verb, reason)
        try:
            return await commit(ctx, shown(after), statements, fact, unit_id=row.unit_id)
        except ConstraintFailed as refused:
            if refused.name != "guard_failed":
                raise
    raise changed_meanwhile()


async def undo_check_out(ctx: Context, booking_id: str) -> Answer:
    """The guest is still there, if the nights that were given back are still free."""
    idempotency.require(ctx)
    try:
        for _ in range(ATTEMPTS):
            row = await load(ctx, booking_id)
            if rules.transition(row.status, "undo_check_out") is None:
                return await commit(ctx, shown(row), [])
            after, statements, fact = changed(ctx, row, "undo_check_out", None)
            try:
                return await take(ctx, shown(after), occupancy(row), statements, fact)
            except ConstraintFailed as refused:
                if refused.name != "guard_failed":
                    raise
        raise changed_meanwhile()
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


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
        statement = offers.ask(ctx, row.unit_id, row.check_in, row.check_out, own=row.occupancy_id)
        unit = (await ctx.bindings.core.run(statement)).rows(OfferRow)[0]
        if unit.status != "active":
            raise unit_not_active()
        after, statements, fact = changed(ctx, row, "reinstate", None)
        apart = offers.keep_apart(ctx, unit, row.occupancy_id, row.check_in, row.check_out)
        try:
            return await take(ctx, shown(after), occupancy(row), [*statements, *apart], fact)
        except ConstraintFailed as refused:
            if refused.name != "guard_failed":
                raise
        refusal = offers.too_close(unit) if apart else changed_meanwhile()
    raise refusal


def changed(
    ctx: Context, row: BookingRow, verb: str, reason: str | None
) -> tuple[BookingRow, Sequence[Statement], Fact]:
    """The booking after the verb, and what makes it so. It fails as `guard_failed` when somebody was faster."""
    after = msgspec.structs.replace(
        row, status=rules.TRANSITIONS[verb][1], cancel_reason=reason if verb == "cancel" else row.cancel_reason,
        version=row.version + 1, updated_at=ctx.now,
    )  # fmt: skip
    today = today_in(row.time_zone, ctx.now)
    rules.check_day(verb, row.check_in, row.check_out, today, row.check_in_days_before)
    nights: list[Statement] = []
    match verb:
        case "cancel":
            after = msgspec.structs.replace(after, refund_amount=_refund(row, today))
            nights = [occupancies.release(ctx.tenant_id, row.occupancy_id, ctx.now)]
        case "reinstate":
            status = rules.reinstated(row.refund_amount)
            after = msgspec.structs.replace(after, status=status, refund_amount=None, cancel_reason=None)
            nights = [changes.revive(ctx.tenant_id, row.occupancy_id, ctx.now), guards.changed()]
        case "no_show" | "check_out":
            nights = _given_back(ctx, row, verb, today)
        case "undo_check_out":
            place = (row.unit_id, row.check_in, row.check_out)
            nights = [changes.retake(ctx.tenant_id, row.occupancy_id, *place, ctx.now), guards.changed()]
    statements = [repository.set_status(ctx.tenant_id, row, after), guards.changed(), *nights]
    return after, statements, facts.status_changed(ctx, row, after, verb, nights_changed=bool(nights))


def _given_back(ctx: Context, row: BookingRow, verb: str, today: str) -> list[Statement]:
    """The booking keeps the nights that were sold; the ledger frees those that nobody sleeps."""
    end = rules.kept_until(verb, row.check_in, row.check_out, today)
    if end == row.check_out:
        return []
    if end is None:
        return [occupancies.release(ctx.tenant_id, row.occupancy_id, ctx.now)]
    return [ranges.move(ctx.tenant_id, row.occupancy_id, row.check_in, end, ctx.now), guards.changed()]


def _refund(row: BookingRow, today: str) -> int | None:
    """What the policy gives back. A confirmed booking counts as paid; for a pending one nothing was to be paid."""
    if row.status == "pending":
        return None
    return cancellation.refund(cancellation.parse(row.cancellation_policy), row.total_amount, row.check_in, today)
