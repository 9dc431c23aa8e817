"""How the attempts at a message end: written in one batch, which closes the message when nothing is left to do."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from notify import decisions, repository
from notify.decisions import Claim, Outcome
from notify.repository import Open
from propflow import clock, log
from propflow.bindings.d1 import Database, Statement
from propflow.errors import Transient
from propflow.messages import Notification

F = TypeVar("F")


async def once(
    db: Database, message: Notification, facts: tuple[Statement, type[F]], claim: Statement,
    attempted: Callable[[Claim, F | None], Awaitable[Outcome]],
) -> None:  # fmt: skip
    """Take what is to be sent, look at the facts, send, and write how it went.

    `facts` is their statement and their type; they are None when what the message is about is gone. Raises Transient
    while the delivery was attempted and is not final.
    """
    statement, kind = facts
    found, claimed = await db.batch([statement, claim])
    known = found.one(kind)
    ended = [(taken, await attempted(taken, known)) for taken in claimed.rows(Claim)]
    await conclude(db, message, ended)


async def conclude(db: Database, message: Notification, ended: list[tuple[Claim, Outcome]]) -> None:
    """Write how it went. Raises Transient while a delivery that was attempted is not final.

    When others hold what is open, it returns: whoever holds it closes the outbox row, and if they die, the row still
    waits and the sweeper repeats the message. A copy that came back instead would use up its attempts on their lease,
    and the dead letter would end a message that is on its way.
    """
    now = clock.now_ms()
    open_rows = await _finish(db, message, ended, now)
    # What was put off comes back by its outbox row: a retry of the queue would use up its attempts on waiting.
    put_off = {claim.id for claim, how in ended if how.put_off}
    taken = {claim.id for claim, _ in ended} - put_off
    if any(row.id in taken for row in open_rows):
        states = ", ".join(f"{row.id} is {row.status}" for row in open_rows)
        latest = max(row.not_before for row in open_rows if row.id in taken)
        raise Transient(states, retry_after=decisions.seconds_until(latest, now))


async def _finish(db: Database, message: Notification, ended: list[tuple[Claim, Outcome]], now: int) -> list[Open]:
    try:
        *_, left = await db.batch(repository.finish(message, ended, now))
    except Exception as error:
        if not ended:
            raise
        # The lease is still our own. Coming back before it ends would find it and leave.
        log.exception("delivery.unwritten", error)
        until = max(claim.lease_until for claim, _ in ended)
        raise Transient("how it ended could not be written", decisions.seconds_until(until, now)) from error
    for claim, outcome in ended:
        log.info("delivery.attempted", delivery=claim.id, status=outcome.status, attempt=claim.attempts)
    open_rows = left.rows(Open)
    for row in open_rows:
        log.info("delivery.open", delivery=row.id, status=row.status, reason=row.reason)
    return open_rows
