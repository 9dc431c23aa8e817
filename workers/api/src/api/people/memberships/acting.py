"""Whoever acts must still be who they were when their change is made: a removal may overtake a request."""

from api.core.context import Context
from api.people.memberships import repository
from api.people.memberships.errors import allowed_no_more
from api.people.memberships.repository import Number, decoded
from propflow.bindings.d1 import Statement
from propflow.errors import AppError


def required(ctx: Context) -> Statement:
    """First in its batch: `guard_failed` when the caller has lost the session or the role meanwhile."""
    caller = ctx.caller
    return repository.require_caller(ctx.tenant_id, caller.principal_id, caller.role or "", caller.credential)


async def lost(ctx: Context) -> AppError | None:
    """After `guard_failed`: the error when it was the caller who failed, None when it was something else."""
    caller = ctx.caller
    statement = repository.standing(ctx.tenant_id, caller.principal_id, caller.role or "", caller.credential)
    found = (await ctx.bindings.core.run(statement)).one(Number)
    return None if found is not None and found.number else allowed_no_more()


def visible(ctx: Context, property_ids: str | None) -> list[str] | None:
    """A stored restriction, without what the caller does not see."""
    found = decoded(property_ids)
    return None if found is None else [one for one in found if ctx.caller.sees(one)]
