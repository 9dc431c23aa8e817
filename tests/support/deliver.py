"""Delivering messages to a queue's consumer by hand: more than once, in any order, at the same time."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from support.suite import Suite

CONSUMERS = {"notifications": "notify", "automation": "notify", "billing": "billing", "calsync": "calsync"}
BATCH = 10  # what the product's consumers are configured with


@dataclass(frozen=True)
class Envelope:
    """One message as the queue holds it; `attempts` counts deliveries from 1."""

    body: str
    id: str
    attempts: int = 1


@dataclass(frozen=True)
class Delivered:
    """What the consumer answered: the ids it is done with, and the seconds after which it wants the others again."""

    acked: set[str]
    retried: dict[str, int]


def envelopes(bodies: Iterable[str]) -> list[Envelope]:
    """Each body as a message of its own."""
    return [Envelope(body, secrets.token_hex(8)) for body in bodies]


def deliver(suite: Suite, queue: str, messages: Sequence[Envelope]) -> Delivered:
    """Deliver one batch. `queue` is a short name: `billing`, `billing-dlq`."""
    wrapped = [{"id": one.id, "body": one.body, "attempts": one.attempts} for one in messages]
    result = suite.queue(CONSUMERS[queue.removesuffix("-dlq")], queue, wrapped)
    assert result["outcome"] == "ok", result
    retried = {one["msgId"]: int(one.get("delaySeconds") or 0) for one in result.get("retryMessages") or []}
    acked = {one.id for one in messages} - set(retried)
    assert not (result.get("retryBatch") or {}).get("retry"), result
    return Delivered(acked, retried)


def deliver_one(suite: Suite, queue: str, body: str, attempts: int = 1) -> int | None:
    """Deliver one message; None when it is done, otherwise the seconds after which it wants to come again."""
    [message] = envelopes([body])
    return deliver(suite, queue, [Envelope(body, message.id, attempts)]).retried.get(message.id)


def deliver_many(
    suite: Suite,
    queue: str,
    bodies: Sequence[str],
    *,
    at_once: int = 4,
    seed: int = 0,
    pause: Callable[[], None] | None = None,
) -> list[Envelope]:
    """Deliver every body 1 to 3 times in shuffled batches, several batches at once, and again what is retried.

    Returns the messages. `pause` is called before each further round, to let time pass.
    """
    chance = random.Random(seed)
    first = envelopes(body for body in bodies for _ in range(chance.randint(1, 3)))
    waiting = list(first)
    for attempt in range(1, 9):
        chance.shuffle(waiting)
        batches = [waiting[start : start + BATCH] for start in range(0, len(waiting), BATCH)]
        with ThreadPoolExecutor(at_once) as pool:
            answers = list(pool.map(lambda batch: deliver(suite, queue, batch), batches))
        retried = {one for answer in answers for one in answer.retried}
        waiting = [Envelope(one.body, one.id, attempt + 1) for one in waiting if one.id in retried]
        if not waiting:
            return first
        if pause is not None:
            pause()
    raise AssertionError(f"{len(waiting)} messages were still retried after eight attempts")
