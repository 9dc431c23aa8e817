"""What guests are told, by as many messages as a batch of the queue brings.

One batch reads what there is to tell, to whom, and who tells it. The letters that come of it are delivered together.
"""

from collections.abc import Sequence
from functools import partial

from notify.channels.base import Transport
from notify.channels.contents import Email, Sms
from notify.context import Bindings
from notify.delivery.attempts import attempt, known
from notify.delivery.decisions import Claim, Outcome
from notify.delivery.models import Letter
from notify.delivery.service import deliver
from notify.letters.guests import composer, rules
from notify.letters.guests.models import Booking, Facts
from notify.letters.guests.reading import Telling, read
from notify.letters.guests.templates import TEMPLATES, Template
from notify.letters.guests.ways import ways
from propflow.consumer import Endings
from propflow.messages import BookingNotification


class Notifier:
    """Tells guests what happened to their booking, once per channel."""

    def __init__(self, bindings: Bindings, email: Transport[Email], sms: Transport[Sms]) -> None:
        self._db = bindings.core
        self._email = email
        self._sms = sms
        self._settings = bindings.settings

    async def tell_guest(self, message: BookingNotification, template: str) -> None:
        """Send by every way the guest can be reached.

        Raises Transient while a delivery that it took is not final, Unavailable when the tenant was suspended just now:
        the consumer lays the message aside when it comes again.
        """
        endings = await self.tell_guests([(message, template)])
        if (error := endings[message.outbox_id]) is not None:
            raise error

    async def tell_guests(self, told: Sequence[Telling]) -> Endings:
        """The same for many messages at once. How each ended, but for those whose turn came too late.

        Raises what stops all of them before anything is sent, such as a booking that was changed just now.
        """
        found, endings = await read(self._db, told)
        if found:
            endings |= await deliver(self._db, [self._letter(facts) for facts in found])
        return endings

    def _letter(self, facts: Facts) -> Letter:
        reached = ways(facts, self._settings)
        attempted = partial(self._attempt, facts)
        return Letter(facts.message, facts.template, facts.booking.version, reached, facts.now, attempted)

    async def _attempt(self, facts: Facts, claim: Claim, instead: Outcome | None) -> Outcome:
        template, booking = TEMPLATES[facts.template], facts.booking
        if claim.channel == "email":
            return await attempt(self._email, lambda: composer.email(template, booking), claim, known(instead))
        return await attempt(self._sms, lambda: _sms(template, booking), claim, known(instead))


def _sms(template: Template, booking: Booking) -> Sms:
    rules.check_phone(booking.guest_phone or "")
    return composer.sms(template, booking)
