"""The rule of TenantRateLimit: a bucket is full again `window_ms` after its first token was taken. Pure.

So of any number of requests at once exactly as many pass as there are tokens, and no window lets more through.
"""

from collections.abc import Mapping

import msgspec

from api.access.portion import Count, Counted
from propflow.bindings.meter import Cost

PARTS = 10  # what a kill forgives at most is a tenth of a bucket


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket by name, and how much it holds."""

    name: str
    capacity: int
    window_ms: int


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """api → TenantRateLimit: one token of each of these, or none at all; then one `call` of the month's amount."""

    limits: list[Bucket]
    call: Count | None = None


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a bucket, and in how many milliseconds it is full again. `empty`: it refused."""

    limit: Bucket
    remaining: int
    reset_ms: int
    empty: bool = False


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """TenantRateLimit → api: each bucket that was asked for, and what the object wrote."""

    levels: list[Level]
    spent: Cost = msgspec.field(default_factory=Cost)
    call: Counted | None = None

    @property
    def allowed(self) -> bool:
        return not any(level.empty for level in self.levels)


class Window(msgspec.Struct, frozen=True):
    """How many tokens were taken of a bucket, and when it is full again. `stored`: how many of them storage knows."""

    used: int
    ends_at: int
    stored: int = 0


def take(windows: Mapping[str, Window], request: Take, now: int) -> tuple[dict[str, Window], list[Level]]:
    """The windows after the request and the levels of its buckets; nothing is taken when one of them is empty."""
    current = {limit.name: _current(windows.get(limit.name), limit, now) for limit in request.limits}
    refused = any(current[limit.name].used >= limit.capacity for limit in request.limits)
    after = live(windows, now)
    levels = []
    for limit in request.limits:
        window = current[limit.name]
        empty = window.used >= limit.capacity
        if not refused:
            window = msgspec.structs.replace(window, used=window.used + 1)
            after[limit.name] = window
        levels.append(_level(limit, window, now, empty))
    return after, levels


def _current(window: Window | None, limit: Bucket, now: int) -> Window:
    if window is None or window.ends_at <= now:
        return Window(0, now + limit.window_ms)
    # A clock that was set back must not keep a bucket empty for long.
    return msgspec.structs.replace(window, ends_at=min(window.ends_at, now + limit.window_ms))


def _level(limit: Bucket, window: Window, now: int, empty: bool) -> Level:
    return Level(
        limit=limit, remaining=max(limit.capacity - window.used, 0), reset_ms=window.ends_at - now, empty=empty
    )


def must_store(window: Window, limit: Bucket) -> bool:
    """Whether this take is to be written: the first of a window, and then one for each tenth of the bucket."""
    return window.stored == 0 or window.used - window.stored >= max(limit.capacity // PARTS, 1)


def live(windows: Mapping[str, Window], now: int) -> dict[str, Window]:
    """The windows that still run; the others are full again and need no memory."""
    return {name: window for name, window in windows.items() if window.ends_at > now}
