"""Suspending a tenant: every door reads `tenants.suspended_at`, so this changes one row; what waits is done later."""

from collections.abc import Iterable

from api.core import watchers
from api.core.context import Anonymous
from api.edge.answers import Answer, answer, instant_or_none
from api.operations.operators import facts
from api.operations.operators import suspensions_repository as repository
from api.operations.operators.errors import no_owner, tenant_not_found, test_space_follows
from api.operations.operators.suspensions_repository import Suspended
from api.operations.operators.views import Suspension
from propflow import guards, log, outbox
from propflow.bindings.d1 import GuardFailed, Statement


async def suspend(ctx: Anonymous, tenant_id: str, *, reason: str, reads: bool) -> Answer:
    """Nothing acts for the tenant any more. To say it again changes the reason, and what may be read, at most."""
    before = await _load(ctx, tenant_id)
    if (before.suspended_at is not None, before.reason, before.reads) == (True, reason, reads):
        return answer(200, _view(before))
    after = {"reason": reason, "reads": reads}
    was = None if before.suspended_at is None else {"reason": before.reason, "reads": before.reads}
    statement = repository.suspend(tenant_id, reason, reads, ctx.now)
    await facts.commit(ctx, tenant_id, "tenant.suspended", tenant_id, [statement], before=was, after=after)
    close_rooms(ctx, [tenant_id])
    log.info("tenant.suspended", tenant_id=tenant_id)
    return answer(200, _view(await _load(ctx, tenant_id)))


async def resume(ctx: Anonymous, tenant_id: str, *, reason: str) -> Answer:
    """It acts again, and what was acknowledged before is done now. Raises Conflict while no owner can sign in."""
    before = await _load(ctx, tenant_id)
    if before.suspended_at is None:
        return answer(200, _view(before))
    statements = [repository.resume(tenant_id, ctx.now), guards.changed(), *unparked([tenant_id], ctx.now)]
    was = {"reason": before.reason, "reads": before.reads}
    try:
        await facts.commit(ctx, tenant_id, "tenant.resumed", tenant_id, statements, before=was, reason=reason)
    except GuardFailed:
        now = await _load(ctx, tenant_id)
        if now.suspended_at is not None:
            raise no_owner() from None
        return answer(200, _view(now))
    log.info("tenant.resumed", tenant_id=tenant_id)
    return answer(200, _view(await _load(ctx, tenant_id)))


def unparked(tenant_ids: Iterable[str], now: int) -> list[Statement]:
    """What waited for these tenants is sent within a minute, their test spaces' calendars and invoices too."""
    return [outbox.unpark_all(one, now=now) for one in tenant_ids]


def close_rooms(ctx: Anonymous, tenant_ids: Iterable[str]) -> None:
    """End their live connections now: a room that is told looks at who may stay."""
    for one in tenant_ids:
        ctx.bindings.background(watchers.look_again(ctx.bindings.core, ctx.bindings.rooms, one))


async def _load(ctx: Anonymous, tenant_id: str) -> Suspended:
    found = (await ctx.bindings.core.run(repository.get(tenant_id))).one(Suspended)
    if found is None:
        raise tenant_not_found()
    if found.mode == "test":
        raise test_space_follows()
    return found


def _view(found: Suspended) -> Suspension:
    return Suspension(
        id=found.id, suspended_at=instant_or_none(found.suspended_at), reason=found.reason, reads=found.reads
    )
