"""The queue's messages, each translated into one use case."""

from notify.accounts.service import AccountMails
from notify.channels.email.transport import email_transport
from notify.channels.sms.transport import sms_transport
from notify.feeds.service import FeedAlerts
from notify.service import Notifier
from notify.settings import Settings
from notify.templates import BOOKING_CANCELLED, BOOKING_CHANGED, BOOKING_CONFIRMED
from propflow.bindings.d1 import Database
from propflow.messages import (
    AccountMailRequested,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    FeedAlertRequested,
    Notification,
)


class Notifications:
    """Handles one message of the notifications queue at a time."""

    def __init__(self, db: Database, settings: Settings) -> None:
        email = email_transport(settings)
        self._notifier = Notifier(db, email, sms_transport(settings), settings)
        self._accounts = AccountMails(db, email, settings)
        self._feeds = FeedAlerts(db, email, settings)

    async def handle(self, message: Notification) -> None:
        match message:
            case BookingConfirmed():
                await self._notifier.tell_guest(message, BOOKING_CONFIRMED)
            case BookingCancelled():
                await self._notifier.tell_guest(message, BOOKING_CANCELLED)
            case BookingChanged():
                await self._notifier.tell_guest(message, BOOKING_CHANGED)
            case AccountMailRequested():
                await self._accounts.send(message)
            case FeedAlertRequested():
                await self._feeds.send(message)
