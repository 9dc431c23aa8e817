"""`GET /v1/realtime`: the door of the live connection. A WebSocket passes here, so no framework stands in between.

The ticket comes as a subprotocol, never in the address, which logs and histories keep.
"""

from collections.abc import Callable
from typing import Any

from api.access import request_limits
from api.activity.realtime import rules
from api.activity.realtime.errors import foreign_origin, ticket_invalid, ticket_missing, upgrade_required
from api.core.context import Bindings
from api.core.watchers import room_of
from api.edge.answers import Answer
from api.edge.errors import problem, problem_of
from api.objects.realtime_presence import Join
from propflow import log
from propflow.bindings import meter
from propflow.clock import now_ms
from propflow.errors import AppError
from propflow.keyring import Keyring

PATH = "/v1/realtime"
Header = Callable[[str], str | None]


async def connect(bindings: Bindings, method: str, url: str, header: Header, request_id: str) -> Answer | Any:
    """The runtime's own response with the WebSocket, or why there is none."""
    meter.start()
    log.bind(request_id=request_id)
    if method != "GET":
        found = problem(405, "method_not_allowed", "Use GET, with Upgrade: websocket.", request_id)
        found.headers["Allow"] = "GET"
        return found
    try:
        claims = await _admit(bindings, url, header)
        join = Join(claims=claims, request_id=request_id)
        response = await bindings.rooms.connect(room_of(claims.tenant_id, claims.property_id), join)
    except AppError as refused:
        log.info("realtime.refused", code=refused.code)
        return problem_of(refused, request_id)
    log.info("realtime.answered", status=response.status, tenant_id=claims.tenant_id)
    return response


async def _admit(bindings: Bindings, url: str, header: Header) -> rules.Claims:
    """What the ticket says. Who guesses at tickets is charged for it, as who guesses at passwords."""
    if (header("upgrade") or "").lower() != "websocket":
        raise upgrade_required()
    if not rules.is_own(header("origin"), url, bindings.settings.APP_BASE_URL):
        raise foreign_origin()
    ticket = rules.ticket_in(header("sec-websocket-protocol") or "")
    if ticket is None:
        raise ticket_missing()
    now = now_ms()
    claims = rules.unseal(Keyring.parse(bindings.settings.JWT_SIGNING_KEY), ticket, now)
    if claims is None:
        await request_limits.charge_failure(bindings, header("cf-connecting-ip") or "unknown", now)
        raise ticket_invalid()
    return claims
