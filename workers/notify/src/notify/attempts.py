"""One attempt at one delivery. However it goes, it ends in an outcome: what breaks must not stop the other channel.

A defect before the call leaves the delivery as it was; after the call has begun nobody can tell whether it was taken.
"""

from collections.abc import Callable
from typing import TypeVar

from notify import decisions
from notify.channels.base import Transport
from notify.decisions import Claim, Outcome
from notify.errors import Uncertain
from propflow import clock, log
from propflow.errors import DeliveryError, Transient

C = TypeVar("C")


async def attempt(
    transport: Transport[C], compose: Callable[[], C], claim: Claim, instead: Outcome | None = None
) -> Outcome:  # fmt: skip
    """Compose the message and hand it over, unless something else is to happen `instead`.

    Raises nothing that stands for a failure of this delivery.
    """
    try:
        return await _deliver(transport, compose(), claim, instead)
    except DeliveryError as error:
        return decisions.failed(error, claim, clock.now_ms())
    except Exception as error:
        log.exception("delivery.failed", error, delivery=claim.id)
        return decisions.failed(Transient(_defect(error)), claim, clock.now_ms())


async def _deliver(transport: Transport[C], content: C, claim: Claim, instead: Outcome | None) -> Outcome:
    if claim.status == "unknown":
        since = claim.created_at if claim.tried_at is None else claim.tried_at
        earlier = await transport.find_earlier(content, claim.id, since, clock.now_ms())
        if earlier is not None:
            return decisions.sent(earlier)
    if instead is not None:
        return instead
    if not decisions.in_time(claim, clock.now_ms()):
        raise Transient("there was no time left to send it")
    return decisions.sent(await _send(transport, content, claim))


async def _send(transport: Transport[C], content: C, claim: Claim) -> str:
    try:
        return await transport.send(content, claim.id)
    except DeliveryError:
        raise
    except Exception as error:
        log.exception("delivery.failed", error, delivery=claim.id)
        raise Uncertain(_defect(error)) from error


def _defect(error: Exception) -> str:
    return f"a defect of ours, which the log describes: {type(error).__name__}"
