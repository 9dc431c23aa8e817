"""What people are told about their account. Whether it is still true is judged when the mail's turn comes."""

from collections.abc import Sequence
from functools import partial

import msgspec

from notify.channels.base import Transport
from notify.channels.contents import Email
from notify.context import Bindings
from notify.delivery import budgets, decisions, mails_repository
from notify.delivery.attempts import Instead, attempt, nothing
from notify.delivery.budgets import NOTHING_TOLD, Budget, Used
from notify.delivery.decisions import Claim, Outcome
from notify.delivery.endings import conclude, once
from notify.letters.accounts import composer, repository, rules
from notify.letters.accounts.models import Facts
from notify.letters.accounts.templates import TEMPLATES
from propflow import clock
from propflow.errors import Unavailable
from propflow.messages import AccountMailRequested
from propflow.standing import SUSPENDED


class AccountMails:
    """Writes to people about their account, once. The link is made here: nothing that is stored holds its token."""

    def __init__(self, bindings: Bindings, email: Transport[Email]) -> None:
        self._db = bindings.core
        self._email = email
        self._settings = bindings.settings

    async def send(self, message: AccountMailRequested) -> None:
        """Raises Transient while the delivery was attempted and is not final."""
        if message.mail == "invitation":
            await self._invite(message)
            return
        facts, claim = repository.facts(message), repository.claim(message, clock.now_ms())
        await once(self._db, message, (facts, Facts), claim, partial(self._attempt, message))

    async def _invite(self, message: AccountMailRequested) -> None:
        """An invitation goes to a stranger, and takes of what one mailbox gets: what is gone puts it off.

        Raises Unavailable when the tenant was suspended just now.
        """
        now = clock.now_ms()
        facts = (await self._db.run(repository.facts(message))).one(Facts)
        if facts is not None and facts.suspended:
            raise Unavailable("tenant_suspended", SUSPENDED)
        taken = self._budgets(message, facts, now)
        *_, claimed = await self._db.batch(repository.claim_with_share(message, taken, now))
        ended = [
            (one, await self._attempt(message, one, facts, partial(self._without_share, one, taken)))
            for one in claimed.rows(Claim)
        ]
        await conclude(self._db, message, ended)

    def _budgets(self, message: AccountMailRequested, facts: Facts | None, now: int) -> list[Budget]:
        if facts is None or rules.reason_to_skip(message.mail, facts, now) is not None:
            return []
        recipient = budgets.hashed(self._settings.JWT_SIGNING_KEY, "email", facts.email)
        most = self._settings.unproven_emails_hourly
        return budgets.to_mailbox(facts.proven, message.tenant_id, recipient, now, most)

    async def _without_share(self, claim: Claim, taken: Sequence[Budget]) -> Outcome | None:
        """What is to happen instead of sending: None for what has taken its share."""
        if claim.tried_at is not None:
            return None
        used = (await self._db.run(mails_repository.spent(taken))).rows(Used)
        return decisions.without_share(taken, used, NOTHING_TOLD, claim, clock.now_ms())

    async def _attempt(
        self, message: AccountMailRequested, claim: Claim, facts: Facts | None, instead: Instead = nothing
    ) -> Outcome:  # fmt: skip
        if facts is not None and message.mail == "operator_alerts":
            facts = msgspec.structs.replace(facts, email=self._settings.OPERATOR_EMAIL)
        reason = rules.reason_to_skip(message.mail, facts, clock.now_ms())
        if facts is None or reason is not None:
            return decisions.skipped(reason or "")
        return await attempt(self._email, lambda: self._compose(message, facts), claim, instead)

    def _compose(self, message: AccountMailRequested, facts: Facts) -> Email:
        settings = self._settings
        link = rules.link(message.mail, message.object_id, facts, settings.APP_BASE_URL, settings.JWT_SIGNING_KEY)
        return composer.email(TEMPLATES[message.mail], facts, link, message.ended)
