"""Pure: what becomes of a message that holds its deliveries and whose turn to be sent comes too late.

A claim is not made longer for a group: it must end before the sweeper repeats a message. So who cannot be sure any more
to end before it gives back what it holds, as if it had never taken it, and is handled singly, with a claim of its own.
"""

from collections.abc import Sequence

from notify.channels.base import PROVIDER_TIMEOUT
from notify.delivery.decisions import Claim, Outcome
from propflow import clock

CALLS = 3  # of one message, one after the other: an e-mail, and an SMS that is looked for and sent
WRITING = 2 * clock.SECOND  # how it ended


def begins_in_time(claims: Sequence[Claim], now: int) -> bool:
    """Whether a message whose turn is now ends before its leases do, however slow the providers are."""
    return all(now + CALLS * PROVIDER_TIMEOUT + WRITING <= claim.lease_until for claim in claims)


def needs_provider(claim: Claim, instead: Outcome | None) -> bool:
    """Whether an attempt is a call. What ends otherwise is only looked for, where it may have been sent before."""
    return instead is None or claim.status == "unknown"


def given_back(claim: Claim) -> Outcome:
    """Nothing was attempted; the delivery is free, and what it took of plan and budgets is kept for who takes it."""
    return Outcome(status="unknown" if claim.status == "unknown" else "pending", given_back=True)
