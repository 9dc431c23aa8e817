"""KV: other places may see an old value, or an old absence, for a minute or more. Never a lock, never a permission.

https://developers.cloudflare.com/kv/concepts/how-kv-works/
"""

from typing import Any

from propflow import log
from propflow.bindings import meter
from propflow.bindings.convert import text_or_none, to_object
from propflow.errors import Unavailable

CACHE_SECONDS = 60  # how long a place may keep what it has read, and the least that KV promises anyway


class KeyValue:
    """One KV namespace. What cannot be reached is Unavailable."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def get(self, key: str, cache_seconds: int = CACHE_SECONDS) -> str | None:
        """The text under the key, possibly stale; None when absent."""
        from pyodide.ffi import JsException

        meter.current().subrequests += 1
        try:
            return text_or_none(await self._raw.get(key, to_object({"cacheTtl": cache_seconds})))
        except JsException as error:
            raise _unavailable(error) from error

    async def put(self, key: str, text: str, ttl_seconds: int | None = None) -> None:
        """Store text, for ever or for `ttl_seconds`, which is at least 60. At most one write a second per key."""
        from pyodide.ffi import JsException

        meter.current().subrequests += 1
        options = {} if ttl_seconds is None else {"expirationTtl": ttl_seconds}
        try:
            await self._raw.put(key, text, to_object(options))
        except JsException as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    log.exception("kv.failed", error)
    return Unavailable("service_unavailable", "The configuration could not be reached. Try again.", retry_after=1)
