"""`/verify_email`, `/reset_password` and `/invitation`."""

from fastapi import APIRouter, Response

from api.pages.landing import page

router = APIRouter(include_in_schema=False)


@router.get("/verify_email")
@router.get("/reset_password")
@router.get("/invitation")
async def landing() -> Response:
    """One page for all links. The token stands behind the #, which no server, log or referrer sees."""
    return Response(page.html(), media_type="text/html; charset=utf-8", headers=page.headers())
