"""A JavaScript request through an ASGI application, and its answer back: what is needed here and nothing else.

The SDK's adapter runs a lifespan around each request, reads headers and body piece by piece and starts two tasks. Each
of these is a crossing between the languages or a turn of the event loop, and those are what a request costs.
https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.types import ASGIApp, Message, Scope

from propflow.bindings.http import answered, body_of

ASGI = {"spec_version": "2.0", "version": "3.0"}
Fields = list[tuple[str, str]]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request without its body: `url` as the platform wrote it, so it is well formed; `fields` are its headers."""

    method: str
    url: str
    fields: Fields

    def header(self, name: str) -> str | None:
        """The value of a header, by its lower-case name; the platform has put those of one name into one."""
        return next((value for known, value in self.fields if known == name), None)

    @property
    def target(self) -> str:
        """Path and query, as they came."""
        return "/" + self.url.split("/", 3)[3].partition("#")[0]


class _Answer:
    """What the application sends, kept until it is whole: where it fails half-way, another answer can still begin."""

    def __init__(self) -> None:
        self.status, self.fields, self.parts = 0, Fields(), list[bytes]()

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.parts = message["status"], []
            self.fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            self.parts.append(message.get("body", b""))


def scope_of(call: Call, env: Any) -> Scope:
    """The ASGI scope of a request; `env` is what routes find under that name."""
    raw_path, _, query = call.target.partition("?")
    return {
        "type": "http",
        "asgi": ASGI,
        "http_version": "1.1",
        "method": call.method,
        "scheme": call.url.partition(":")[0],
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in call.fields],
        "env": env,
    }


async def fetch(app: ASGIApp, raw: Any, call: Call, env: Any) -> Any:
    """Give the application a request, `raw` being the platform's own; returns the JavaScript response."""
    waiting: list[Message] = [{"type": "http.request", "body": await body_of(raw), "more_body": False}]
    answer = _Answer()

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    await app(scope_of(call, env), receive, answer.take)
    return answered(answer.status, answer.fields, b"".join(answer.parts))
