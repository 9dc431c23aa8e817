"""What is delivered to a guest, and what one attempt at it holds."""

from collections.abc import Awaitable, Callable

import msgspec

from notify.delivery.budgets import Budget
from notify.delivery.decisions import Claim, Outcome
from propflow.messages import BookingNotification


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to the guest: what is known to stand against it, and what it takes when nothing does."""

    channel: str
    refusal: str | None
    budgets: list[Budget]


class Letter(msgspec.Struct, frozen=True):
    """A message to a guest and the ways to them, by channel. It tells of the booking in the `version` that was read.

    `attempt` sends it by the way of a claim, unless something else is to happen instead.
    """

    message: BookingNotification
    template: str
    version: int
    ways: dict[str, Way]
    now: int
    attempt: Callable[[Claim, Outcome | None], Awaitable[Outcome]]


class Taken(msgspec.Struct, frozen=True):
    """A letter, and the deliveries of it that this attempt holds."""

    letter: Letter
    claims: list[Claim]
