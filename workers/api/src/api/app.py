"""The REST API: routers and the shape of failures."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

import api.accounts.routes
import api.api_keys.routes
import api.audit_events.routes
import api.availability.routes
import api.blocks.routes
import api.bookings.routes
import api.calendar.routes
import api.conflicts.routes
import api.documents.routes
import api.events.routes
import api.exports.routes
import api.feed_events.routes
import api.feeds.routes
import api.flags.routes
import api.google.routes
import api.health.routes
import api.holds.routes
import api.imports.routes
import api.invitations.routes
import api.landing.routes
import api.leases.routes
import api.links.routes
import api.manual.routes
import api.media.routes
import api.members.routes
import api.message_settings.routes
import api.operators.routes
import api.plans.routes
import api.properties.routes
import api.push_targets.routes
import api.quotes.routes
import api.rates.routes
import api.realtime.routes
import api.sessions.routes
import api.tenants.routes
import api.test_clock.routes
import api.units.routes
import api.usage.routes
from api.answers import to_response
from api.dispatch import Dispatch
from api.documentation import describe, every_route
from api.door import ANSWERED, Door, defect, path_of
from api.errors import problem, problem_of
from api.idempotency import Replayed
from api.validation import problem_of_validation
from propflow import log
from propflow.errors import AppError

DOMAINS = (
    api.api_keys,
    api.accounts, api.sessions, api.links, api.google, api.tenants, api.members, api.invitations,
    api.message_settings,
    api.properties, api.units, api.media, api.documents, api.imports, api.rates, api.calendar, api.availability,
    api.quotes, api.holds, api.bookings, api.leases, api.blocks, api.feeds, api.feed_events, api.conflicts,
    api.exports, api.push_targets, api.realtime, api.events, api.audit_events, api.plans, api.usage, api.flags,
    api.test_clock, api.health,
)  # fmt: skip


def build() -> FastAPI:
    """The application; one per isolate."""
    app = FastAPI(
        title="PropFlow360", version="1", description="Property management: the public API.",
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    for hidden in (api.landing, api.manual, api.operators):
        app.include_router(hidden.routes.router)
    for domain in DOMAINS:
        app.include_router(domain.routes.router)
    app.router.middleware_stack = Dispatch(app.router, every_route(app))
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(Replayed, _on_replayed)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_defect)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app


async def _on_app_error(request: Request, error: Any) -> Response:
    return to_response(problem_of(error, request.scope["request_id"]))


async def _on_replayed(request: Request, error: Any) -> Response:
    return to_response(error.answer)


async def _on_invalid(request: Request, error: Any) -> Response:
    return to_response(problem_of_validation(error.errors(), request.scope["request_id"]))


CODES = {400: "invalid_body", 404: "route_not_found", 405: "method_not_allowed"}


async def _on_http_error(request: Request, error: Any) -> Response:
    code = CODES.get(error.status_code, "http_error")
    response = to_response(problem(error.status_code, code, f"{error.detail}.", request.scope["request_id"]))
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = _methods_at(request)
    return response


def _methods_at(request: Request) -> str:
    """What the path knows: each method is a route of its own, and the router names only the first one's."""
    routes = list(every_route(request.app))
    paths = [one.path for one in routes if one.matches(request.scope)[0] is not Match.NONE]
    path = min(paths, key=lambda one: one.count("{"), default=None)  # the most particular one
    return ", ".join(sorted({method for one in routes if one.path == path for method in one.methods}))


async def _on_defect(request: Request, error: Exception) -> Response:
    log.exception("request.failed", error, path=path_of(request.scope))
    request.scope[ANSWERED] = error  # Starlette raises it once more
    return to_response(defect(request.scope["request_id"]))


app = Door(build())
