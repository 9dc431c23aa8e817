"""Days and months of usage, all in UTC: pure."""

from datetime import date, timedelta

from api.plan.usage.errors import invalid_range
from propflow.clock import day_of

LONGEST_RANGE = 400  # days
MONTHS_KEPT = 13  # whole calendar months before the present one


def range_of(start: str | None, end: str | None, now: int) -> tuple[str, str]:
    """The half-open range that is asked for: this month up to and with today, unless told otherwise.

    Raises Unprocessable for a range that is empty, turned round or too long.
    """
    last = date.fromisoformat(end) if end else date.fromisoformat(day_of(now)) + timedelta(days=1)
    first = date.fromisoformat(start) if start else (last - timedelta(days=1)).replace(day=1)
    if not timedelta(0) < last - first <= timedelta(days=LONGEST_RANGE):
        raise invalid_range(LONGEST_RANGE)
    return first.isoformat(), last.isoformat()


def months_later(month: str, count: int) -> str:
    """Counts months, not days: `2026-01` and -1 is `2025-12`, whatever the length of a month."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:7]) - 1 + count, 12)
    return f"{year:04}-{number + 1:02}"


def kept_since(now: int) -> str:
    """The first month that stays; all of what is older is older than 13 months."""
    return months_later(day_of(now)[:7], -MONTHS_KEPT)
