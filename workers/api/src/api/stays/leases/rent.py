"""Rent by periods: pure, dates in, dates and minor units out.

Full periods follow one another without a gap, from boundary to boundary: every so many months on the due day (on the
day of the start, when none is agreed), or every so many days from the start. Each boundary is reckoned from the first
one, so a 31st that became a 28th in February is a 31st again in March, and a 29th of February comes back in each leap
year. The first and the last period of a lease may be parts of full ones.

A part costs its share by actual days: what is due up to a day is the rent × days so far / days of the full period, to
the nearest minor unit, and a part is the difference between its two ends. So the parts of a period sum to its rent.
"""

from calendar import monthrange
from datetime import date, timedelta

import msgspec

METHOD = "actual_days"
MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"week": 7, "two_weeks": 14, "four_weeks": 28}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed. `end` is None for an open end. `rents` are (from this day, amount), the first from `start`."""

    start: date
    end: date | None
    period: str
    rents: tuple[tuple[date, int], ...]
    due_day: int | None = None


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """`[start, end)`, due on its first day. `of_days` is the length of the full period that it is, or is part of."""

    start: date
    end: date
    days: int
    of_days: int
    amount: int

    @property
    def prorated(self) -> bool:
        """Whether it is a part of a full period only."""
        return self.days < self.of_days


def periods(terms: Terms, since: date, until: date) -> list[Period]:
    """Every period of the lease that ends after `since` and begins before `until`."""
    found: list[Period] = []
    last = until if terms.end is None else min(until, terms.end)
    number = _number(terms, max(since, terms.start))
    while (begins := max(boundary(terms, number), terms.start)) < last:
        ends = boundary(terms, number + 1)
        found.append(_period(terms, number, begins, ends if terms.end is None else min(ends, terms.end)))
        number += 1
    return [period for period in found if period.end > since]


def next_due(terms: Terms, today: date) -> date | None:
    """The first day, today or later, on which rent is due; None when there is none any more."""
    if terms.end is not None and today >= terms.end:
        return None
    number = _number(terms, max(today, terms.start))
    for due in (max(boundary(terms, number), terms.start), boundary(terms, number + 1)):
        if due >= today and (terms.end is None or due < terms.end):
            return due
    return None


def boundary(terms: Terms, number: int) -> date:
    """Where the full period of this number begins; number 0 is the one in which the lease starts."""
    if terms.period in DAYS:
        return terms.start + timedelta(days=DAYS[terms.period] * number)
    return _month_day(_origin(terms) + MONTHS[terms.period] * number, terms.due_day or terms.start.day)


def amount_of(terms: Terms, number: int, begins: date, ends: date) -> int:
    """What `[begins, ends)`, all of it in the full period of this number, costs."""
    first, after = boundary(terms, number), boundary(terms, number + 1)
    whole, total = (after - first).days, 0
    for index, (valid_from, rent) in enumerate(terms.rents):
        valid_until = terms.rents[index + 1][0] if index + 1 < len(terms.rents) else ends
        left, right = max(begins, valid_from), min(ends, valid_until)
        if left < right:
            total += _share(rent, (right - first).days, whole) - _share(rent, (left - first).days, whole)
    return total


def _period(terms: Terms, number: int, begins: date, ends: date) -> Period:
    whole = (boundary(terms, number + 1) - boundary(terms, number)).days
    cost = amount_of(terms, number, begins, ends)
    return Period(start=begins, end=ends, days=(ends - begins).days, of_days=whole, amount=cost)


def _share(rent: int, days: int, whole: int) -> int:
    """`rent × days / whole` to the nearest minor unit, in integers."""
    return (2 * rent * days + whole) // (2 * whole)


def _number(terms: Terms, day: date) -> int:
    """The number of the full period in which a day lies, which is not before the start."""
    if terms.period in DAYS:
        return (day - terms.start).days // DAYS[terms.period]
    number = max((_months(day) - _origin(terms)) // MONTHS[terms.period], 0)
    return number if boundary(terms, number) <= day else number - 1


def _origin(terms: Terms) -> int:
    """The month, counted from the year 0, of boundary 0: the last one that is not after the start."""
    if terms.due_day is None:
        return _months(terms.start)
    due = _months(terms.start)
    if _month_day(due, terms.due_day) == terms.start:
        return due
    if _month_day(due, terms.due_day) < terms.start:
        due += 1
    return due - MONTHS[terms.period]


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_day(months: int, day: int) -> date:
    """The day of a month, or the month's last one where it is shorter."""
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))
