"""Bodies that pass by: what comes in goes to R2 chunk by chunk and is never whole in Python's memory.

https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream
"""

from typing import Any


class StreamBroken(Exception):
    """The sender stopped, or sent another number of bytes than it said."""


class Incoming:
    """The body of a request: first looked at, then sent on. `raw` is a ReadableStream, or null without a body."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._seen: list[Any] = []  # chunks that were looked at, as JavaScript has them
        self._ended = not raw

    async def beginning(self, count: int) -> bytes:
        """The first `count` bytes at least, or all when there are less. Raises StreamBroken."""
        from pyodide.ffi import JsException

        found = b""
        if self._ended:
            return found
        reader = self._raw.getReader()
        try:
            while len(found) < count:
                chunk = await reader.read()
                if chunk.done:
                    self._ended = True
                    break
                self._seen.append(chunk.value)
                found += chunk.value.to_bytes()
        except (JsException, OSError) as error:
            raise StreamBroken(str(error)) from None
        finally:
            reader.releaseLock()
        return found

    async def pass_on(self, writable: Any) -> None:
        """Write everything, what was looked at first, and close. Raises StreamBroken."""
        from pyodide.ffi import JsException

        try:
            writer = writable.getWriter()
            for chunk in self._seen:
                await writer.write(chunk)
            if self._ended:
                await writer.close()
                return
            writer.releaseLock()
            await self._raw.pipeTo(writable)
        except (JsException, OSError) as error:
            raise StreamBroken(str(error)) from None
