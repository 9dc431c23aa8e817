"""What happens to people: audited in each of their tenants, told them by mail."""

import asyncio
import secrets
from collections.abc import Awaitable, Iterable

import msgspec

from api.core.commit import Fact
from api.core.context import Anonymous, Bindings, Context
from api.people.identity.repository import Person
from propflow import audit, outbox
from propflow.audit import AuditEntry
from propflow.bindings.d1 import Statement
from propflow.messages import AccountChanged, AccountMailRequested, Mail
from propflow.outbox import Destination, new_outbox_id


class Unsure(msgspec.Struct, frozen=True):
    """A fact, unless the last statement of its batch takes its outbox row back; no fact at all where that is known."""

    fact: Fact | None
    taken_back: Statement


def in_each(
    ctx: Anonymous | Context, tenant_ids: Iterable[str], action: str, object_id: str, *, actor: str, **changes: object
) -> list[Fact]:
    """The same entry for the audit of each of these tenants."""
    entry = _entry(ctx, action, object_id, actor, **changes)
    return [
        Fact(
            message=AccountChanged(tenant_id=one, outbox_id=new_outbox_id(ctx.now), request_id=ctx.request_id),
            to=Destination.AUDIT, audit=entry,
        )
        for one in tenant_ids
    ]  # fmt: skip


def google_unlinked(ctx: Anonymous | Context, tenant_ids: Iterable[str], person: Person) -> list[Fact]:
    """That another password ended the link to a Google account, if there was one."""
    if person.google_sub is None:
        return []
    return in_each(ctx, tenant_ids, "google.unlinked", person.id, actor=person.id, before="linked", after=None)


def by_mail(
    ctx: Anonymous | Context, user_id: str, mail: Mail, object_id: str, *, ended: dict[str, int] | None = None
) -> Fact:
    """A mail to a person, audited among what concerns that person and no tenant. `ended` counts what it tells of."""
    message = AccountMailRequested(
        tenant_id=user_id, outbox_id=new_outbox_id(ctx.now), request_id=ctx.request_id, mail=mail, object_id=object_id,
        ended=ended or {},
    )  # fmt: skip
    entry = _entry(ctx, "mail.requested", object_id, user_id, mail=mail)
    return Fact(message=message, to=Destination.NOTIFICATIONS, audit=entry)


def _entry(ctx: Anonymous | Context, action: str, object_id: str, actor: str, **changes: object) -> AuditEntry:
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


async def unfelt(work: Awaitable[None]) -> None:
    """For work after an answer that must not show by its time whether there was any.

    What is handed to the runtime begins at once, before the answer has left; so it waits, for nobody knows how long.
    """
    await asyncio.sleep(0.2 + secrets.randbelow(800) / 1000)
    await work
