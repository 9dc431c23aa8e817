"""What guests are told.

One batch reads what there is to tell, to whom, and who tells it. Sending is outside every transaction, so it stands
between two more: one takes the deliveries for a while (a lease), the other writes how the attempts ended and closes the
message when nothing is left to do. Whoever is killed in between leaves a lease that ends, and the next attempt asks the
provider before it sends again.
"""

from collections.abc import Sequence
from functools import partial

import msgspec

from notify import budgets, composer, decisions, repository
from notify.attempts import attempt
from notify.budgets import Budget, Told, Used
from notify.channels.base import Transport
from notify.composer import Booking, Email, Sms
from notify.decisions import Claim, Later, Outcome
from notify.endings import conclude
from notify.repository import Way
from notify.sender import Sender, why_not
from notify.settings import Settings
from notify.templates import TEMPLATES, Template
from propflow import clock, metering
from propflow.bindings.d1 import ConstraintFailed, Database
from propflow.errors import Permanent, Transient, Unavailable
from propflow.messages import BookingNotification
from propflow.standing import SUSPENDED


class Facts(msgspec.Struct, frozen=True):
    """What one attempt at a message knows: the booking, who tells of it, and what is told of it later."""

    message: BookingNotification
    template: str
    booking: Booking
    sender: Sender
    later: Sequence[Later]
    now: int


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
        facts = await self._read(message, template)
        if facts.sender.suspended:
            raise Unavailable("tenant_suspended", SUSPENDED)
        ways = self._ways(facts)
        claims = await self._claim(facts, list(ways.values()))
        # One after the other: a batch handles several messages at once, and six connections are all there is.
        ended = [(claim, await self._attempt(facts, ways[claim.channel], claim)) for claim in claims]
        await conclude(self._db, message, ended)

    async def _read(self, message: BookingNotification, template: str) -> Facts:
        booking, sender, later = await self._db.batch([
            repository.booking(message), repository.sender(message.tenant_id), repository.later(message),
        ])  # fmt: skip
        known = booking.one(Booking)
        if known is None:
            raise Permanent("the booking does not exist")
        return Facts(message, template, known, sender.rows(Sender)[0], later.rows(Later), clock.now_ms())

    def _ways(self, facts: Facts) -> dict[str, Way]:
        reached = {"email": facts.booking.guest_email, "sms": facts.booking.guest_phone}
        return {channel: self._way(facts, channel, address) for channel, address in reached.items() if address}

    def _way(self, facts: Facts, channel: str, address: str) -> Way:
        refusal = _refusal(facts, channel, address)
        taken = [] if refusal is not None else self._budgets(facts, channel, address)
        return Way(channel=channel, refusal=refusal, budgets=taken)

    def _budgets(self, facts: Facts, channel: str, address: str) -> list[Budget]:
        recipient = budgets.hashed(self._settings.JWT_SIGNING_KEY, channel, address)
        if channel == "email":
            most = self._settings.unproven_emails_hourly
            return budgets.emails(facts.sender, facts.message.tenant_id, recipient, facts.now, most)
        return budgets.sms(facts.sender, facts.message.tenant_id, recipient, facts.now, self._settings.sms_hourly)

    async def _claim(self, facts: Facts, ways: Sequence[Way]) -> list[Claim]:
        statements = repository.claim(facts.message, facts.template, facts.booking.version, ways, facts.now)
        try:
            results = await self._db.batch(statements)
        except ConstraintFailed as refused:
            if refused.name != "guard_failed":
                raise
            raise Transient("the booking was changed just now") from None
        return [claim for result in results for claim in result.rows(Claim)]

    async def _attempt(self, facts: Facts, way: Way, claim: Claim) -> Outcome:
        template, booking = TEMPLATES[facts.template], facts.booking
        instead = partial(self._instead, facts, way, claim)
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


def _refusal(facts: Facts, channel: str, address: str) -> str | None:
    """Why the guest is not told this way, as far as that is known before anything is taken."""
    if (reason := decisions.reason_to_skip(TEMPLATES[facts.template], facts.booking, facts.now)) is not None:
        return reason
    if decisions.gives_way(facts.template, channel, facts.later):
        return decisions.GIVES_WAY
    return why_not(facts.sender, channel, address)


def _sms(template: Template, booking: Booking) -> Sms:
    decisions.check_phone(booking.guest_phone or "")
    return composer.sms(template, booking)
