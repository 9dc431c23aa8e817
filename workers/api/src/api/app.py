"""The REST API: routers and the shape of failures."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

import api.activity.audit_events.routes
import api.activity.events.routes
import api.activity.realtime.routes
import api.channels.calendar_exports.routes
import api.channels.conflicts.routes
import api.channels.entries.routes
import api.channels.feeds.routes
import api.channels.push_targets.routes
import api.files.documents.routes
import api.files.media.routes
import api.inventory.imports.routes
import api.inventory.properties.routes
import api.inventory.units.routes
import api.operations.health.routes
import api.operations.operators.routes
import api.operations.test_clock.routes
import api.pages.landing.routes
import api.pages.manual.routes
import api.people.accounts.routes
import api.people.api_keys.routes
import api.people.google.routes
import api.people.invitations.routes
import api.people.mail_links.routes
import api.people.members.routes
import api.people.message_settings.routes
import api.people.sessions.routes
import api.people.tenants.routes
import api.plan.flags.routes
import api.plan.plans.routes
import api.plan.usage.routes
import api.stays.availability.routes
import api.stays.blocks.routes
import api.stays.booking_imports.routes
import api.stays.bookings.routes
import api.stays.calendar.routes
import api.stays.holds.routes
import api.stays.leases.routes
import api.stays.quotes.routes
import api.stays.rates.routes
from api.core.idempotency import Replayed
from api.door import ANSWERED, Door, defect, path_of
from api.edge.answers import to_response
from api.edge.dispatch import Dispatch
from api.edge.errors import problem, problem_of
from api.edge.openapi import describe, every_route
from api.edge.validation import problem_of_validation
from propflow import log
from propflow.errors import AppError

DOMAINS = (
    api.people.api_keys, api.people.accounts, api.people.sessions, api.people.mail_links, api.people.google,
    api.people.tenants, api.people.members, api.people.invitations, api.people.message_settings,
    api.inventory.properties, api.inventory.units, api.files.media, api.files.documents, api.inventory.imports,
    api.stays.booking_imports,
    api.stays.rates, api.stays.calendar, api.stays.availability, api.stays.quotes, api.stays.holds,
    api.stays.bookings, api.stays.leases, api.stays.blocks, api.channels.feeds, api.channels.entries,
    api.channels.conflicts, api.channels.calendar_exports, api.channels.push_targets, api.activity.realtime,
    api.activity.events, api.activity.audit_events, api.plan.plans, api.plan.usage, api.plan.flags,
    api.operations.test_clock, api.operations.health,
)  # fmt: skip


def build() -> FastAPI:
    """The application; one per isolate."""
    app = FastAPI(
        title="PropFlow360", version="1", description="Property management: the public API.",
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    for hidden in (api.pages.landing, api.pages.manual, api.operations.operators):
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
