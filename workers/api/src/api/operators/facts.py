"""What operators change, with its audit entry, in one batch."""

from collections.abc import Sequence

from api.accounts import facts
from api.context import Anonymous
from propflow.bindings.d1 import Statement

ACTOR = "operator"
INSTALLATION = "installation"  # whose audit has what belongs to no tenant


async def commit(
    ctx: Anonymous, tenant_id: str, action: str, object_id: str, statements: Sequence[Statement], **changes: object
) -> None:
    """Make it so, and say in the tenant's audit who did. Raises ConstraintFailed when the database refused."""
    made = facts.in_each(ctx, [tenant_id], action, object_id, actor=ACTOR, **changes)
    await ctx.bindings.core.batch([*statements, *facts.records(made, ctx.now)])
    ctx.bindings.background(facts.send(ctx.bindings, made, ctx.now))
