"""Calling another Worker over a service binding.

https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/rpc/
"""

from typing import Any, TypeVar

import msgspec

from propflow import log, rpc
from propflow.bindings import meter
from propflow.errors import Unavailable
from propflow.json_text import json_text

T = TypeVar("T")


class Service:
    """Another Worker's internal entrypoint."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def call(self, method: str, request: msgspec.Struct, reply: type[T]) -> T:
        """Call one method; raises the AppError that it answered with, or Unavailable when it cannot be reached."""
        from pyodide.ffi import JsException

        meter.current().subrequests += 1
        try:
            text = await getattr(self._raw, method)(json_text(request))
        except JsException as error:
            log.exception("service.unreachable", error, method=method)
            raise Unavailable("service_unavailable", "An internal service did not answer.", retry_after=1) from error
        return rpc.read(str(text), reply)
