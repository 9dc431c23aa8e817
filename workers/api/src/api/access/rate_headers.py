"""`RateLimit-Policy` and `RateLimit`: which limits a request was charged to, and what is left of them.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10
The levels of a request live in a context variable, like its cost: the door starts them, the charges add to them.
"""

from contextvars import ContextVar

from api.access.bucket import Level

_levels: ContextVar[list[Level]] = ContextVar("levels")


def start() -> list[Level]:
    """Begin collecting for this request."""
    levels: list[Level] = []
    _levels.set(levels)
    return levels


def note(levels: list[Level]) -> None:
    """The request was charged to these."""
    _levels.get([]).extend(levels)


def render(levels: list[Level]) -> dict[str, str]:
    """The headers; none for a request that was not charged."""
    if not levels:
        return {}
    policy = [f'"{_name(one)}";q={one.limit.capacity};w={one.limit.window_ms // 1000}' for one in levels]
    left = [f'"{_name(one)}";r={one.remaining};t={seconds(one)}' for one in levels]
    return {"RateLimit-Policy": ", ".join(policy), "RateLimit": ", ".join(left)}


def seconds(level: Level) -> int:
    """Whole seconds until the bucket is full again."""
    return -(-level.reset_ms // 1000)


def _name(level: Level) -> str:
    """`key:key_01h…` is the policy `key`."""
    return level.limit.name.partition(":")[0]
