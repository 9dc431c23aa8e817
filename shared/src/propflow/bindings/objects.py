"""Calling Durable Objects: one JSON text each way, as between Workers.

https://developers.cloudflare.com/durable-objects/
"""

from typing import Any, TypeVar

import msgspec

from propflow import log, rpc
from propflow.bindings import meter
from propflow.bindings.convert import to_object
from propflow.errors import Unavailable
from propflow.json_text import json_text

T = TypeVar("T")
JOIN = "PropFlow-Join"


class ObjectNamespace:
    """One Durable Object class."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def call(self, name: str, method: str, request: msgspec.Struct, reply: type[T]) -> T:
        """Call `method` of the object called `name`; raises the AppError that it answered with, or Unavailable."""
        from pyodide.ffi import JsException

        meter.current().subrequests += 1
        try:
            stub = self._raw.getByName(name)
            text = await getattr(stub, method)(json_text(request))
        except JsException as error:  # reset by a deploy, overloaded or cut off: whether it acted is unknown
            log.exception("object.unreachable", error, method=method)
            raise Unavailable("service_unavailable", "An internal service did not answer.", retry_after=1) from error
        return rpc.read(str(text), reply)

    async def connect(self, name: str, request: msgspec.Struct) -> Any:
        """Open a WebSocket to the object. Gives the runtime's own response, for the door to pass on as it is.

        The object finds the request in the header `JOIN`. Raises Unavailable.
        """
        from pyodide.ffi import JsException

        meter.current().subrequests += 1
        headers = {"Upgrade": "websocket", JOIN: json_text(request)}
        try:
            return await self._raw.getByName(name).fetch("https://object/", to_object({"headers": headers}))
        except JsException as error:
            log.exception("object.unreachable", error, method="connect")
            raise Unavailable("service_unavailable", "An internal service did not answer.", retry_after=1) from error
