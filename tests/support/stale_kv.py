"""KV as it is far away: what was read, an absence too, is shown for a minute, and a key takes one write a second."""

from __future__ import annotations

from collections.abc import Callable

from propflow.bindings.kv import CACHE_SECONDS, KeyValue
from propflow.errors import Unavailable


class StaleKV(KeyValue):
    """`now` tells the time in ms. While `away` is set nothing can be reached."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.stored: dict[str, str] = {}
        self.away = False
        self.hits = 0
        self._seen: dict[str, tuple[int, str | None]] = {}
        self._written: dict[str, int] = {}

    async def get(self, key: str, cache_seconds: int = CACHE_SECONDS) -> str | None:
        self._reach()
        at, value = self._seen.get(key, (0, None))
        if key not in self._seen or self._now() - at >= cache_seconds * 1_000:
            value = self.stored.get(key)
            self._seen[key] = (self._now(), value)
        self.hits += value is not None
        return value

    async def put(self, key: str, text: str, ttl_seconds: int | None = None) -> None:
        self._reach()
        assert ttl_seconds is None or ttl_seconds >= 60
        if self._now() - self._written.get(key, -1_000) < 1_000:
            raise Unavailable("service_unavailable", "429 Too Many Requests")
        self._written[key] = self._now()
        self.stored[key] = text

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("service_unavailable", "KV does not answer")
