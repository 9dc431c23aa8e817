"""The ways to a guest: what stands against each, and what it takes when nothing does. Nothing is taken here."""

from collections.abc import Sequence

import msgspec

from notify import budgets, decisions
from notify.budgets import Budget
from notify.composer import Booking
from notify.decisions import Claim, Later
from notify.repository import Way
from notify.sender import Sender, why_not
from notify.settings import Settings
from notify.templates import TEMPLATES
from propflow.messages import BookingNotification


class Facts(msgspec.Struct, frozen=True):
    """What one attempt at a message knows: the booking, who tells of it, and what is told of it later."""

    message: BookingNotification
    template: str
    booking: Booking
    sender: Sender
    later: Sequence[Later]
    now: int


class Taken(msgspec.Struct, frozen=True):
    """A message, and the deliveries of it that this attempt holds."""

    facts: Facts
    ways: dict[str, Way]
    claims: list[Claim]


def ways(facts: Facts, settings: Settings) -> dict[str, Way]:
    """By channel, each by which the guest can be reached. Raises Unavailable for what the operator must repair."""
    reached = {"email": facts.booking.guest_email, "sms": facts.booking.guest_phone}
    return {channel: _way(facts, settings, channel, address) for channel, address in reached.items() if address}


def _way(facts: Facts, settings: Settings, channel: str, address: str) -> Way:
    refusal = _refusal(facts, channel, address)
    taken = [] if refusal is not None else _budgets(facts, settings, channel, address)
    return Way(channel=channel, refusal=refusal, budgets=taken)


def _budgets(facts: Facts, settings: Settings, channel: str, address: str) -> list[Budget]:
    recipient = budgets.hashed(settings.JWT_SIGNING_KEY, channel, address)
    tenant_id = facts.message.tenant_id
    if channel == "email":
        return budgets.emails(facts.sender, tenant_id, recipient, facts.now, settings.unproven_emails_hourly)
    return budgets.sms(facts.sender, tenant_id, recipient, facts.now, settings.sms_hourly)


def _refusal(facts: Facts, channel: str, address: str) -> str | None:
    """Why the guest is not told this way, as far as that is known before anything is taken."""
    if (reason := decisions.reason_to_skip(TEMPLATES[facts.template], facts.booking, facts.now)) is not None:
        return reason
    if decisions.gives_way(facts.template, channel, facts.later):
        return decisions.GIVES_WAY
    return why_not(facts.sender, channel, address)
