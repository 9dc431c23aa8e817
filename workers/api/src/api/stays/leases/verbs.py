"""What a lease goes through: activate, renew, terminate, cancel. Each is one commit, judged by the ledger."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from api.core import idempotency
from api.core.commit import commit
from api.core.context import Context
from api.core.retry import retried
from api.edge.answers import Answer, answer
from api.occupancies import ranges
from api.occupancies import repository as occupancies
from api.occupancies.service import remembered, take
from api.stays.leases import facts, repository, rules
from api.stays.leases.errors import changed_meanwhile, wrong_currency
from api.stays.leases.repository import LeaseRow
from api.stays.leases.service import load, status_now, view
from propflow import guards, ids
from propflow.bindings.d1 import Statement
from propflow.errors import Conflict

NAMES = {"activate": "lease.activated", "renew": "lease.renewed", "terminate": "lease.terminated",
         "cancel": "lease.cancelled"}  # fmt: skip

Decide = Callable[[LeaseRow], LeaseRow]


async def activate(ctx: Context, lease_id: str) -> Answer:
    """Take the nights of a draft."""
    idempotency.require(ctx)
    occupancy_id = ids.new_id("occ", ctx.real_now)
    return await _change(ctx, lease_id, "activate", lambda row: msgspec.structs.replace(row, occupancy_id=occupancy_id))


async def renew(
    ctx: Context, lease_id: str, end: str | None, rent: dict[str, Any] | None, rent_from: str | None
) -> Answer:
    """Take the nights up to a later end, or all that follow. Another rent counts from a day on."""
    idempotency.require(ctx)

    def decide(row: LeaseRow) -> LeaseRow:
        rules.check_renewal(row.end_date, end)
        after = msgspec.structs.replace(row, end_date=end)
        if rent is None:
            return after
        if rent["currency"] != row.currency:
            raise wrong_currency(row.currency, "rent")
        rents = repository.rents_of(row)
        since = rules.rent_from(row.end_date, end, rents, rent_from)
        rents = rules.with_rent(rents, since, rent["amount"])
        return msgspec.structs.replace(after, rents=repository.rents_text(rents))

    return await _change(ctx, lease_id, "renew", decide)


async def terminate(ctx: Context, lease_id: str, at: str, reason: str | None) -> Answer:
    """Give back the nights from a day on."""

    def decide(row: LeaseRow) -> LeaseRow:
        rules.check_termination(row.start_date, row.end_date, at)
        return msgspec.structs.replace(row, end_date=at, reason=reason)

    return await _change(ctx, lease_id, "terminate", decide)


async def cancel(ctx: Context, lease_id: str) -> Answer:
    """End a draft."""
    return await _change(ctx, lease_id, "cancel", lambda row: row)


async def _change(ctx: Context, lease_id: str, verb: str, decide: Decide) -> Answer:
    """A lease that is there already is answered as it is, and nothing happens twice."""
    # `changed_meanwhile` is not remembered: the same key may well succeed.
    return await retried(partial(_remembering, ctx, lease_id, verb, decide), changed_meanwhile)


async def _remembering(ctx: Context, lease_id: str, verb: str, decide: Decide) -> Answer:
    try:
        return await _attempt(ctx, lease_id, verb, decide)
    except Conflict as conflict:
        raise await remembered(ctx, conflict) from None


async def _attempt(ctx: Context, lease_id: str, verb: str, decide: Decide) -> Answer:
    row = await load(ctx, lease_id)
    target = rules.transition(status_now(ctx, row), verb)
    if target is None:
        return await commit(ctx, answer(200, view(ctx, row), version=row.version), [])
    after = msgspec.structs.replace(decide(row), status=target, version=row.version + 1, updated_at=ctx.now)
    return await _commit(ctx, verb, row, after)


async def _commit(ctx: Context, verb: str, before: LeaseRow, after: LeaseRow) -> Answer:
    made = answer(200, view(ctx, after), version=after.version)
    statements = [repository.update(ctx.tenant_id, before, after, ctx.now), guards.changed()]
    if after.occupancy_id is None:
        return await commit(ctx, made, statements, facts.of_change(ctx, NAMES[verb], before, after))
    statements += _nights(ctx, before, after, after.occupancy_id)
    fact = facts.of_nights(ctx, NAMES[verb], before, after)
    if verb == "terminate":
        return await commit(ctx, made, statements, fact, unit_id=after.unit_id)
    return await take(ctx, made, repository.occupancy(after, after.occupancy_id), statements, fact)


def _nights(ctx: Context, before: LeaseRow, after: LeaseRow, occupancy_id: str) -> list[Statement]:
    wanted = repository.occupancy(after, occupancy_id)
    if before.occupancy_id is None:
        return [occupancies.insert(ctx.tenant_id, wanted, ctx.now)]
    if wanted.start_date == wanted.end_date:
        return [occupancies.release(ctx.tenant_id, occupancy_id, ctx.now), guards.changed()]
    return [
        ranges.move(ctx.tenant_id, occupancy_id, wanted.start_date, wanted.end_date, ctx.now), guards.changed(),
    ]  # fmt: skip
