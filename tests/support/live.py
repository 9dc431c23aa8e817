"""Live connections for tests: a real WebSocket client with the ticket of a signed-up manager."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from support.people import Manager, ok
from support.verbs import Json

PROTOCOL = "propflow.v1"
PATIENCE = 60.0  # seconds for a frame that must come
IMPATIENT = aiohttp.ClientWSTimeout(ws_receive=None, ws_close=0.3)
"""The local runtime does not answer a close: tests/contract/test_differences.py."""


def ticket(manager: Manager, property_id: str | None = None) -> list[str]:
    """The subprotocols to offer, for the room of a property or of the tenant."""
    body = {} if property_id is None else {"property_id": property_id}
    return list(ok(manager.api.post("/v1/realtime/tickets", body))["protocols"])


class Viewer:
    """One open connection. Frames are taken in their order; `until` passes over those of other types."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.hello: Json = {}

    async def next(self) -> Json:
        """The next frame."""
        frame: Json = json.loads(await self.socket.receive_str(timeout=PATIENCE))
        return frame

    async def until(self, kind: str, **fields: Any) -> Json:
        """The next frame of this type, with these fields."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self.next()
                if frame["type"] == kind and fields.items() <= frame.items():
                    return frame

    async def say(self, kind: str, **fields: Any) -> None:
        """Send a message."""
        await self.socket.send_str(json.dumps({"type": kind} | fields))

    async def nothing_until(self, mark: str) -> None:
        """Nothing but the echo of a mark: whatever was to come before it would have come."""
        await self.say(mark)
        frame = await self.next()
        assert frame["type"] == "error" and mark in frame["detail"], frame

    async def ended(self) -> int:
        """The close code, after whatever comes before it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.socket.receive()
                if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                    return int(self.socket.close_code or 0)


@asynccontextmanager
async def connected(
    url: str, protocols: Sequence[str], *, origin: str | None = None, headers: Json | None = None
) -> AsyncIterator[Viewer]:
    """A connection to the product at `url`; raises aiohttp.WSServerHandshakeError with the status of a refusal."""
    sent = {"Origin": url if origin is None else origin} | (headers or {})
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/v1/realtime", protocols=protocols, headers=sent, timeout=IMPATIENT) as socket,
    ):
        assert socket.protocol == PROTOCOL
        viewer = Viewer(socket)
        viewer.hello = await viewer.next()
        assert viewer.hello["type"] == "hello"
        yield viewer


@asynccontextmanager
async def watching(manager: Manager, property_id: str | None = None) -> AsyncIterator[Viewer]:
    """A manager's connection to a room."""
    async with connected(manager.api.base_url, ticket(manager, property_id)) as viewer:
        yield viewer


async def refusal(url: str, protocols: Sequence[str], **more: Any) -> int:
    """The status with which a connection is refused; 101 when it is not."""
    try:
        async with connected(url, protocols, **more):
            return 101
    except aiohttp.WSServerHandshakeError as error:
        return error.status
