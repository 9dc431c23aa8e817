"""`/docs` and `/openapi.json`: made once per isolate."""

from functools import cache

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response

from api.access import visits
from api.access.dependencies import ip_of
from api.pages.manual.page import render
from propflow.clock import now_ms

router = APIRouter()
CACHED = {"Cache-Control": "public, max-age=300"}
HEADERS = {
    **CACHED,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


@cache
def _page(app: FastAPI) -> str:
    return render(app.openapi())


@cache
def _document(app: FastAPI) -> bytes:
    return msgspec.json.encode(app.openapi())


def _charge(request: Request) -> None:
    visits.charge_page(request.scope["env"], ip_of(request), now_ms())


@router.get("/docs", include_in_schema=False)
async def manual(request: Request) -> Response:
    """The API as one page for people."""
    _charge(request)
    return Response(_page(request.app), media_type="text/html; charset=utf-8", headers=HEADERS)


@router.get("/openapi.json", include_in_schema=False)
async def document(request: Request) -> Response:
    """The API as OpenAPI 3.1, for programs."""
    _charge(request)
    return Response(_document(request.app), media_type="application/json", headers=CACHED)
