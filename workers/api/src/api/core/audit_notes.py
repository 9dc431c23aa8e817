"""Notes for the audit of several tenants at once, and of what was refused."""

from collections.abc import Iterable

from api.core.commit import Fact
from api.core.context import Anonymous, Bindings, Context
from propflow import audit, outbox
from propflow.audit import AuditEntry
from propflow.bindings.d1 import Statement
from propflow.messages import Noted
from propflow.outbox import Destination, new_outbox_id


def in_each(
    ctx: Anonymous | Context, tenant_ids: Iterable[str], action: str, object_id: str, *, actor: str, **changes: object
) -> list[Fact]:
    """The same entry for the audit of each of these tenants."""
    made = entry(ctx, action, object_id, actor, **changes)
    return [
        Fact(
            message=Noted(tenant_id=one, outbox_id=new_outbox_id(ctx.now), request_id=ctx.request_id),
            to=Destination.AUDIT, audit=made,
        )
        for one in tenant_ids
    ]  # fmt: skip


def entry(ctx: Anonymous | Context, action: str, object_id: str, actor: str, **changes: object) -> AuditEntry:
    """An entry of this request by whoever it says, who need not be signed in."""
    return AuditEntry(
        actor=actor, action=action, object_id=object_id, request_id=ctx.request_id, ip=ctx.ip, changes=changes
    )


def records(facts: Iterable[Fact], now: int) -> list[Statement]:
    """Their outbox rows, for the batch that makes them true."""
    return [outbox.record(one.message, one.to | Destination.AUDIT, now=now, audit=one.audit) for one in facts]


async def send(bindings: Bindings, facts: Iterable[Fact], now: int) -> None:
    """After the commit: what fails here is done by the next sweep."""
    for one in facts:
        await outbox.send(bindings.queues, one.message, one.to)
        await audit.copy_one(bindings.core, bindings.audit, one.message, one.audit, now)


async def note(
    ctx: Anonymous | Context, tenant_ids: Iterable[str], action: str, object_id: str, *, actor: str, **changes: object
) -> None:
    """What was refused, for the audit of each of these tenants: in the background, because nothing else is written."""
    made = in_each(ctx, tenant_ids, action, object_id, actor=actor, **changes)
    if made:
        await ctx.bindings.core.batch(records(made, ctx.now))
        await send(ctx.bindings, made, ctx.now)
