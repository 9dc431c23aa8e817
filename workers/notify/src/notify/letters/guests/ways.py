"""The ways to a guest: what stands against each, and what it takes when nothing does. Nothing is taken here."""

from notify.delivery import budgets
from notify.delivery.budgets import Budget
from notify.delivery.models import Way
from notify.letters.guests import costs, rules
from notify.letters.guests.models import Facts
from notify.letters.guests.sender import why_not
from notify.letters.guests.templates import TEMPLATES
from notify.settings import Settings


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
        return costs.emails(facts.sender, tenant_id, recipient, facts.now, settings.unproven_emails_hourly)
    return costs.sms(facts.sender, tenant_id, recipient, facts.now, settings.sms_hourly)


def _refusal(facts: Facts, channel: str, address: str) -> str | None:
    """Why the guest is not told this way, as far as that is known before anything is taken."""
    if (reason := rules.reason_to_skip(TEMPLATES[facts.template], facts.booking, facts.now)) is not None:
        return reason
    if rules.gives_way(facts.template, channel, facts.later):
        return rules.GIVES_WAY
    return why_not(facts.sender, channel, address)
