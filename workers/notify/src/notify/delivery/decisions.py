"""Pure: what to do with a delivery, and when to try again."""

import zlib
from collections.abc import Sequence

import msgspec

from notify.channels.base import PROVIDER_TIMEOUT
from notify.delivery import budgets
from notify.delivery.budgets import Budget, Told, Used
from notify.errors import Uncertain
from propflow import clock
from propflow.errors import DeliveryError, Transient

CLAIM_LIFE = 30 * clock.SECOND
"""How long one attempt may take. A message holds both its deliveries while it sends them one after the other, which is
at most three calls of PROVIDER_TIMEOUT; and it must end before the sweeper repeats the message, after a minute. What
waits for its turn in a group waits no longer than leaves it that time (late.py)."""

SETTLE = 20 * clock.SECOND
"""How long to wait before asking the provider about a message whose fate is unknown: its list may lag behind."""

LADDER = (5 * clock.SECOND, clock.MINUTE, 20 * clock.MINUTE)
"""The shortest pauses: the queue tries four times, and so an outage of twenty minutes is outlived. A provider may ask
for more with Retry-After but not for less: one that says "1" to everybody would use up the four attempts in seconds."""

SPREAD = 10  # percent by which a pause may be longer, so that what failed together does not come back together

LONGEST_WAIT = 2 * clock.DAY  # for a budget
TURNS = 10 * clock.MINUTE  # over which what waited for the same instant is spread

LONGEST_PAUSE = 12 * clock.HOUR  # a queue delays a message by a day at most

TEST_SPACE = "test space"
USED_UP = "the plan's monthly messages are used up"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that this attempt, and nobody else, may work on until `lease_until`.

    `unknown`: an earlier attempt may have reached the provider; `sending`: none has. The first that could have began at
    `tried_at`, null when it is not this one's turn either. `metered` is the month whose amount of the plan it was taken
    from.
    """

    id: str
    channel: str
    status: str
    attempts: int
    lease_until: int
    created_at: int
    metered: str | None = None
    tried_at: int | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt ended. Nobody may try again before `not_before`.

    `awaits`: nothing failed, its turn comes when this budget begins anew. `given_back`: nothing was attempted at all.
    """

    status: str
    provider_id: str | None = None
    reason: str | None = None
    not_before: int = 0
    awaits: Budget | None = None
    given_back: bool = False

    @property
    def put_off(self) -> bool:
        """Whether it is the sweeper's to bring it back, not the queue's."""
        return self.awaits is not None


def sent(provider_id: str) -> Outcome:
    """The provider has taken the message."""
    return Outcome(status="sent", provider_id=provider_id or None)


def skipped(reason: str) -> Outcome:
    """The message shall not be sent, now or later."""
    return Outcome(status="skipped", reason=reason)


def without_share(taken: Sequence[Budget], used: Sequence[Used], told: Told, claim: Claim, now: int) -> Outcome:
    """A budget is gone for now; or what was in the way became free just now."""
    full = budgets.spent(taken, {one.key: one.used for one in used}, told, now)
    if full is None:
        return failed(Transient("what it needs was being changed"), claim, now)
    return put_off(full, claim, now)


def put_off(budget: Budget, claim: Claim, now: int) -> Outcome:
    """It waits until a budget that is used up begins anew, and tells what is true then; not for ever.

    What waits for the same instant does not come back together.
    """
    if now - claim.created_at >= LONGEST_WAIT:
        return skipped(f"{budget.reason}, and it has waited for two days")
    again = budget.ends_at + zlib.crc32(claim.id.encode()) % TURNS
    return Outcome(status="pending", reason=budget.reason, not_before=again, awaits=budget)


def failed(error: DeliveryError, claim: Claim, now: int) -> Outcome:
    """What an attempt that did not succeed leaves behind."""
    reason = str(error)[:500]
    if isinstance(error, Uncertain):
        return Outcome(status="unknown", reason=reason, not_before=now + _pause(error, claim, SETTLE))
    if isinstance(error, Transient):
        status = "unknown" if claim.status == "unknown" else "pending"
        return Outcome(status=status, reason=reason, not_before=now + _pause(error, claim))
    return Outcome(status="failed", reason=reason)


def in_time(claim: Claim, now: int) -> bool:
    """Whether a call that starts now ends before another attempt may begin."""
    return now + PROVIDER_TIMEOUT <= claim.lease_until


def seconds_until(instant: int, now: int) -> int:
    """Whole seconds, rounded up, at least one and no more than a queue takes: the delay of a retried message."""
    return max(1, -(-min(instant - now, LONGEST_PAUSE) // clock.SECOND))


def _pause(error: Transient, claim: Claim, least: int = 0) -> int:
    asked = min((error.retry_after or 0) * clock.SECOND, LONGEST_PAUSE)
    pause = max(asked, LADDER[min(claim.attempts, len(LADDER)) - 1], least)
    return pause + pause * (zlib.crc32(claim.id.encode()) % (SPREAD + 1)) // 100
