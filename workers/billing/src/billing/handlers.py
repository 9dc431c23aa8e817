"""The queue's messages, each translated into one use case."""

from collections.abc import Sequence

from billing import service
from propflow import clock
from propflow.bindings.d1 import Database
from propflow.consumer import Endings
from propflow.messages import BillingJob, BookingCancelled, BookingChanged, BookingConfirmed


class Billing:
    """Handles the messages of the billing queue."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def together(self, messages: Sequence[BillingJob]) -> Endings:
        """What is said of bookings in one batch of the queue is settled in one batch of the database."""
        closed = await service.settle_bookings(self._db, messages, now=clock.now_ms())
        return {message.outbox_id: None for message in closed}

    async def handle(self, message: BillingJob) -> None:
        """One message."""
        match message:
            case BookingConfirmed() | BookingCancelled() | BookingChanged():
                await service.settle_booking(self._db, message, now=clock.now_ms())
