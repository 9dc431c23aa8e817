"""What happens to people: audited in each of their tenants, told them by mail."""

import asyncio
import secrets
from collections.abc import Awaitable, Iterable

import msgspec

from api.core import audit_notes
from api.core.commit import Fact
from api.core.context import Anonymous, Context
from api.people.identity.repository import Person
from propflow.bindings.d1 import Statement
from propflow.messages import AccountMailRequested, Mail
from propflow.outbox import Destination, new_outbox_id


class Unsure(msgspec.Struct, frozen=True):
    """A fact, unless the last statement of its batch takes its outbox row back; no fact at all where that is known."""

    fact: Fact | None
    taken_back: Statement


def google_unlinked(ctx: Anonymous | Context, tenant_ids: Iterable[str], person: Person) -> list[Fact]:
    """That another password ended the link to a Google account, if there was one."""
    if person.google_sub is None:
        return []
    about = {"before": "linked", "after": None}
    return audit_notes.in_each(ctx, tenant_ids, "google.unlinked", person.id, actor=person.id, **about)


def by_mail(
    ctx: Anonymous | Context, user_id: str, mail: Mail, object_id: str, *, ended: dict[str, int] | None = None
) -> Fact:
    """A mail to a person, audited among what concerns that person and no tenant. `ended` counts what it tells of."""
    message = AccountMailRequested(
        tenant_id=user_id, outbox_id=new_outbox_id(ctx.now), request_id=ctx.request_id, mail=mail, object_id=object_id,
        ended=ended or {},
    )  # fmt: skip
    entry = audit_notes.entry(ctx, "mail.requested", object_id, user_id, mail=mail)
    return Fact(message=message, to=Destination.NOTIFICATIONS, audit=entry)


async def unfelt(work: Awaitable[None]) -> None:
    """For work after an answer that must not show by its time whether there was any.

    What is handed to the runtime begins at once, before the answer has left; so it waits, for nobody knows how long.
    """
    await asyncio.sleep(0.2 + secrets.randbelow(800) / 1000)
    await work
