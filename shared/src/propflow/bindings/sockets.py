"""Hibernating WebSockets of a Durable Object: they stay open while the object sleeps, and remember one text each.

https://developers.cloudflare.com/durable-objects/best-practices/websockets/
"""

from collections.abc import Sequence
from typing import Any

from propflow.bindings.convert import to_object

OPEN = 1  # readyState


class Socket:
    """One connection, as the runtime hands it to the handlers."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @property
    def memory(self) -> str:
        """What was given to `remember`; it outlives the object's own memory."""
        return str(self._raw.deserializeAttachment())

    def remember(self, text: str) -> None:
        """Keep a text of at most 16 KiB with the connection."""
        self._raw.serializeAttachment(text)

    @property
    def is_open(self) -> bool:
        return bool(self._raw.readyState == OPEN)

    def send(self, text: str) -> None:
        """Send, unless the connection has been closed meanwhile: its close is an event of its own."""
        if self.is_open:
            self._raw.send(text)

    def close(self, code: int, reason: str) -> None:
        """Begin to close; codes of ours are 4000 to 4999."""
        self._raw.close(code, reason)


class Sockets:
    """All connections of an object."""

    def __init__(self, ctx: Any) -> None:
        self._ctx = ctx

    def accept(self, memory: str, tags: Sequence[str], protocol: str) -> tuple[Socket, Any]:
        """A new connection, and the response that opens it.

        `ping` is answered with `pong` without waking the object.
        """
        from js import Response, WebSocketPair, WebSocketRequestResponsePair
        from pyodide.ffi import to_js

        client, server = WebSocketPair.new().object_values()
        self._ctx.setWebSocketAutoResponse(WebSocketRequestResponsePair.new("ping", "pong"))
        self._ctx.acceptWebSocket(server, to_js(list(tags)))
        socket = Socket(server)
        socket.remember(memory)
        options = to_object({"status": 101, "headers": {"Sec-WebSocket-Protocol": protocol}})
        options.webSocket = client
        return socket, Response.new(None, options)

    def open(self, tag: str | None = None) -> list[Socket]:
        """Those that are open, or those of them with this tag."""
        raw = self._ctx.getWebSockets() if tag is None else self._ctx.getWebSockets(tag)
        return [socket for socket in map(Socket, raw) if socket.is_open]


def text_of(message: Any) -> str | None:
    """A text message; None for a binary one."""
    return message if isinstance(message, str) else None
