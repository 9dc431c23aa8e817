"""Calling services outside: one deadline for everything, a cap on what is read, redirects never followed silently.

https://developers.cloudflare.com/workers/runtime-apis/fetch/
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from propflow.bindings import meter
from propflow.bindings.convert import fields_of, lines, to_object

PART = 1 << 16


LONGEST_WAIT = 24 * 60 * 60  # seconds that another service may ask us to wait


class HttpFailed(Exception):
    """No complete answer arrived: refused, cut off, too slow or too large. The text never holds the address."""


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    headers: dict[str, str]  # lower-case names
    body: bytes

    @property
    def retry_after(self) -> int | None:
        """The seconds of a Retry-After header, a day at most; None when it is absent or a date."""
        value = self.headers.get("retry-after", "").strip()
        return min(int(value[:9]), LONGEST_WAIT) if value.isascii() and value.isdigit() else None


async def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    timeout_ms: int = 10_000,
    max_bytes: int = 1 << 20,
) -> HttpAnswer:
    """Send one request. A redirect comes back as its 3xx answer; with `max_bytes` 0 the body is left unread.

    Raises HttpFailed.
    """
    from js import AbortSignal, fetch
    from pyodide.ffi import JsException

    options: dict[str, Any] = {"method": method, "headers": dict(headers or {}), "redirect": "manual"}
    if body is not None:
        options["body"] = body
    js_options = to_object(options)
    js_options.signal = AbortSignal.timeout(timeout_ms)
    meter.current().subrequests += 1
    try:
        response = await fetch(url, js_options)
        content = await _read(response, max_bytes)
    except (JsException, OSError) as error:
        raise HttpFailed(_reason(error)) from None
    return HttpAnswer(status=response.status, headers=dict(fields_of(lines(response.headers))), body=content)


async def _read(response: Any, max_bytes: int) -> bytes:
    """The body, undone of gzip and Brotli by the platform, so the cap is on what comes out. Read in parts of a size of
    our own (readAtLeast is workerd's): a host that sends byte by byte must not be paid with a crossing for each."""
    from js import Uint8Array

    if not response.body:
        return b""
    if not max_bytes:
        await response.body.cancel()
        return b""
    reader = response.body.getReader(to_object({"mode": "byob"}))
    content = bytearray()
    announced = str(response.headers.get("content-length") or "")
    too_large = announced.isdecimal() and int(announced) > max_bytes
    while len(content) <= max_bytes and not too_large:
        chunk = await reader.readAtLeast(PART, Uint8Array.new(PART))
        if chunk.done:
            return bytes(content)
        content += chunk.value.to_bytes()
    await reader.cancel()
    raise HttpFailed(f"the answer is larger than {max_bytes} bytes")


async def body_of(request: Any) -> bytes:
    """The whole body of a request of the platform, in one piece."""
    if not request.body:
        return b""
    return bytes((await request.arrayBuffer()).to_bytes())


async def pass_over(request: Any) -> None:
    """Let a body arrive that nobody reads: a client that is still sending would lose the answer."""
    if request.body:
        await request.arrayBuffer()


def answered(status: int, fields: list[tuple[str, str]], body: bytes) -> Any:
    """A response of the platform. Text crosses as text, what is not UTF-8 as bytes."""
    from js import Response
    from pyodide.ffi import jsnull, to_js

    options = to_object({"status": status, "headers": fields})
    if not body:
        return Response.new(jsnull, options)
    try:
        return Response.new(body.decode(), options)
    except UnicodeDecodeError:
        return Response.new(to_js(body), options)


def _reason(error: BaseException) -> str:
    name = getattr(error, "name", "")
    return "no answer in time" if name in ("TimeoutError", "AbortError") else "the connection failed"
