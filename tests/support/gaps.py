"""Gaps between stays as sets of nights, numbered from the first of 2028: what the rules are held against."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from hypothesis import strategies as st

from api.stays.rates.rules import Terms
from api.stays.rates.seasons import Season
from api.stays.rates.views import RateRules

DAY0, END = date(2028, 1, 1), 40
Stay = tuple[int, int]


def day(number: int) -> date:
    return DAY0 + timedelta(days=number)


def iso(number: int) -> str:
    return day(number).isoformat()


def numbers(start: str, end: str) -> Stay:
    return (date.fromisoformat(start) - DAY0).days, (date.fromisoformat(end) - DAY0).days


def nights_of(stays: Iterable[Stay]) -> set[int]:
    return {night for start, end in stays for night in range(start, end)}


def apart(stays: Iterable[Stay], stay: Stay) -> set[int]:
    """The nights of those that share none with a stay: the others are for the ledger to refuse."""
    return nights_of(one for one in stays if one[1] <= stay[0] or one[0] >= stay[1])


def can_be_sold(night: int, firm: set[int], rules: RateRules, today: int) -> bool:
    """Whether nothing that does not run out takes a night, or prepares for it, and it is not too near."""
    days = rules.preparation_days
    near = night < today + (rules.advance_notice_days or 0)
    return not near and firm.isdisjoint(range(night - days, night + days + 1))


def gap_of(firm: set[int], rules: RateRules, today: int, stay: Stay) -> int | None:
    """The nights of a stay, grown to both sides while nights can be sold, if something takes what follows."""
    start, end = stay
    sellable = all(can_be_sold(night, firm, rules, today) for night in range(start, end))
    if not sellable or all(night < end for night in firm):
        return None
    while can_be_sold(start - 1, firm, rules, today):
        start -= 1
    while can_be_sold(end, firm, rules, today):
        end += 1
    return end - start


def asked_of(terms: Terms, arrival: int) -> int:
    """The minimum stay of who arrives on this day, whatever is next to it."""
    said = [one.min_stay for one in terms.seasons if one.start <= iso(arrival) < one.end]
    return next((one for one in said if one is not None), terms.rules.min_stay or 1)


def least_of(terms: Terms, gap: int | None, arrival: int) -> int:
    """The minimum stay in a gap, in words: one that is shorter may be booked whole."""
    least, enough = asked_of(terms, arrival), terms.rules.gap_min_stay
    if enough is None or gap is None or gap >= least or enough >= least:
        return least
    return gap if gap >= enough else enough


def disjoint(cuts: list[int]) -> list[Stay]:
    ordered = sorted(set(cuts))
    return list(zip(ordered[::2], ordered[1::2], strict=False))


STAYS = st.tuples(st.integers(0, END), st.integers(1, 9)).map(lambda one: (one[0], sum(one)))
RULES = st.builds(
    RateRules, min_stay=st.integers(1, 8), gap_min_stay=st.sampled_from([None, 1, 1, 2, 3, 5]),
    max_stay=st.sampled_from([None, None, 8]), preparation_days=st.sampled_from([0, 0, 1, 2]),
    advance_notice_days=st.sampled_from([None, 0, 3]), booking_window_days=st.sampled_from([None, None, 9, 20]),
)  # fmt: skip
CUTS = st.tuples(st.integers(0, END), st.integers(1, 7), st.sampled_from([False, False, True]), st.booleans())
SEASONS = st.lists(CUTS, max_size=3).map(lambda said: [
    Season(iso(a), iso(b), None, least, None, closed and not leaving, closed and leaving)
    for (a, b), (_, least, closed, leaving) in zip(disjoint([one[0] for one in said]), said, strict=False)
])  # fmt: skip
TERMS = st.builds(Terms, st.just(1), SEASONS, RULES)
