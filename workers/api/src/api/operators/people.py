"""Disabling people: whoever runs the installation can shut somebody out, in all tenants at once.

The API keys of their tenants go on: they belong to the tenants, whose other admins can revoke them.
"""

from api.accounts import facts, repository
from api.accounts.repository import Membership, Person
from api.answers import Answer, answer
from api.context import Anonymous
from api.operators.errors import user_not_found
from api.operators.views import Standing
from api.sessions import repository as sessions
from propflow import log
from propflow.bindings.d1 import Statement


async def disable(ctx: Anonymous, user_id: str) -> Answer:
    """End all sessions and let no other begin."""
    statements = [repository.disable(user_id, ctx.now), sessions.end_all(user_id)]
    return await _change(ctx, user_id, "user.disabled", statements, disabled=True)


async def enable(ctx: Anonymous, user_id: str) -> Answer:
    """Undo `disable`; the sessions that were ended stay so."""
    return await _change(ctx, user_id, "user.enabled", [repository.enable(user_id, ctx.now)], disabled=False)


async def _change(ctx: Anonymous, user_id: str, action: str, statements: list[Statement], *, disabled: bool) -> Answer:
    found = await ctx.bindings.core.batch([repository.by_id(user_id), repository.memberships(user_id)])
    if found[0].one(Person) is None:
        raise user_not_found()
    tenant_ids = [one.tenant_id for one in found[1].rows(Membership)]
    made = facts.in_each(ctx, tenant_ids, action, user_id, actor="operator")
    await ctx.bindings.core.batch([*statements, *facts.records(made, ctx.now)])
    ctx.bindings.background(facts.send(ctx.bindings, made, ctx.now))
    log.info(action, user_id=user_id)
    return answer(200, Standing(id=user_id, disabled=disabled))
