"""The queue's messages, each translated into one use case."""

from collections.abc import Sequence

from notify.channels.email.transport import email_transport
from notify.channels.sms.transport import sms_transport
from notify.context import Bindings
from notify.letters.accounts.service import AccountMails
from notify.letters.feeds.service import FeedAlerts
from notify.letters.guests.service import Notifier
from notify.letters.guests.templates import BOOKING_CANCELLED, BOOKING_CHANGED, BOOKING_CONFIRMED
from propflow.consumer import Endings
from propflow.messages import (
    AccountMailRequested,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    BookingNotification,
    FeedAlertRequested,
    Notification,
)

TOLD_WITH: dict[type[BookingNotification], str] = {
    BookingConfirmed: BOOKING_CONFIRMED, BookingCancelled: BOOKING_CANCELLED, BookingChanged: BOOKING_CHANGED,
}  # fmt: skip


class Notifications:
    """Handles the messages of the notifications queue."""

    def __init__(self, bindings: Bindings) -> None:
        email, sms = email_transport(bindings.settings), sms_transport(bindings.settings)
        self._notifier = Notifier(bindings, email, sms)
        self._accounts = AccountMails(bindings, email)
        self._feeds = FeedAlerts(bindings, email)

    async def together(self, messages: Sequence[Notification]) -> Endings:
        """What guests are told by one batch of the queue. Mails about accounts and feeds are few, and go singly."""
        told = [(one, TOLD_WITH[type(one)]) for one in messages if isinstance(one, BookingNotification)]
        return await self._notifier.tell_guests(told) if told else {}

    async def handle(self, message: Notification) -> None:
        """One message."""
        match message:
            case BookingConfirmed() | BookingCancelled() | BookingChanged():
                await self._notifier.tell_guest(message, TOLD_WITH[type(message)])
            case AccountMailRequested():
                await self._accounts.send(message)
            case FeedAlertRequested():
                await self._feeds.send(message)
