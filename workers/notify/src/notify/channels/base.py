"""What every transport can do."""

from typing import Protocol, TypeVar

from propflow import clock

PROVIDER_TIMEOUT = 8 * clock.SECOND  # of one call

C = TypeVar("C", contravariant=True)


class Transport(Protocol[C]):
    """One provider of one channel. `key` is the delivery's id: the provider sees the same one in every attempt.

    Both methods raise Permanent when this message can never be sent, Transient when it was certainly not taken,
    and Uncertain when nobody can tell. What only the operator can repair (a wrong key, no credit) is Transient: it
    ends as a dead letter that can be replayed, while a Permanent failure is the end of the delivery.
    """

    async def send(self, content: C, key: str) -> str:
        """Hand the message over. Returns the provider's id of it, "" when it took it before and does not tell."""

    async def find_earlier(self, content: C, key: str, since: int, now: int) -> str | None:
        """After an attempt whose end is unknown: the provider's id of the message, or None when `send` is safe."""
