"""The one way in which a request changes anything: one D1 batch with its answer, its outbox row and its audit entry.

idempotency row → the effect's statements → outbox row       (one transaction, or nothing)
then, after the answer: send to the queues, copy the audit entry, tell who watches the calendars
"""

from collections.abc import Sequence

import msgspec

from api.core import idempotency, kept_answers, watchers
from api.core.context import Bindings, Context, Key
from api.core.idempotency import Stored
from api.edge.answers import Answer
from propflow import audit, events, ids, outbox
from propflow.audit import AuditEntry
from propflow.bindings import meter
from propflow.bindings.d1 import ConstraintFailed, Result, Statement, refusal
from propflow.bindings.meter import Cost
from propflow.errors import Conflict
from propflow.events import Event
from propflow.messages import AnyMessage, Noted
from propflow.outbox import Destination, new_outbox_id


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """What the change means to others: a message, where it goes, what the audit says of it, and the events it is.

    `sent` False: the use case sees to the message itself after the commit, and the sweeper where that fails.
    """

    message: AnyMessage
    to: Destination
    audit: AuditEntry
    events: tuple[Event, ...] = ()
    sent: bool = True


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """api → UnitLock `commit`. `wake_at` asks for an alarm at the real instant at which a hold expires."""

    tenant_id: str
    unit_id: str
    statements: list[Statement]
    wake_at: int | None = None


class BatchReply(msgspec.Struct, frozen=True, kw_only=True):
    """What D1 answered: the results, or the name of the constraint that refused, and what it cost."""

    results: list[Result] = []
    refused: str | None = None
    spent: Cost = msgspec.field(default_factory=Cost)


async def commit(
    ctx: Context,
    answer: Answer,
    statements: Sequence[Statement],
    fact: Fact | Sequence[Fact] | None = None,
    *,
    unit_id: str | None = None,
    wake_at: int | None = None,
) -> Answer:
    """Make it so, once; with no statements only the answer is remembered.

    With `unit_id` the attempts on that unit are ordered by its UnitLock, which looks at its holds at `wake_at`, an
    instant of the tenant's time.

    Raises ConstraintFailed when the database refused. A concurrent twin of the same idempotency key gets the
    winner's answer.
    """
    facts = [fact] if isinstance(fact, Fact) else list(fact or ())
    happened = [event for one in facts for event in one.events]
    # First what happens, then what follows from it: the nights that it opens may be somebody's at once.
    batch = [*_recorded(ctx, happened), *statements, *_noted(ctx, facts)]
    touched = watchers.units_of(happened)
    if touched:
        batch.append(watchers.look(ctx.tenant_id, touched))
    if ctx.key is None and not batch:
        return answer
    if ctx.key is not None:
        kept = await kept_answers.keep(ctx.bindings, ctx.tenant_id, answer, ctx.real_now)
        batch = [*idempotency.remember(ctx.caller, ctx.key, answer, kept, ctx.real_now), *batch]
    if wake_at is not None:
        wake_at += ctx.real_now - ctx.now  # an alarm knows the real time only
    try:
        results = await in_order(ctx.bindings, ctx.tenant_id, unit_id, batch, wake_at)
    except ConstraintFailed as refused:
        if refused.name != "unique:idempotency_keys" or ctx.key is None:
            raise
        return await _answer_of_twin(ctx, ctx.key)
    if facts:
        ctx.bindings.background(_after(ctx, facts))
    if touched:
        ctx.bindings.background(watchers.tell(ctx.bindings.rooms, ctx.tenant_id, results[-1]))
    return answer


def _noted(ctx: Context, facts: Sequence[Fact]) -> list[Statement]:
    made = [(one.message, one.to | Destination.AUDIT, one.audit) for one in facts]
    if len(made) > 1:
        return outbox.record_all(made, now=ctx.real_now)
    return [outbox.record(message, to, now=ctx.real_now, audit=entry) for message, to, entry in made]


def _recorded(ctx: Context, happened: Sequence[Event]) -> list[Statement]:
    named = [(ids.new_id("evt", ctx.real_now), event) for event in happened]
    about = {"actor": ctx.caller.principal_id, "request_id": ctx.request_id}
    if len(named) > 1:
        return events.record_all(ctx.tenant_id, named, **about, now=ctx.now)
    return [events.record(ctx.tenant_id, event_id, event, **about, now=ctx.now) for event_id, event in named]


async def in_order(
    bindings: Bindings, tenant_id: str, unit_id: str | None, batch: list[Statement], wake_at: int | None = None
) -> list[Result]:
    """Run a batch, in the line of its unit if it has one. Raises ConstraintFailed."""
    if unit_id is None or not bindings.settings.locks_units:
        return await bindings.core.batch(batch)
    request = BatchRequest(tenant_id=tenant_id, unit_id=unit_id, statements=batch, wake_at=wake_at)
    reply = await bindings.unit_locks.call(f"unit:{unit_id}", "commit", request, BatchReply)
    meter.current().add(reply.spent)
    if reply.refused is not None:
        raise refusal(reply.refused)
    return reply.results


async def _answer_of_twin(ctx: Context, key: Key) -> Answer:
    stored = (await ctx.bindings.core.run(idempotency.find(ctx.caller, key))).one(Stored)
    if stored is None:
        raise Conflict("changed_meanwhile", "The first request with this Idempotency-Key is gone. Send it again.")
    return await kept_answers.replay(ctx.bindings, ctx.tenant_id, stored, key)


async def _after(ctx: Context, facts: Sequence[Fact]) -> None:
    await outbox.send_all(ctx.bindings.queues, [(fact.message, fact.to) for fact in facts if fact.sent])
    entries = [(fact.message, fact.audit) for fact in facts]
    await audit.copy_all(ctx.bindings.core, ctx.bindings.audit, entries, ctx.real_now)


def noted(ctx: Context, action: str, object_id: str, **changes: object) -> Fact:
    """A fact that concerns nobody but the audit."""
    message = Noted(tenant_id=ctx.tenant_id, outbox_id=new_outbox_id(ctx.real_now), request_id=ctx.request_id)
    return Fact(message=message, to=Destination.AUDIT, audit=audited(ctx, action, object_id, **changes))


def audited(ctx: Context, action: str, object_id: str, **changes: object) -> AuditEntry:
    """The audit entry of this request."""
    return AuditEntry(
        actor=ctx.caller.principal_id, action=action, object_id=object_id, request_id=ctx.request_id, ip=ctx.ip,
        changes=changes,
    )  # fmt: skip
