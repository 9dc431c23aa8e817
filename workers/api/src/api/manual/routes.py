"""`/docs` and `/openapi.json`: made once per isolate."""

from functools import cache

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response

from api.manual.page import render

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


@router.get("/docs", include_in_schema=False)
async def manual(request: Request) -> Response:
    """The API as one page for people."""
    return Response(_page(request.app), media_type="text/html; charset=utf-8", headers=HEADERS)


@router.get("/openapi.json", include_in_schema=False)
async def document(request: Request) -> Response:
    """The API as OpenAPI 3.1, for programs."""
    return Response(_document(request.app), media_type="application/json", headers=CACHED)
