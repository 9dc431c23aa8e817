"""What people are told about their feeds. Whether it is still true is judged when the mail's turn comes."""

from functools import partial

from notify.channels.base import Transport
from notify.channels.contents import Email
from notify.context import Bindings
from notify.delivery import decisions
from notify.delivery.attempts import attempt
from notify.delivery.decisions import Claim, Outcome
from notify.delivery.endings import once
from notify.letters.feeds import composer, repository, rules
from notify.letters.feeds.models import Facts
from notify.letters.feeds.templates import TEMPLATES
from propflow import clock
from propflow.messages import FeedAlertRequested


class FeedAlerts:
    """Writes to one person about one feed, once."""

    def __init__(self, bindings: Bindings, email: Transport[Email]) -> None:
        self._db = bindings.core
        self._email = email
        self._settings = bindings.settings

    async def send(self, message: FeedAlertRequested) -> None:
        """Raises Transient while the delivery was attempted and is not final."""
        facts, claim = repository.facts(message), repository.claim(message, clock.now_ms())
        await once(self._db, message, (facts, Facts), claim, partial(self._attempt, message))

    async def _attempt(self, message: FeedAlertRequested, claim: Claim, facts: Facts | None) -> Outcome:
        reason = rules.reason_to_skip(message.alert, facts)
        if facts is None or reason is not None:
            return decisions.skipped(reason or "")
        link = self._settings.APP_BASE_URL.rstrip("/")
        return await attempt(self._email, lambda: composer.email(TEMPLATES[message.alert], facts, link), claim)
