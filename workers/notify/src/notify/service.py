"""What guests are told.

Sending is outside every transaction, so it stands between two batches: the first takes the deliveries for a while
(a lease), the second writes how the attempts ended and closes the message when nothing is left to do. Whoever is
killed in between leaves a lease that ends, and the next attempt asks the provider before it sends again.
"""

from notify import composer, decisions, repository
from notify.attempts import attempt
from notify.channels.base import Transport
from notify.composer import Booking, Email, Sms
from notify.decisions import Claim, Outcome
from notify.endings import conclude
from notify.templates import TEMPLATES, Template
from propflow import clock
from propflow.bindings.d1 import Database
from propflow.errors import Permanent
from propflow.messages import BookingNotification


class Notifier:
    """Tells guests what happened to their booking, once per channel."""

    def __init__(self, db: Database, email: Transport[Email], sms: Transport[Sms]) -> None:
        self._db = db
        self._email = email
        self._sms = sms

    async def tell_guest(self, message: BookingNotification, template: str) -> None:
        """Send by every way the guest can be reached. Raises Transient while a delivery that it took is not final."""
        found, *results = await self._db.batch([
            repository.booking(message), *repository.claim(message, template, clock.now_ms()),
        ])  # fmt: skip
        booking = found.one(Booking)
        if booking is None:
            raise Permanent("the booking does not exist")
        claims = [claim for result in results for claim in result.rows(Claim)]
        # One after the other: a batch handles several messages at once, and six connections are all there is.
        ended = [(claim, await self._attempt(claim, TEMPLATES[template], booking)) for claim in claims]
        await conclude(self._db, message, ended)

    async def _attempt(self, claim: Claim, template: Template, booking: Booking) -> Outcome:
        reason = decisions.reason_to_skip(template, booking, claim)
        if claim.channel == "email":
            return await attempt(self._email, lambda: composer.email(template, booking), claim, reason)
        return await attempt(self._sms, lambda: _sms(template, booking), claim, reason)


def _sms(template: Template, booking: Booking) -> Sms:
    decisions.check_phone(booking.guest_phone or "")
    return composer.sms(template, booking)
