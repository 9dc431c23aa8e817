"""Decisions about blocks: pure."""

from datetime import date, timedelta
from itertools import pairwise

from api.stays.blocks.errors import invalid_range, invalid_repeat, range_too_long

LONGEST = 1_830  # nights of one block: five years
MOST = 120  # occurrences of a repetition
FARTHEST = 731  # days from the first occurrence to `until`
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Range = tuple[str, str]


def nights_of(start: str, end: str) -> int:
    """How many nights `[start, end)` has. Raises Unprocessable when there are none or too many."""
    count = (date.fromisoformat(end) - date.fromisoformat(start)).days
    if count < 1:
        raise invalid_range()
    if count > LONGEST:
        raise range_too_long(LONGEST)
    return count


def occurrences(start: str, end: str, every_weeks: int, weekdays: list[str], until: str) -> list[Range]:
    """Every occurrence of a repetition, as long as the first one: none starts after `until`.

    Weeks begin on Monday and are counted from the one in which the first occurrence starts.
    """
    nights = nights_of(start, end)
    first, last = date.fromisoformat(start), date.fromisoformat(until)
    _check(first, last, weekdays)
    monday = first - timedelta(days=first.weekday())
    wanted = sorted({WEEKDAYS.index(name) for name in weekdays})
    weeks = range(0, (last - monday).days // 7 + 1, every_weeks)
    days = [monday + timedelta(weeks=week, days=day) for week in weeks for day in wanted]
    found = [day for day in days if first <= day <= last]
    if len(found) > MOST:
        raise invalid_repeat(f"A repetition has at most {MOST} occurrences; this one has {len(found)}.", "until")
    if any((after - before).days < nights for before, after in pairwise(found)):
        raise invalid_repeat("The occurrences would overlap one another.", "weekdays")
    return [(day.isoformat(), (day + timedelta(days=nights)).isoformat()) for day in found]


def _check(first: date, last: date, weekdays: list[str]) -> None:
    if WEEKDAYS[first.weekday()] not in weekdays:
        raise invalid_repeat(f"start is a {WEEKDAYS[first.weekday()]}, so weekdays must name it.", "weekdays")
    if last < first:
        raise invalid_repeat("until must not be before start.", "until")
    if (last - first).days > FARTHEST:
        raise invalid_repeat("until may be at most two years after start.", "until")
