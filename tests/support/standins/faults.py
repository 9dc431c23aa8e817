"""Faults on demand: the next calls to a service answer with an error, too late, not at all, or with nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from support.standins.store import STORE, Record, iso, now_ms

SERVICES = ("resend", "clicksend", "calendar", "google")
MODES = ("ok", "500", "429", "timeout", "refuse", "drop_after_accept", "garbage")
LONGEST_SILENCE = 60.0
UNANSWERED = 499
GARBAGE = "<!doctype html><html><body><h1>502 Bad Gateway</h1><p>nginx</p></body></html>"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Failure = Callable[[int, int | None], web.Response]


@dataclass
class Fault:
    """One way of failing. `count` is the number of calls it still spoils (None: until cleared).

    `to` spoils only what is sent to this address or number, or what is asked about it: of the calendar of this name, or
    in a query. Others' messages and readings may be on their way at the same time.
    """

    service: str
    mode: str
    count: int | None = None
    retry_after: int | None = None
    operation: str | None = None
    to: str | None = None

    @classmethod
    def parse(cls, data: dict[str, Any]) -> Fault:
        """From the JSON of a test; a wrong word is refused, so that a typing error cannot make a test pass."""
        unknown = set(data) - {"service", "mode", "count", "retry_after", "operation", "to"}
        if unknown:
            raise ValueError(f"unknown field {sorted(unknown)[0]!r}")
        fault = cls(**{**data, "mode": str(data.get("mode", ""))})
        if fault.service not in SERVICES or fault.mode not in MODES:
            raise ValueError(f"service must be one of {', '.join(SERVICES)} and mode one of {', '.join(MODES)}")
        if fault.count is not None and fault.count < 1:
            raise ValueError("count must be at least 1, or absent for 'until cleared'")
        return fault


class Faults:
    """The faults that are waiting, in the order in which they apply."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def set(self, faults: list[Fault]) -> None:
        """Replace the faults of the services named; several for one service apply one after the other."""
        named = {fault.service for fault in faults}
        kept = [fault for fault in self._waiting if fault.service not in named]
        self._waiting = kept + [fault for fault in faults if not (fault.mode == "ok" and fault.count is None)]

    def clear(self) -> None:
        """Every service works again."""
        self._waiting = []

    def take(self, service: str, operation: str, said: str) -> Fault | None:
        """The fault for this call, if one waits; uses up one of its count."""
        for fault in self._waiting:
            if fault.service == service and fault.operation in (None, operation) and (fault.to or "") in said:
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count == 0:
                        self._waiting.remove(fault)
                return fault
        return None

    def listing(self) -> list[dict[str, Any]]:
        """The waiting faults as JSON."""
        return [asdict(fault) for fault in self._waiting]


FAULTS = web.AppKey("faults", Faults)
FAILURES = web.AppKey("failures", dict[str, Failure])


@web.middleware
async def faulty(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Notes each call to a service (routes named `service.operation`) and spoils it when a fault is waiting."""
    service, _, operation = (request.match_info.route.name or "").partition(".")
    if service not in SERVICES or not operation:
        return await handler(request)
    said = "\n".join([request.path, *request.query.values(), await request.text()])
    fault = request.app[FAULTS].take(service, operation, said)
    mode = fault.mode if fault else None
    call: Record = {"service": service, "operation": operation, "at": iso(now_ms()), "fault": mode}
    call["path"] = request.path
    request.app[STORE].calls.append(call)
    if fault is None or fault.mode == "ok":
        response = await handler(request)
    else:
        response = await _spoil(request, handler, fault)
    call["status"] = None if response.status == UNANSWERED else response.status
    return response


async def _spoil(request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
    if fault.mode in ("500", "429"):
        return request.app[FAILURES][fault.service](int(fault.mode), fault.retry_after)
    if fault.mode == "garbage":
        return web.Response(text=GARBAGE, content_type="text/html")
    if fault.mode == "timeout":
        await _until_gone(request)
    elif fault.mode == "drop_after_accept":
        await handler(request)
    return _hang_up(request)


async def _until_gone(request: web.Request) -> None:
    """Say nothing until the client gives up."""
    deadline = asyncio.get_running_loop().time() + LONGEST_SILENCE
    while asyncio.get_running_loop().time() < deadline:
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(0.05)


def _hang_up(request: web.Request) -> web.Response:
    """Close the connection without a byte of answer; the response returned only marks the call as unanswered."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=UNANSWERED)
