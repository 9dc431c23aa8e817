"""The queue's messages, each translated into one use case."""

from billing import service
from propflow import clock
from propflow.bindings.d1 import Database
from propflow.messages import BillingJob, BookingCancelled, BookingChanged, BookingConfirmed


class Billing:
    """Handles one message of the billing queue at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def handle(self, message: BillingJob) -> None:
        match message:
            case BookingConfirmed() | BookingCancelled() | BookingChanged():
                await service.settle_booking(self._db, message, now=clock.now_ms())
