"""What guests are told, by as many messages as a batch of the queue brings.

One batch reads what there is to tell, to whom, and who tells it. Sending is outside every transaction, so it stands
between two more: one takes the deliveries for a while (a lease), the other writes how the attempts ended and closes the
messages that have nothing left to do. Whoever is killed in between leaves leases that end, and the next attempt asks
the provider before it sends again.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice

from notify import composer, decisions, repository
from notify.attempts import attempt
from notify.budgets import Told, Used
from notify.channels.base import Transport
from notify.composer import Booking, Email, Sms
from notify.decisions import Claim, Later, Outcome
from notify.endings import Attempted
from notify.late import given_back
from notify.repository import Way
from notify.sender import Sender
from notify.settings import Settings
from notify.templates import TEMPLATES, Template
from notify.turns import in_turn
from notify.ways import Facts, Taken, ways
from propflow import clock, log, metering
from propflow.bindings.d1 import ConstraintFailed, Database, Result, Statement
from propflow.consumer import Endings
from propflow.errors import Permanent, Transient, Unavailable
from propflow.messages import BookingNotification
from propflow.standing import SUSPENDED

Telling = tuple[BookingNotification, str]  # and the template that it is told with


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
        found, endings = await self._read(told)
        if found:
            endings |= await in_turn(self._db, await self._claim(found), self._attempt_all)
        return endings

    async def _read(self, told: Sequence[Telling]) -> tuple[list[Facts], dict[str, Exception | None]]:
        """What there is to tell, and how those messages ended of which there is nothing."""
        results = iter(await self._db.batch([one for message, _ in told for one in repository.facts(message)]))
        found, refused, now = list[Facts](), dict[str, Exception | None](), clock.now_ms()
        for message, template in told:
            try:
                found.append(_known(message, template, islice(results, 3), now))
            except (Permanent, Unavailable) as error:
                refused[message.outbox_id] = error
        return found, refused

    async def _claim(self, found: Sequence[Facts]) -> list[Taken]:
        """Take all deliveries that nobody works on. The statements of one message lean on each other."""
        reached = [ways(facts, self._settings) for facts in found]
        claims = [_claim(facts, by) for facts, by in zip(found, reached, strict=True)]
        try:
            results = iter(await self._db.batch([one for claim in claims for one in claim]))
        except ConstraintFailed as refused:
            if refused.name != "guard_failed":
                raise
            raise Transient("a booking was changed just now") from None
        taken = [[row for one in islice(results, len(claim)) for row in one.rows(Claim)] for claim in claims]
        return [Taken(*one) for one in zip(found, reached, taken, strict=True)]

    async def _attempt_all(self, taken: Taken, late: bool) -> Attempted:
        message = taken.facts.message
        log.bind(request_id=message.request_id, tenant_id=message.tenant_id, outbox_id=message.outbox_id)
        # One after the other: several messages are attempted at once, and six connections are all there is.
        ended = [(claim, await self._attempt(taken, claim, late)) for claim in taken.claims]
        return Attempted(message, ended)

    async def _attempt(self, taken: Taken, claim: Claim, late: bool) -> Outcome:
        if late and claim.metered is not None:
            return given_back(claim)
        template, booking = TEMPLATES[taken.facts.template], taken.facts.booking
        instead = partial(self._instead, taken.facts, taken.ways[claim.channel], claim)
        if claim.channel == "email":
            return await attempt(self._email, lambda: composer.email(template, booking), claim, instead)
        return await attempt(self._sms, lambda: _sms(template, booking), claim, instead)

    async def _instead(self, facts: Facts, way: Way, claim: Claim) -> Outcome | None:
        """What is to happen instead of sending: None for what may be sent and has taken its share."""
        if way.refusal is not None:
            return decisions.skipped(way.refusal)
        return None if claim.metered is not None else await self._without_share(facts, way, claim)

    async def _without_share(self, facts: Facts, way: Way, claim: Claim) -> Outcome:
        """The month's amount is gone, or a budget is; or something was forbidden just now."""
        month, used, told = await self._db.batch(repository.spent(facts.message, facts.template, way, facts.now))
        [spent] = month.rows(metering.Spent)
        if spent.limit is not None and spent.used >= spent.limit:
            return decisions.skipped(decisions.USED_UP)
        return decisions.without_share(way.budgets, used.rows(Used), told.rows(Told)[0], claim, facts.now)


def _known(message: BookingNotification, template: str, results: Iterable[Result], now: int) -> Facts:
    """Raises Permanent when there is no such booking, Unavailable when its tenant is suspended."""
    booking, sender, later = results
    known = booking.one(Booking)
    if known is None:
        raise Permanent("the booking does not exist")
    writer = sender.rows(Sender)[0]
    if writer.suspended:
        raise Unavailable("tenant_suspended", SUSPENDED)
    return Facts(message, template, known, writer, later.rows(Later), now)


def _claim(facts: Facts, reached: Mapping[str, Way]) -> list[Statement]:
    version = facts.booking.version
    return repository.claim(facts.message, facts.template, version, list(reached.values()), facts.now)


def _sms(template: Template, booking: Booking) -> Sms:
    decisions.check_phone(booking.guest_phone or "")
    return composer.sms(template, booking)
