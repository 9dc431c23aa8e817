"""R2: files under `tenants/{tenantId}/…`. Every call names the tenant first, and a key of another is refused here.

Pass `bytes`; a memoryview is copied byte by byte. What is large passes as a stream.
https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from propflow import log
from propflow.bindings import meter
from propflow.bindings.convert import to_object
from propflow.bindings.streams import Incoming, StreamBroken
from propflow.errors import Unavailable

_KEY = re.compile(r"tenants/(?P<tenant>ten_[0-9a-z]{26})(?:/[a-z0-9_-][a-z0-9._-]*)+")


class KeyNotOwned(RuntimeError):
    """Our own defect: a key that is not the tenant's, or none that the server makes."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What lies under a key. `size` is in bytes; the ETag stands without its quotes."""

    etag: str
    size: int


def owned(tenant_id: str, key: str) -> str:
    """The key, if it is one of the tenant's. The one place that every key passes; raises KeyNotOwned."""
    matched = _KEY.fullmatch(key)
    if matched is None or matched["tenant"] != tenant_id:
        raise KeyNotOwned(f"{key!r} is no key of {tenant_id}")
    return key


class Bucket:
    """One R2 bucket."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def put(self, tenant_id: str, key: str, content: bytes, content_type: str) -> None:
        """Store an object under a key made by the server."""
        from pyodide.ffi import to_js

        options = to_object({"httpMetadata": {"contentType": content_type}})
        await _asked(self._raw.put(owned(tenant_id, key), to_js(content), options))

    async def put_new(self, tenant_id: str, key: str, body: Incoming, size: int, content_type: str) -> Stored | None:
        """Store exactly `size` bytes from a stream, where nothing lies yet; None when something does.

        All of it is stored or nothing. Raises StreamBroken when the sender sent less or more, or stopped.
        """
        from js import FixedLengthStream

        pipe = FixedLengthStream.new(size)
        only_new = {"httpMetadata": {"contentType": content_type}, "onlyIf": {"etagDoesNotMatch": "*"}}
        passing = asyncio.ensure_future(body.pass_on(pipe.writable))
        try:
            found = await _asked(self._raw.put(owned(tenant_id, key), pipe.readable, to_object(only_new)))
        except Unavailable:
            if passing.done() and passing.exception() is not None:
                raise StreamBroken("the body ended early or was too long") from None
            raise
        finally:
            passing.cancel()
        return None if found is None else _stored(found)

    async def get(self, tenant_id: str, key: str) -> bytes | None:
        """The object's bytes; None when absent."""
        found = await _asked(self._raw.get(owned(tenant_id, key)))
        return None if found is None else bytes((await found.arrayBuffer()).to_bytes())

    async def stream(self, tenant_id: str, key: str, offset: int, length: int) -> Any | None:
        """A part of the object as the ReadableStream that a Response takes; None when absent."""
        asked = to_object({"range": {"offset": offset, "length": length}})
        found = await _asked(self._raw.get(owned(tenant_id, key), asked))
        return None if found is None else found.body

    async def head(self, tenant_id: str, key: str) -> Stored | None:
        """What lies under the key; None when nothing does."""
        found = await _asked(self._raw.head(owned(tenant_id, key)))
        return None if found is None else _stored(found)

    async def delete(self, tenant_id: str, keys: Sequence[str]) -> None:
        """Remove objects, at most 1,000; those that are not there are gone already."""
        from pyodide.ffi import to_js

        await _asked(self._raw.delete(to_js([owned(tenant_id, key) for key in keys])))


async def _asked(call: Any) -> Any:
    """What R2 answers, null as None. Raises Unavailable when it does not."""
    from pyodide.ffi import JsException, jsnull

    meter.current().subrequests += 1
    try:
        found = await call
    except JsException as error:
        log.warning("r2.failed", error=str(error)[:300])
        raise Unavailable(
            "storage_unavailable", "The store of files did not answer. Try again.", retry_after=5
        ) from None
    return None if found is jsnull else found


def _stored(found: Any) -> Stored:
    return Stored(etag=str(found.etag), size=int(found.size))
