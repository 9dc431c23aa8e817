"""The automation queue. Nothing is sent to it yet, so whatever arrives is recorded as a dead letter."""

import msgspec

from propflow.errors import Permanent
from propflow.messages import Message


class NoEvent(Message, frozen=True, kw_only=True, tag="automation.none"):
    """Holds the place of the first automation event."""


DECODER: msgspec.json.Decoder[NoEvent] = msgspec.json.Decoder(NoEvent)


async def handle(message: NoEvent) -> None:
    """Refuse: there is nothing to do with it."""
    raise Permanent("automation has no events yet")
