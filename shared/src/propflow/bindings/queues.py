"""Queues. Bodies are JSON text (content type "text"): nothing is converted on the way.

https://developers.cloudflare.com/queues/configuration/javascript-apis/
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from propflow.bindings import meter
from propflow.bindings.convert import to_object

MAX_BATCH = 100  # messages in one sendBatch
LONGEST_DELAY = 86_400  # seconds


class Queue:
    """A queue this Worker produces to."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def send(self, bodies: Sequence[str], delay_seconds: int = 0) -> None:
        """Send up to 100 bodies in one call. They arrive at least once, in any order."""
        if not bodies:
            return
        batch = [{"body": body, "contentType": "text", "delaySeconds": delay_seconds} for body in bodies]
        spent = meter.current()
        spent.subrequests += 1
        spent.queued += len(bodies)
        await self._raw.sendBatch(to_object(batch))


class Received:
    """One message of a batch that this Worker consumes. The first `ack` or `retry` counts."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.id = str(raw.id)
        self.attempts = int(raw.attempts)  # 1 at the first delivery
        self.body = raw.body if isinstance(raw.body, str) else msgspec.json.encode(raw.body, enc_hook=str).decode()

    def ack(self) -> None:
        """Never deliver this message again."""
        self._raw.ack()

    def retry(self, seconds: int) -> None:
        """Deliver it again after a pause, of a day at most; after the last retry it goes to the dead-letter queue."""
        self._raw.retry(delaySeconds=min(seconds, LONGEST_DELAY))


def received(batch: Any) -> list[Received]:
    """The messages of the batch that the runtime handed to the entry class."""
    return [Received(message) for message in batch.messages]
