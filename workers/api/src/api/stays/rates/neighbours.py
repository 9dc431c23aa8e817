"""What lies next to a stay, and what follows from it: pure, with today as an argument."""

from datetime import date

import msgspec

from api.stays.rates.views import RateRules


class Neighbours(msgspec.Struct, frozen=True):
    """What takes the unit, or a part of it, around a stay; None where nothing does, or where no rule asks for it.

    `near` is the start and end of what may be too near where the unit must be prepared. `before` is when the last
    thing before the stay ends and `after` when the first thing that follows it begins: they bound its gap, so a hold is
    neither.
    """

    near: tuple[str, str] | None = None
    before: str | None = None
    after: str | None = None


def too_close(near: tuple[str, str], check_in: date, check_out: date, days: int) -> bool:
    """Whether the neighbour leaves too few days; nights that it takes itself are for the ledger to refuse."""
    start, end = date.fromisoformat(near[0]), date.fromisoformat(near[1])
    after, before = (start - check_out).days, (check_in - end).days
    return 0 <= after < days or 0 <= before < days


def gap_around(neighbours: Neighbours, rules: RateRules, today: date, check_in: date, check_out: date) -> int | None:
    """How many nights can be sold between what is before the stay and what follows it; None when nothing does.

    Nights of preparation cannot be sold, nor can those that are over or too near: a stay that wants such a night lies
    in no gap. Who takes nights of the stay itself is for the ledger to refuse.
    """
    if neighbours.after is None:
        return None
    days, begins = rules.preparation_days, first_for_sale(rules, today)
    if neighbours.before is not None:
        begins = max(begins, _number(neighbours.before) + days)
    ends = _number(neighbours.after) - days
    return ends - begins if begins <= check_in.toordinal() and check_out.toordinal() <= ends else None


def first_for_sale(rules: RateRules, today: date) -> int:
    """The first night that can still be sold, as the ordinal of its date."""
    return today.toordinal() + (rules.advance_notice_days or 0)


def _number(day: str) -> int:
    """A date as its ordinal."""
    return date.fromisoformat(day).toordinal()
