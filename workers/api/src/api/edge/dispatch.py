"""Finding a route by the first two parts of its path, so that a request is compared with a few routes and not with all.

Where none of these answers, FastAPI's own router judges: 404 and 405 are its own.
"""

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

PARTS = 2


class Dispatch:
    """An ASGI application in front of a router that knows the same routes. Raises ValueError for one it cannot find."""

    def __init__(self, router: APIRouter, routes: Iterable[APIRoute]) -> None:
        self._router = router
        self._routes: dict[str, list[APIRoute]] = {}
        for route in routes:
            key = _key(route.path)
            if "{" in key:
                raise ValueError(f"{route.path}: the first {PARTS} parts of a path must be fixed")
            self._routes.setdefault(key, []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for route in self._routes.get(_key(scope["path"]), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found, router=self._router)
                await route.handle(scope, receive, send)
                return
        await self._router.app(scope, receive, send)


def _key(path: str) -> str:
    return "/".join(path.split("/", PARTS + 1)[: PARTS + 1])
