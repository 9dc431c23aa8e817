"""RRULE, read and bounded before the library sees it: rule 4 of docs/calendars.md.

dateutil knows what a rule means, but not when to stop: a rule that fits no day (30 February) keeps it searching until
the year 9999, and INTERVAL=0 for ever. Results cannot bound that, since there are none; its steps can. It adds INTERVAL
once for each period that it looks at, so an INTERVAL that counts how often it is added counts the steps.
"""

import re
from collections.abc import Container, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from calsync.ical.errors import EventBroken

MAX_STEPS = 1_000
MAX_INTERVAL = 1_000
MAX_COUNT = 10**12
MOST_VALUES = 366  # in one part
FREQUENCIES = {"YEARLY": YEARLY, "MONTHLY": MONTHLY, "WEEKLY": WEEKLY, "DAILY": DAILY}
DAYS = {YEARLY: 366, MONTHLY: 31, WEEKLY: 7, DAILY: 1}  # that the library looks at in one step
MOST = 1_000_000  # see Budget
PER_STEP, PER_RESULT, PER_OCCURRENCE, PER_SERIES, PER_DATE = 40, 5, 150, 600, 40
TOO_FREQUENT = ("HOURLY", "MINUTELY", "SECONDLY")


def _either(most: int) -> frozenset[int]:
    """1 to `most`, from the beginning or, negative, from the end."""
    return frozenset(range(-most, most + 1)) - {0}


# The parts of a rule: the library's name, and the numbers that may stand there.
_NUMBERS = {
    "BYMONTH": ("bymonth", frozenset(range(1, 13))),
    "BYMONTHDAY": ("bymonthday", _either(31)),
    "BYYEARDAY": ("byyearday", _either(366)),
    "BYWEEKNO": ("byweekno", _either(53)),
    "BYSETPOS": ("bysetpos", _either(366)),
}
_TIMES = {
    "BYHOUR": ("byhour", frozenset(range(24))),
    "BYMINUTE": ("byminute", frozenset(range(60))),
    "BYSECOND": ("bysecond", frozenset(range(60))),
}
_WEEKDAYS = {name: weekday(number) for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_WEEKDAY = re.compile(r"^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$", re.ASCII)
_WEEKS = _either(53)
_NUMBER = re.compile(r"^[+-]?\d{1,12}$", re.ASCII)
_WHICH_DAYS = ("byweekno", "byyearday", "bymonthday", "byweekday")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that may be carried out. `by` are the library's arguments, `until` is as the calendar writes it."""

    frequency: int
    interval: int
    count: int | None
    until: str
    by: dict[str, Any]


class Budget:
    """What the series of one calendar may cost, all together. One unit is a day that the library looks at: 0.2 µs."""

    def __init__(self, units: int = MOST) -> None:
        self._left = units

    def spend(self, units: int) -> None:
        """Raises EventBroken when the calendar has used up what it may."""
        self._left -= units
        if self._left < 0:
            raise too_costly()


def parse(text: str) -> Rule:
    """Read the value of RRULE. Raises EventBroken for what is wrong, not understood or not carried out."""
    parts = dict(_part(pair) for pair in text.upper().strip().rstrip(";").split(";"))
    by: dict[str, Any] = {}
    name = parts.pop("FREQ", "")
    if name in TOO_FREQUENT:
        raise _too_frequent()
    if name not in FREQUENCIES:
        raise _not_understood()
    interval = _among(range(1, MAX_INTERVAL + 1), parts.pop("INTERVAL", "1"))
    count = _among(range(1, MAX_COUNT), parts.pop("COUNT")) if "COUNT" in parts else None
    until = parts.pop("UNTIL", "")
    if "WKST" in parts:
        by["wkst"] = _weekday(parts.pop("WKST"))
    for part, value in parts.items():
        argument, found = _by(part, value)
        by[argument] = found
    by.setdefault("wkst", _WEEKDAYS["MO"])
    return Rule(frequency=FREQUENCIES[name], interval=interval, count=count, until=until, by=by)


def starts(rule: Rule, begin: datetime, first: datetime, last: datetime, budget: Budget) -> Iterator[datetime]:
    """When an entry that begins at `begin` does so again, from `first` to `last`, all on its own clock.

    Raises EventBroken when that cannot be known in MAX_STEPS steps, or when `budget` is used up.
    """
    if last < begin:
        return
    begin, by = _forwarded(rule, begin, first)
    useful = _periods(rule, begin, last)
    step = _Step(rule.interval, min(useful, MAX_STEPS), DAYS[rule.frequency], budget)
    try:
        found: Any = rrule(rule.frequency, dtstart=begin, interval=step, count=rule.count, cache=False, **by)
        for at in found:
            budget.spend(PER_RESULT)
            if at > last:
                return
            if at >= first:
                yield at
    except _Enough:
        if useful > MAX_STEPS:
            raise too_costly() from None
    except ValueError:
        raise _not_understood() from None


def too_costly() -> EventBroken:
    """The rule asks for more than is carried out."""
    return EventBroken("recurring", "The entry repeats too often, or began too long ago, to be followed.")


class _Enough(Exception):
    """The library has taken all the steps that it may."""


class _Step(int):
    """An INTERVAL that counts how often it is added."""

    _left: int
    _days: int
    _budget: Budget

    def __new__(cls, interval: int, steps: int, days: int, budget: Budget) -> "_Step":
        step = super().__new__(cls, interval)
        step._left, step._days, step._budget = steps, days, budget
        return step

    def _take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _Enough
        self._budget.spend(PER_STEP + self._days)

    def __radd__(self, other: int) -> int:
        self._take()
        return super().__radd__(other)

    def __mul__(self, other: int) -> int:  # of weeks it adds the days
        self._take()
        return super().__mul__(other)


def _forwarded(rule: Rule, begin: datetime, first: datetime) -> tuple[datetime, dict[str, Any]]:
    """Begin shortly before `first`, as many whole intervals later as fit, and say outright what the library would have
    derived from the true beginning. A rule that counts has to be followed from there."""
    by = dict(rule.by)
    if rule.count is not None or first <= begin:
        return begin, by
    if rule.frequency in (DAILY, WEEKLY):
        days = rule.interval * DAYS[rule.frequency]
        return begin + timedelta(days=days * max(0, (first - begin).days // days - 1)), by
    monthly = rule.frequency == MONTHLY
    months = rule.interval * (1 if monthly else 12)
    skipped = months * max(0, ((first.year - begin.year) * 12 + first.month - begin.month) // months - 1)
    if not skipped:
        return begin, by
    if not any(name in by for name in _WHICH_DAYS):
        by["bymonthday"] = begin.day
        if not monthly:
            by.setdefault("bymonth", begin.month)
    year, month = divmod(begin.year * 12 + begin.month - 1 + skipped, 12)
    return begin.replace(year=year, month=month + 1 if monthly else 1, day=1), by


def _periods(rule: Rule, begin: datetime, last: datetime) -> int:
    """Steps from `begin` until nothing before `last` can follow."""
    if rule.frequency in (DAILY, WEEKLY):
        return (last - begin).days // (rule.interval * DAYS[rule.frequency]) + 2
    months = (last.year - begin.year) * 12 + last.month - begin.month
    return months // (rule.interval * (1 if rule.frequency == MONTHLY else 12)) + 2


def _part(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise _not_understood()
    return name.strip(), value.strip()


def _by(part: str, value: str) -> tuple[str, Any]:
    """One BY… part as the library's argument."""
    values = value.split(",")
    if len(values) > MOST_VALUES:
        raise _not_understood()
    if part in _NUMBERS:
        name, allowed = _NUMBERS[part]
        return name, [_among(allowed, text) for text in values]
    if part in _TIMES:
        name, allowed = _TIMES[part]
        if len(values) > 1:
            raise _too_frequent()
        return name, _among(allowed, value)
    if part == "BYDAY":
        return "byweekday", [_weekday(text.strip()) for text in values]
    raise _not_understood()


def _weekday(text: str) -> Any:
    match = _WEEKDAY.match(text)
    if not match:
        raise _not_understood()
    day = _WEEKDAYS[match[2]]
    return day if match[1] is None else day(_among(_WEEKS, match[1]))


def _among(allowed: Container[int], text: str) -> int:
    """One of the numbers that are allowed. Raises EventBroken."""
    if not _NUMBER.match(text.strip()) or int(text) not in allowed:
        raise _not_understood()
    return int(text)


def _too_frequent() -> EventBroken:
    return EventBroken("recurring", "The entry repeats several times a day; such entries are not imported.")


def _not_understood() -> EventBroken:
    return EventBroken("recurring", "The entry repeats by a rule that is wrong or not known.")
