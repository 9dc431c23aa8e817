"""One queue batch: decode, handle, acknowledge.

Malformed → recorded as dead and acknowledged. `Permanent` → recorded, its outbox bit cleared, acknowledged.
`Transient` and unknown errors → retried with a delay; after the last retry the platform moves the message to the
dead-letter queue, which `bury` records in the same table. What cannot be recorded is retried too, and alone: an
exception that left the handler would make the platform repeat its neighbours as well.
`Unavailable` → something of ours is away, which is nothing against the message: retried, but the last attempt
acknowledges it. Its outbox row waits on, and the sweeper sends it again however long that lasts; what has none comes
again by itself.
Of a suspended tenant → acknowledged, with its outbox row parked: it is sent again when the tenant is resumed.

Who can decide on many messages at once gives `together`: it is asked first, and says of each message that it handled
how that ended. What it leaves out, or cannot do because one of them spoils it, is handled one by one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from propflow import log, outbox
from propflow.bindings import meter
from propflow.bindings.d1 import Database, Statement, sql
from propflow.bindings.queues import Received, received
from propflow.clock import now_ms
from propflow.errors import Permanent, Transient, Unavailable
from propflow.messages import Message
from propflow.outbox import Destination

M = TypeVar("M", bound=Message)
Handler = Callable[[M], Awaitable[None]]
Endings = Mapping[str, Exception | None]
"""How the messages of a group ended, by the ids of their outbox rows: None is done, an error is treated as one that was
raised for this message alone."""
Group = Callable[[Sequence[M]], Awaitable[Endings]]  # gets each message once
Ending = Callable[[str], list[Statement]]
ATTEMPTS = 4  # the first, and `max_retries` of infra/manifest.toml
AT_ONCE = 4  # a Worker may wait for six connections; two are left for the database

BURY = """
INSERT OR IGNORE INTO dead_letters (id, queue, tenant_id, outbox_id, body, reason, attempts, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"""


class _Head(msgspec.Struct, frozen=True):
    """What a dead body may still tell about where it belongs."""

    tenant_id: str | None = None
    outbox_id: str | None = None


async def consume(
    batch: Any,
    db: Database,
    destination: Destination,
    decoder: "msgspec.json.Decoder[M]",
    handle: "Handler[M]",
    together: "Group[M] | None" = None,
) -> None:
    """Handle each message of a queue batch on its own, a few at a time, but for those that can be handled `together`.

    One bad neighbour harms nobody: what fails together is tried again one by one.
    """
    messages, malformed = _decode(received(batch), decoder)
    if malformed:
        await _record(db, [(one, [_dead(one, batch.queue, "malformed message")]) for one in malformed])
        log.warning("messages.malformed", queue=batch.queue, count=len(malformed))
    try:
        waiting = await _waiting(db, [message for _, message in messages])
        messages = await _without_suspended(db, messages, waiting)
    except Unavailable as error:
        for envelope, _ in messages:
            _later(envelope, error)
        return
    failed: dict[str, Exception] = {}
    if together is not None:
        messages, failed = await _rest(messages, waiting, batch.queue, destination, together)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one_message(envelope: Received, message: M) -> None:
        async with gate:
            log.bind(queue=batch.queue, message_id=envelope.id, attempt=envelope.attempts)
            log.bind(request_id=message.request_id, tenant_id=message.tenant_id, outbox_id=message.outbox_id)
            error = failed.pop(message.outbox_id, None)  # a copy is handled after it
            await _handle(envelope, message, waiting, batch.queue, db, destination, handle, error)

    await asyncio.gather(*[one_message(envelope, message) for envelope, message in messages])


def _decode(
    envelopes: Sequence[Received], decoder: "msgspec.json.Decoder[M]"
) -> tuple[list[tuple[Received, M]], list[Received]]:
    messages: list[tuple[Received, M]] = []
    malformed: list[Received] = []
    for envelope in envelopes:
        try:
            messages.append((envelope, decoder.decode(envelope.body)))
        except msgspec.MsgspecError:
            malformed.append(envelope)
    return messages, malformed


async def _without_suspended(
    db: Database, messages: list[tuple[Received, M]], waiting: Mapping[str, outbox.Waiting]
) -> list[tuple[Received, M]]:
    """Put off what belongs to suspended tenants; the rest."""
    stopped = {row.id for row in waiting.values() if row.suspended}
    if not stopped:
        return messages
    parked = [one for one in messages if one[1].outbox_id in stopped]
    await db.run(outbox.park([message for _, message in parked], now=now_ms()))
    for envelope, _ in parked:
        envelope.ack()
    log.info("messages.parked", count=len(parked))
    return [one for one in messages if one[1].outbox_id not in stopped]


async def _waiting(db: Database, messages: Sequence[Message]) -> dict[str, outbox.Waiting]:
    """What each outbox row still waits for, by its id, in one statement for the whole batch."""
    recorded = [message for message in messages if not message.rowless]
    if not recorded:
        return {}
    return {row.id: row for row in (await db.run(outbox.states(recorded))).rows(outbox.Waiting)}


async def _rest(
    messages: list[tuple[Received, M]],
    waiting: Mapping[str, outbox.Waiting],
    queue: str,
    destination: Destination,
    together: "Group[M]",
) -> tuple[list[tuple[Received, M]], dict[str, Exception]]:
    """Handle together what still waits; what is not done by that, and which errors are known of it."""
    due = {
        one.outbox_id: one
        for _, one in messages
        if one.outbox_id in waiting and waiting[one.outbox_id].waiting & destination
    }
    if len(due) < 2:
        return messages, {}
    log.bind(queue=queue)
    spent = meter.start()
    try:
        endings = await together(list(due.values()))
    except Exception as error:
        log.warning("messages.apart", count=len(due), reason=f"{type(error).__name__}: {error}")
        return messages, {}
    done = {outbox_id for outbox_id, error in endings.items() if error is None}
    for envelope, message in messages:
        if message.outbox_id in done:
            envelope.ack()
    if endings:
        log.info("messages.done", count=len(done), cost=spent.header())
    rest = [one for one in messages if one[1].outbox_id not in done]
    return rest, {outbox_id: error for outbox_id, error in endings.items() if error is not None}


async def _handle(
    envelope: Received,
    message: M,
    waiting: Mapping[str, outbox.Waiting],
    queue: str,
    db: Database,
    destination: Destination,
    handle: "Handler[M]",
    failed: Exception | None,
) -> None:
    """`failed`: how it ended as one of a group, so that it is not handled again."""
    spent = meter.start()
    try:
        try:
            if failed is not None:
                raise failed
            if not message.rowless and message.outbox_id not in waiting:
                raise Permanent("no outbox row has this tenant and id")
            if message.rowless or waiting[message.outbox_id].waiting & destination:
                await handle(message)
        except Permanent as error:
            await db.batch([_dead(envelope, queue, str(error)), outbox.close(message, destination)])
            log.warning("message.dead", reason=str(error))
    except Unavailable as error:
        _later(envelope, error)
    except Transient as error:
        envelope.retry(error.retry_after or backoff(envelope.attempts))
        log.warning("message.retried", reason=str(error))
    except Exception as error:
        envelope.retry(backoff(envelope.attempts))
        log.exception("message.failed", error)
    else:
        envelope.ack()
        log.info("message.done", type=message.__struct_config__.tag, cost=spent.header())


def _later(envelope: Received, error: Unavailable) -> None:
    """Soon, as long as the queue tries; then when the outbox sends it again. `retry_after` is for callers who wait."""
    if envelope.attempts < ATTEMPTS:
        envelope.retry(backoff(envelope.attempts))
    else:
        envelope.ack()
    log.warning("message.put_off", message_id=envelope.id, attempt=envelope.attempts, reason=str(error))


def _nothing(body: str) -> list[Statement]:
    return []


async def bury(
    batch: Any, db: Database, destination: Destination, ending: Ending = _nothing, closing: str = outbox.CLOSE
) -> None:
    """Record every message of a dead-letter queue and clear its outbox bit, so that nothing re-sends it by itself.

    `ending` says what else ends with a message, by its body; `closing` is what clears the bit, for who knows when not.
    """
    dead: list[tuple[Received, list[Statement]]] = []
    for envelope in received(batch):
        head = _head(envelope.body)
        statements = [_dead(envelope, batch.queue, "every attempt failed"), *ending(envelope.body)]
        if head.tenant_id and head.outbox_id:
            statements.append(sql(closing, head.tenant_id, head.outbox_id, int(destination)))
        dead.append((envelope, statements))
    await _record(db, dead)
    log.warning("messages.dead", queue=batch.queue, count=len(dead))


async def _record(db: Database, dead: Sequence[tuple[Received, list[Statement]]]) -> None:
    """Write and acknowledge, all in one batch; when that fails each on its own, and retry those that fail alone."""
    try:
        await db.batch([statement for _, statements in dead for statement in statements])
    except Exception as error:
        log.exception("messages.unrecorded", error, count=len(dead))
        if len(dead) > 1:
            for one in dead:
                await _record(db, [one])
            return
        for envelope, _ in dead:
            envelope.retry(backoff(envelope.attempts))
        return
    for envelope, _ in dead:
        envelope.ack()


def backoff(attempts: int) -> int:
    """Seconds before the next attempt: 5, 10, 20… at most ten minutes."""
    return int(min(5 * 2 ** (attempts - 1), 600))


def _head(text: str) -> _Head:
    try:
        return msgspec.json.decode(text, type=_Head)
    except msgspec.MsgspecError:
        return _Head()


def _dead(envelope: Received, queue: str, reason: str) -> Statement:
    head = _head(envelope.body)
    return sql(
        BURY, envelope.id, queue, head.tenant_id, head.outbox_id or None,
        envelope.body[:4096], reason[:500], envelope.attempts, now_ms(),
    )  # fmt: skip
