"""What people are told about their account. Whether it is still true is judged when the mail's turn comes."""

from functools import partial

import msgspec

from notify import decisions
from notify.accounts import composer, repository, rules
from notify.accounts.models import Facts
from notify.accounts.templates import TEMPLATES
from notify.attempts import attempt
from notify.channels.base import Transport
from notify.composer import Email
from notify.decisions import Claim, Outcome
from notify.endings import once
from notify.settings import Settings
from propflow import clock
from propflow.bindings.d1 import Database
from propflow.messages import AccountMailRequested


class AccountMails:
    """Writes to people about their account, once. The link is made here: nothing that is stored holds its token."""

    def __init__(self, db: Database, email: Transport[Email], settings: Settings) -> None:
        self._db = db
        self._email = email
        self._settings = settings

    async def send(self, message: AccountMailRequested) -> None:
        """Raises Transient while the delivery was attempted and is not final."""
        facts, claim = repository.facts(message), repository.claim(message, clock.now_ms())
        await once(self._db, message, (facts, Facts), claim, partial(self._attempt, message))

    async def _attempt(self, message: AccountMailRequested, claim: Claim, facts: Facts | None) -> Outcome:
        if facts is not None and message.mail == "operator_alerts":
            facts = msgspec.structs.replace(facts, email=self._settings.OPERATOR_EMAIL)
        reason = rules.reason_to_skip(message.mail, facts, clock.now_ms())
        if facts is None or reason is not None:
            return decisions.skipped(reason or "")
        return await attempt(self._email, lambda: self._compose(message, facts), claim)

    def _compose(self, message: AccountMailRequested, facts: Facts) -> Email:
        settings = self._settings
        link = rules.link(message.mail, message.object_id, facts, settings.APP_BASE_URL, settings.JWT_SIGNING_KEY)
        return composer.email(TEMPLATES[message.mail], facts, link, message.ended)
