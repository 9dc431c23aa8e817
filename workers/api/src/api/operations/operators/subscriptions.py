"""Set a tenant's subscription by hand."""

from api.core.context import Anonymous
from api.edge.answers import Answer, answer
from api.edge.listing import instant_of
from api.operations.operators import facts
from api.operations.operators.errors import tenant_not_found
from api.plan.plans import repository, service
from api.plan.plans.errors import is_test_space, plan_not_found, superseded
from api.plan.plans.repository import Standing, SubscriptionRow
from propflow import ids
from propflow.bindings.d1 import ConstraintFailed
from propflow.errors import BadRequest


async def begin(
    ctx: Anonymous, tenant_id: str, *, plan: str, status: str, reason: str, current_period_end: str | None,
    at: str | None,
) -> Answer:  # fmt: skip
    """End the current stretch and begin another, unless a newer one is known."""
    before = (await ctx.bindings.core.run(repository.current(tenant_id))).one(Standing)
    if before is None:
        raise tenant_not_found()
    if before.mode == "test":
        raise is_test_space()
    when, subscription_id = _instant(at, "at") or ctx.now, ids.new_id("sub", ctx.now)
    if when > ctx.now:
        raise BadRequest("invalid_instant", "A subscription cannot begin in the future.", param="at")
    statements = repository.begin(
        tenant_id, subscription_id, plan, status, when, reason=reason,
        current_period_end=_instant(current_period_end, "current_period_end"),
    )  # fmt: skip
    changes = {
        "before": {"plan": before.plan, "status": before.status}, "after": {"plan": plan, "status": status},
        "reason": reason,
    }  # fmt: skip
    try:
        await facts.commit(ctx, tenant_id, "subscription.set", subscription_id, statements, **changes)
    except ConstraintFailed as refused:
        if refused.name == "unique:subscriptions":
            raise superseded() from None
        if refused.name.startswith("FOREIGN KEY"):
            raise plan_not_found() from None
        raise
    return await _shown(ctx, tenant_id)


async def _shown(ctx: Anonymous, tenant_id: str) -> Answer:
    current, history = await ctx.bindings.core.batch([
        repository.current(tenant_id), repository.history(tenant_id, service.LONGEST_HISTORY)
    ])  # fmt: skip
    return answer(200, service.subscription(current.rows(Standing)[0], history.rows(SubscriptionRow)))


def _instant(text: str | None, param: str) -> int | None:
    return None if text is None else instant_of(text, param)
