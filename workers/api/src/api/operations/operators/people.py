"""Disabling people: whoever runs the installation can shut somebody out, in all tenants at once.

A tenant whose owners are all disabled is suspended with the last of them, its API keys, feeds and addresses too,
because nobody is left who answers for it. Where another owner can sign in, the tenant and its keys go on.
"""

from typing import NamedTuple

from api.core.context import Anonymous
from api.edge.answers import Answer, answer
from api.operations.operators import facts, suspensions
from api.operations.operators import suspensions_repository as tenants
from api.operations.operators.errors import changed_meanwhile, user_not_found
from api.operations.operators.suspensions_repository import NO_OWNER, Touched
from api.operations.operators.views import Standing
from api.people.identity import repository
from api.people.identity.repository import Membership, Person
from api.people.sessions import repository as sessions
from propflow import guards, log
from propflow.bindings.d1 import GuardFailed, Statement


class Deed(NamedTuple):
    """What is done to a person, and to the tenants that go with them, which `touched` finds beforehand."""

    action: str
    statements: list[Statement]
    touched: Statement
    then: Statement
    of_tenant: str


async def disable(ctx: Anonymous, user_id: str) -> Answer:
    """End all sessions, let no other begin, and suspend the tenants that have no other owner."""
    statements = [repository.disable(user_id, ctx.now), sessions.end_all(user_id)]
    then = tenants.suspend_orphans(user_id, ctx.now)
    touched = await _change(
        ctx, user_id, Deed("user.disabled", statements, tenants.orphans(user_id), then, "tenant.suspended")
    )
    suspensions.close_rooms(ctx, [one.id for one in touched])
    return answer(200, Standing(id=user_id, disabled=True))


async def enable(ctx: Anonymous, user_id: str) -> Answer:
    """Undo `disable`, also of the tenants that were suspended for nothing else; the sessions that ended stay so."""
    statements = [repository.enable(user_id, ctx.now)]
    then = tenants.resume_adopted(user_id, ctx.now)
    await _change(ctx, user_id, Deed("user.enabled", statements, tenants.adopted(user_id), then, "tenant.resumed"))
    return answer(200, Standing(id=user_id, disabled=False))


async def _change(ctx: Anonymous, user_id: str, deed: Deed) -> list[Touched]:
    """In one batch with its entries. Raises Conflict when other tenants are touched by now than were read."""
    person, belongs, tenants_then = await ctx.bindings.core.batch([
        repository.by_id(user_id), repository.memberships(user_id), deed.touched,
    ])  # fmt: skip
    if person.one(Person) is None:
        raise user_not_found()
    touched = tenants_then.rows(Touched)
    made = facts.entries(ctx, [one.tenant_id for one in belongs.rows(Membership)], deed.action, user_id)
    for tenant_id in tenants.live(touched):
        made += facts.entries(ctx, [tenant_id], deed.of_tenant, tenant_id, reason=NO_OWNER)
    statements = [
        *deed.statements, deed.then, guards.changed_all(len(touched)),
        *suspensions.unparked(tenants.live(touched) if deed.of_tenant == "tenant.resumed" else [], ctx.now),
    ]  # fmt: skip
    try:
        await facts.write(ctx, statements, made)
    except GuardFailed:
        raise changed_meanwhile() from None
    log.info(deed.action, user_id=user_id)
    return touched
