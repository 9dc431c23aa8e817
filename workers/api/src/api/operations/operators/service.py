"""Dead letters: list them, and make their destination act again."""

from api.core.context import Anonymous
from api.edge.answers import Answer, answer, instant, instant_or_none, page
from api.operations.operators import facts, repository
from api.operations.operators.errors import dead_letter_not_found, not_replayable, replayed_before
from api.operations.operators.repository import DeadLetterRow
from api.operations.operators.views import DeadLetter
from propflow import guards, log, outbox
from propflow.bindings.d1 import GuardFailed
from propflow.outbox import Destination


async def list_all(ctx: Anonymous, after: str, replayed_too: bool, limit: int) -> Answer:
    """Messages that no attempt completed."""
    found = await ctx.bindings.core.run(repository.list_after(after, replayed_too, limit + 1))
    rows = found.rows(DeadLetterRow)
    return page([_view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


async def replay(ctx: Anonymous, letter_id: str) -> Answer:
    """Let the outbox row wait for its destination again; the next sweep sends it, within a minute."""
    row = (await ctx.bindings.core.run(repository.get(letter_id))).one(DeadLetterRow)
    if row is None:
        raise dead_letter_not_found()
    destination = destination_of(row.queue)
    if row.tenant_id is None or row.outbox_id is None or destination is None:
        raise not_replayable()
    statements = [
        repository.mark_replayed(row.id, ctx.now),
        guards.changed(),
        outbox.reopen(row.tenant_id, row.outbox_id, destination, now=ctx.now),
        guards.changed(),
    ]
    about = {"queue": row.queue, "outbox_id": row.outbox_id}
    try:
        await facts.commit(ctx, row.tenant_id, "dead_letter.replayed", row.id, statements, **about)
    except GuardFailed:
        raise (replayed_before() if row.replayed_at is not None else not_replayable()) from None
    log.info("dead_letter.replayed", dead_letter=row.id, outbox_id=row.outbox_id)
    return answer(202, _view(row))


def destination_of(queue: str) -> Destination | None:
    """`propflow360-notifications-dlq-prod` → NOTIFICATIONS."""
    return next((one for one in Destination if f"-{(one.name or '').lower()}-" in queue), None)


def _view(row: DeadLetterRow) -> DeadLetter:
    return DeadLetter(
        id=row.id, queue=row.queue, tenant_id=row.tenant_id, outbox_id=row.outbox_id, body=row.body,
        reason=row.reason, attempts=row.attempts, created_at=instant(row.created_at),
        replayed_at=instant_or_none(row.replayed_at),
    )  # fmt: skip
