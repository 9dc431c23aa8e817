"""How API calls are counted in portions: pure.

A portion is a part of the month's amount that was reserved in D1 beforehand. Calls spend from it without asking D1, so
that a hundred calls cost D1 two rows, and no number of parallel calls can spend what was not reserved.
"""

import msgspec

from propflow.clock import DAY
from propflow.metering import period

LARGEST = 100  # calls


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a tenant's API key. `limit` is what the caller's plan allows in a month, None for any number."""

    tenant_id: str
    limit: int | None
    now: int


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the call is within the plan; if not, how much is used.

    What a portion cost is no part of it: it is for a hundred calls, and must not tell one from another.
    """

    allowed: bool
    used: int = 0


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """`left` calls of a month, and those spent that are not written yet, by the instant at which their day began."""

    month: str
    left: int
    spent: dict[int, int] = {}


def size_of(limit: int | None) -> int:
    """How many calls to reserve at once: a tenth of a small plan, so that a lost portion costs no more than that."""
    return LARGEST if limit is None else max(1, min(LARGEST, limit // 10))


def spend(portion: Portion | None, now: int) -> Portion | None:
    """The portion after one more call; None when there is none left for this month."""
    if portion is None or portion.left < 1 or portion.month != period(now):
        return None
    day = now - now % DAY
    return Portion(
        month=portion.month, left=portion.left - 1, spent=portion.spent | {day: portion.spent.get(day, 0) + 1}
    )
