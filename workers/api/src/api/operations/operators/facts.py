"""What operators change, with its audit entries, in one batch."""

from collections.abc import Sequence

from api.core import audit_notes
from api.core.commit import Fact
from api.core.context import Anonymous
from propflow.bindings.d1 import Statement

INSTALLATION = "installation"  # whose audit has all that operators do, and what belongs to no tenant


def entries(ctx: Anonymous, tenant_ids: Sequence[str], action: str, object_id: str, **changes: object) -> list[Fact]:
    """What an operator did, for the audit of each of these tenants and for the installation's, which names them."""
    made = audit_notes.in_each(ctx, tenant_ids, action, object_id, actor=ctx.actor, **changes)
    named = {"tenants": list(tenant_ids), **changes} if tenant_ids else changes
    return [*made, *audit_notes.in_each(ctx, [INSTALLATION], action, object_id, actor=ctx.actor, **named)]


async def write(ctx: Anonymous, statements: Sequence[Statement], made: Sequence[Fact]) -> None:
    """Make it so, and say who did. Raises ConstraintFailed when the database refused."""
    await ctx.bindings.core.batch([*statements, *audit_notes.records(made, ctx.now)])
    ctx.bindings.background(audit_notes.send(ctx.bindings, made, ctx.now))


async def commit(
    ctx: Anonymous, tenant_id: str, action: str, object_id: str, statements: Sequence[Statement], **changes: object
) -> None:
    """The same for one deed, about one tenant or (INSTALLATION) about none."""
    tenant_ids = [] if tenant_id == INSTALLATION else [tenant_id]
    await write(ctx, statements, entries(ctx, tenant_ids, action, object_id, **changes))
