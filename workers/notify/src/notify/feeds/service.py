"""What people are told about their feeds. Whether it is still true is judged when the mail's turn comes."""

from notify import decisions
from notify.attempts import attempt
from notify.channels.base import Transport
from notify.composer import Email
from notify.decisions import Claim, Outcome
from notify.endings import conclude
from notify.feeds import composer, repository, rules
from notify.feeds.models import Facts
from notify.feeds.templates import TEMPLATES
from notify.settings import Settings
from propflow import clock
from propflow.bindings.d1 import Database
from propflow.messages import FeedAlertRequested


class FeedAlerts:
    """Writes to one person about one feed, once."""

    def __init__(self, db: Database, email: Transport[Email], settings: Settings) -> None:
        self._db = db
        self._email = email
        self._settings = settings

    async def send(self, message: FeedAlertRequested) -> None:
        """Raises Transient while the delivery was attempted and is not final."""
        found, claimed = await self._db.batch([
            repository.facts(message), repository.claim(message, clock.now_ms()),
        ])  # fmt: skip
        facts = found.one(Facts)
        ended = [(claim, await self._attempt(message, claim, facts)) for claim in claimed.rows(Claim)]
        await conclude(self._db, message, ended)

    async def _attempt(self, message: FeedAlertRequested, claim: Claim, facts: Facts | None) -> Outcome:
        reason = rules.reason_to_skip(message.alert, facts)
        if facts is None or reason is not None:
            return decisions.skipped(reason or "")
        link = self._settings.APP_BASE_URL.rstrip("/")
        return await attempt(self._email, lambda: composer.email(TEMPLATES[message.alert], facts, link), claim, None)
