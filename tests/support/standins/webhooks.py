"""An endpoint of a customer that takes every webhook."""

from __future__ import annotations

from aiohttp import web


async def receive(request: web.Request) -> web.Response:
    """Taken, whatever it says."""
    await request.read()
    return web.Response(status=204)
