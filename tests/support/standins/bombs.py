"""Calendars that never end, come byte by byte, or unpack to far more than was sent. Each stops when nobody reads on."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from support.standins.store import STORE, Record, iso, now_ms

HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-LONG:"
PART = 1 << 16
MOST = 1 << 30
SECONDS = 30


async def endless() -> AsyncIterator[bytes]:
    """One line of a gigabyte, in chunks."""
    yield HEAD
    for _ in range(MOST // PART):
        yield b"x" * PART


async def crumbs() -> AsyncIterator[bytes]:
    """As many chunks of one byte as somebody takes."""
    yield HEAD
    for _ in range(2_000_000):
        yield b"x"


async def drip() -> AsyncIterator[bytes]:
    """Ten bytes a second."""
    yield HEAD
    for _ in range(10 * SECONDS):
        await asyncio.sleep(0.1)
        yield b"x"


async def gzip() -> AsyncIterator[bytes]:
    """A gigabyte of zeros, packed a thousand to one."""
    packer = zlib.compressobj(9, wbits=31)
    yield packer.compress(HEAD)
    for _ in range(MOST // PART):
        yield packer.compress(bytes(PART))
    yield packer.flush()


async def hollow() -> AsyncIterator[bytes]:
    """Packed bytes without end of which nothing comes out: empty blocks."""
    yield zlib.compressobj(0, wbits=31).flush()[:10]
    for _ in range(MOST // PART):
        yield b"\x00\x00\x00\xff\xff" * (PART // 5)


BOMBS: dict[str, Callable[[], AsyncIterator[bytes]]] = {
    one.__name__: one for one in (endless, crumbs, drip, gzip, hollow)
}
PACKED = ("gzip", "hollow")


async def serve(request: web.Request, name: str) -> web.StreamResponse:
    """Send it. What was sent until nobody read on is a call to the service `bomb`, with `sent` in bytes."""
    headers = {"Content-Type": "text/calendar"} | ({"Content-Encoding": "gzip"} if name in PACKED else {})
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    call: Record = {"service": "bomb", "operation": name, "at": iso(now_ms()), "fault": None, "status": 200, "sent": 0}
    request.app[STORE].calls.append(call)
    with contextlib.suppress(ConnectionError):
        async for part in BOMBS[name]():
            if part:  # an empty chunk would be the end
                await response.write(part)
            call["sent"] += len(part)
    return response
