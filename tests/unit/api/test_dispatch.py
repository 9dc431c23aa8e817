"""A route is found by the first parts of its path, and it is the one that FastAPI's own router finds."""

import asyncio
import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import Message

from api.app import build
from api.edge.dispatch import Dispatch
from api.edge.openapi import every_route

ROUTES = [one for one in every_route(build()) if isinstance(one, APIRoute)]


def found(app: Any, method: str, path: str) -> tuple[int, str | None]:
    """The status, and the route that was found."""
    statuses = []
    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    asyncio.run(app(scope, receive, send))
    return statuses[0], getattr(scope.get("route"), "path", None)


def application(*, indexed: bool) -> FastAPI:
    """The paths and methods of the product in their order, with nothing behind them."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for route in ROUTES:
        app.add_api_route(route.path, lambda: None, methods=sorted(route.methods))
    if indexed:
        app.router.middleware_stack = Dispatch(app.router, every_route(app))
    return app


@pytest.fixture(scope="module")
def both() -> tuple[FastAPI, FastAPI]:
    return application(indexed=False), application(indexed=True)


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: f"{min(one.methods)} {one.path}")
def test_every_route_is_found_as_the_router_finds_it(both: tuple[FastAPI, FastAPI], route: APIRoute) -> None:
    path = re.sub(r"{[^}]*}", "some-id", route.path)
    for method in sorted(route.methods):
        plain, indexed = (found(app, method, path) for app in both)
        assert plain == indexed == (200, plain[1])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404), ("GET", "/v1", 404), ("GET", "", 404), ("GET", "/v1/units/", 404),
        ("PUT", "/v1/units", 405),
    ],
)  # fmt: skip
def test_what_no_route_answers_is_judged_by_the_router(
    both: tuple[FastAPI, FastAPI], method: str, path: str, status: int
) -> None:
    assert {found(app, method, path)[0] for app in both} == {status}


def test_a_route_that_could_not_be_found_is_refused_at_the_start() -> None:
    app = FastAPI()
    app.add_api_route("/v1/{anything}", lambda: None)
    with pytest.raises(ValueError, match=r"/v1/\{anything\}: the first 2 parts of a path must be fixed"):
        Dispatch(app.router, [one for one in app.routes if isinstance(one, APIRoute)])
