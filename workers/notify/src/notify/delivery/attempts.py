"""One attempt at one delivery. However it goes, it ends in an outcome: what breaks must not stop the other channel.

A defect before the call leaves the delivery as it was; after the call has begun nobody can tell whether it was taken.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from notify.channels.base import Transport
from notify.delivery import decisions
from notify.delivery.decisions import Claim, Outcome
from notify.errors import Uncertain
from propflow import clock, log
from propflow.errors import DeliveryError, Transient

C = TypeVar("C")
Instead = Callable[[], Awaitable[Outcome | None]]


async def nothing() -> None:
    """Nothing is to happen instead of sending."""


def known(outcome: Outcome | None) -> Instead:
    """What is to happen instead is known before."""

    async def asked() -> Outcome | None:
        return outcome

    return asked


async def attempt(
    transport: Transport[C], compose: Callable[[], C], claim: Claim, instead: Instead = nothing
) -> Outcome:  # fmt: skip
    """Compose the message and hand it over, unless something else is to happen `instead`, which is asked here.

    Raises nothing that stands for a failure of this delivery.
    """
    try:
        return await _deliver(transport, compose(), claim, instead)
    except DeliveryError as error:
        return decisions.failed(error, claim, clock.now_ms())
    except Exception as error:
        log.exception("delivery.failed", error, delivery=claim.id)
        return decisions.failed(Transient(_defect(error)), claim, clock.now_ms())


async def _deliver(transport: Transport[C], content: C, claim: Claim, instead: Instead) -> Outcome:
    if claim.status == "unknown" and claim.tried_at is not None:
        earlier = await transport.find_earlier(content, claim.id, claim.tried_at, clock.now_ms())
        if earlier is not None:
            return decisions.sent(earlier)
    if (otherwise := await instead()) is not None:
        return otherwise
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
