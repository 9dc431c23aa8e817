"""What tests ask of the stand-in itself: faults, what was received, a clean slate."""

from __future__ import annotations

import json

from aiohttp import web

from support.standins.faults import FAULTS, Fault
from support.standins.store import STORE, Record

PRIVATE = ("scope", "fingerprint")
"""Kept for the idempotency keys; of no use to a reader."""


async def set_faults(request: web.Request) -> web.Response:
    """One fault or a list of them, replacing those of the same services."""
    try:
        data = json.loads(await request.read())
        faults = [Fault.parse(item) for item in (data if isinstance(data, list) else [data])]
    except (ValueError, TypeError, AttributeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    request.app[FAULTS].set(faults)
    return web.json_response(request.app[FAULTS].listing())


async def list_faults(request: web.Request) -> web.Response:
    """The faults that are waiting."""
    return web.json_response(request.app[FAULTS].listing())


async def clear_faults(request: web.Request) -> web.Response:
    """Everything works again."""
    request.app[FAULTS].clear()
    return web.Response(status=204)


async def received(request: web.Request) -> web.Response:
    """Everything received, oldest first; with `?to=` only the messages to that address or number."""
    store, to = request.app[STORE], request.query.get("to")
    return web.json_response(
        {
            "emails": [_public(email) for email in store.emails if to is None or to in email["to"]],
            "sms": [_public(sms) for sms in store.sms if to is None or to == sms["to"]],
            "calls": list(store.calls) if to is None else [],
            "calendars": sorted(store.calendars),
        }
    )


async def clear_received(request: web.Request) -> web.Response:
    """Forget emails, SMS and calls."""
    request.app[STORE].clear()
    return web.Response(status=204)


async def version(request: web.Request) -> web.Response:
    """A number that grows with each thing received; the page asks it to know when to reload."""
    return web.json_response({"version": request.app[STORE].version})


def _public(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in PRIVATE}
