"""Instants are integer milliseconds UTC; stays are local ISO dates. Rules take both as arguments.

In production the clock stands still during computation (it shows the time of the last input or output),
so it must not be used to measure anything.
"""

import time
from datetime import UTC, date, datetime, timedelta, tzinfo

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LATEST = 4_102_444_800_000  # 2100-01-01T00:00Z: nobody means a later instant, and the last ones cannot be written


def now_ms() -> int:
    """The present instant in milliseconds since 1970-01-01T00:00Z."""
    return int(time.time() * 1000)


def tenant_now(tenant: str, now: str) -> str:
    """What time it is for a tenant, as SQL over the parameters of both: its test clock if it has one, else `now`.

    For what the tenant's data means, where a Worker knows the real time only. A lookup of one row.
    """
    return f"coalesce((SELECT clock_at FROM tenants WHERE id = {tenant}), {now})"


def to_rfc3339(instant: int) -> str:
    """`1764547200000` → `2025-12-01T00:00:00.000Z`."""
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day_of(instant: int, zone: tzinfo = UTC) -> str:
    """The date of an instant in a time zone: `1764547200000` → `2025-12-01`."""
    return datetime.fromtimestamp(instant / 1000, zone).date().isoformat()


def before_2100(at: datetime) -> int:
    """An instant as milliseconds; raises ValueError for one that is too late."""
    instant = int(at.timestamp() * 1000)
    if instant >= LATEST:
        raise ValueError("an instant must be before 2100")
    return instant


def nights(check_in: str, check_out: str) -> list[str]:
    """The local dates of a half-open stay `[check_in, check_out)`, one per night."""
    first, last = date.fromisoformat(check_in), date.fromisoformat(check_out)
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days)]
