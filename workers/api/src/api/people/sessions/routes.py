"""`/v1/me/sessions` and `/v1/auth/logout`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.listing import After, Limit, cursor
from api.edge.schemas import Identifier
from api.people.sessions import cookie, service
from api.people.sessions.views import Revoked, Session

router = APIRouter(tags=["accounts"])
Oneself = Annotated[Context, Allowed("self")]
Leaving = Annotated[Context, Allowed("leave", key="ignored")]


@router.post("/v1/auth/logout", status_code=204, responses=no_content())
async def log_out(ctx: Leaving) -> Response:
    """End this session at once."""
    await service.log_out(ctx)
    return Response(status_code=204, headers={"Set-Cookie": cookie.ENDED})


@router.get("/v1/me/sessions", responses=shows(200, Session, listed=True))
async def list_all(ctx: Oneself, limit: Limit = 50, after: After = None) -> Response:
    """Where one is signed in, oldest first, in all organisations; `current` marks this session."""
    return to_response(await service.list_all(ctx, cursor(after, "ses"), limit))


@router.delete("/v1/me/sessions/{session_id}", status_code=204, responses=no_content())
async def revoke(session_id: Identifier, ctx: Oneself) -> Response:
    """End one of one's sessions at once."""
    return to_response(await service.revoke(ctx, session_id))


@router.post("/v1/me/sessions/revoke_others", responses=shows(200, Revoked))
async def revoke_others(ctx: Oneself) -> Response:
    """End all of one's sessions but this one at once."""
    return to_response(await service.revoke_others(ctx))
