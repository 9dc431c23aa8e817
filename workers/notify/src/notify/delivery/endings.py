"""How the attempts at messages end: written in one batch, which closes each message that has nothing left to do."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from notify.delivery import decisions, endings_repository
from notify.delivery.decisions import Claim, Outcome
from notify.delivery.endings_repository import Open
from propflow import clock, log
from propflow.bindings.d1 import Database, Statement
from propflow.errors import Transient
from propflow.messages import Notification

F = TypeVar("F")


class Attempted(msgspec.Struct, frozen=True):
    """A message, and how the attempts at the deliveries that it held ended."""

    message: Notification
    ended: list[tuple[Claim, Outcome]]

    @property
    def given_back(self) -> bool:
        """Whether it is still to be attempted, by whoever takes it next."""
        return any(how.given_back for _, how in self.ended)


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
    """Write how it went. Raises Transient while a delivery that was attempted is not final."""
    endings = await conclude_all(db, [Attempted(message, ended)])
    if (error := endings[message.outbox_id]) is not None:
        raise error


async def conclude_all(db: Database, attempted: Sequence[Attempted]) -> dict[str, Exception | None]:
    """Write how all went, in one batch; when that fails each on its own, so that one that cannot be written does not
    leave its neighbours in doubt. How each message ended, but for what was given back; Transient while a delivery that
    was attempted is not final.

    When others hold what is open, the message is done: whoever holds it closes the outbox row, and if they die, the row
    still waits and the sweeper repeats the message. A copy that came back instead would use up its attempts on their
    claim, and the dead letter would end a message that is on its way.
    """
    now = clock.now_ms()
    try:
        left = await _finish(db, attempted, now)
    except Exception as error:
        log.exception("delivery.unwritten", error, messages=len(attempted))
        if len(attempted) == 1:
            return {attempted[0].message.outbox_id: _unwritten(attempted[0], error, now)}
        singly = [await conclude_all(db, [one]) for one in attempted]
        return {outbox_id: ending for endings in singly for outbox_id, ending in endings.items()}
    ended = zip(attempted, left, strict=True)
    return {one.message.outbox_id: _ending(one, rows, now) for one, rows in ended if not one.given_back}


async def _finish(db: Database, attempted: Sequence[Attempted], now: int) -> list[list[Open]]:
    """What is still open of each message."""
    statements = [endings_repository.finish(one.message, one.ended, now) for one in attempted]
    results = iter(await db.batch([one for of_message in statements for one in of_message]))
    left = [list(islice(results, len(of_message)))[-1].rows(Open) for of_message in statements]
    for one, rows in zip(attempted, left, strict=True):
        _tell(one, rows)
    return left


def _tell(one: Attempted, rows: Sequence[Open]) -> None:
    of = {"tenant_id": one.message.tenant_id, "request_id": one.message.request_id}
    for claim, outcome in one.ended:
        log.info("delivery.attempted", delivery=claim.id, status=outcome.status, attempt=claim.attempts, **of)
    for row in rows:
        log.info("delivery.open", delivery=row.id, status=row.status, reason=row.reason, **of)


def _ending(one: Attempted, rows: Sequence[Open], now: int) -> Transient | None:
    # What was put off comes back by its outbox row: a retry of the queue would use up its attempts on waiting.
    taken = {claim.id for claim, how in one.ended if not how.put_off}
    open_rows = [row for row in rows if row.id in taken]
    if not open_rows:
        return None
    states = ", ".join(f"{row.id} is {row.status}" for row in rows)
    latest = max(row.not_before for row in open_rows)
    return Transient(states, retry_after=decisions.seconds_until(latest, now))


def _unwritten(one: Attempted, error: Exception, now: int) -> Exception:
    if not one.ended:
        return error
    # The claim is still our own. Coming back before it ends would find it and leave.
    until = max(claim.lease_until for claim, _ in one.ended)
    unwritten = Transient("how it ended could not be written", decisions.seconds_until(until, now))
    unwritten.__cause__ = error
    return unwritten
