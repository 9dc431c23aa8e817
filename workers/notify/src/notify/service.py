"""What guests are told, by as many messages as a batch of the queue brings.

One batch reads what there is to tell, to whom, and who tells it. Sending is outside every transaction, so it stands
between two more: one takes the deliveries for a while (a lease), the other writes how the attempts ended and closes the
messages that have nothing left to do. Whoever is killed in between leaves leases that end, and the next attempt asks
the provider before it sends again.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice

from notify import composer, decisions, repository
from notify.attempts import attempt, known
from notify.channels.base import Transport
from notify.composer import Booking, Email, Sms
from notify.decisions import Claim, Outcome
from notify.endings import Attempted
from notify.late import given_back, needs_provider
from notify.reading import Telling, read
from notify.repository import Way
from notify.settings import Settings
from notify.shares import without_share
from notify.templates import TEMPLATES, Template
from notify.turns import in_turn
from notify.ways import Facts, Taken, ways
from propflow import log
from propflow.bindings.d1 import Database, GuardFailed, Statement
from propflow.consumer import Endings
from propflow.errors import Transient
from propflow.messages import BookingNotification


class Notifier:
    """Tells guests what happened to their booking, once per channel."""

    def __init__(self, db: Database, email: Transport[Email], sms: Transport[Sms], settings: Settings) -> None:
        self._db = db
        self._email = email
        self._sms = sms
        self._settings = settings

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
            taken = await self._claim(found)
            unshared = await without_share(self._db, taken)
            endings |= await in_turn(self._db, taken, partial(self._attempt_all, unshared))
        return endings

    async def _claim(self, found: Sequence[Facts]) -> list[Taken]:
        """Take all deliveries that nobody works on. The statements of one message lean on each other."""
        reached = [ways(facts, self._settings) for facts in found]
        claims = [_claim(facts, by) for facts, by in zip(found, reached, strict=True)]
        try:
            results = iter(await self._db.batch([one for claim in claims for one in claim]))
        except GuardFailed:
            raise Transient("a booking was changed just now") from None
        taken = [[row for one in islice(results, len(claim)) for row in one.rows(Claim)] for claim in claims]
        return [Taken(*one) for one in zip(found, reached, taken, strict=True)]

    async def _attempt_all(self, unshared: Mapping[str, Outcome], taken: Taken, late: bool) -> Attempted:
        message = taken.facts.message
        log.bind(request_id=message.request_id, tenant_id=message.tenant_id, outbox_id=message.outbox_id)
        # One after the other: several messages are attempted at once, and six connections are all there is.
        ended = []
        for claim in taken.claims:
            refusal = taken.ways[claim.channel].refusal
            instead = unshared.get(claim.id) if refusal is None else decisions.skipped(refusal)
            waits = late and needs_provider(claim, instead)
            ended.append((claim, given_back(claim) if waits else await self._attempt(taken.facts, claim, instead)))
        return Attempted(message, ended)

    async def _attempt(self, facts: Facts, claim: Claim, instead: Outcome | None) -> Outcome:
        template, booking = TEMPLATES[facts.template], facts.booking
        if claim.channel == "email":
            return await attempt(self._email, lambda: composer.email(template, booking), claim, known(instead))
        return await attempt(self._sms, lambda: _sms(template, booking), claim, known(instead))


def _claim(facts: Facts, reached: Mapping[str, Way]) -> list[Statement]:
    version = facts.booking.version
    return repository.claim(facts.message, facts.template, version, list(reached.values()), facts.now)


def _sms(template: Template, booking: Booking) -> Sms:
    decisions.check_phone(booking.guest_phone or "")
    return composer.sms(template, booking)
