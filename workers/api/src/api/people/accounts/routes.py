"""`/v1/auth/signup`, `/v1/auth/login` and `/v1/me`.

Answers that hold a session token are never stored, so these routes do not honour an Idempotency-Key: sign-up, log-in,
a change of password, a switch of tenant. Each starts with what only its owner knows, and may be sent again.
"""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed, Anyone
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.headers import TAKES_DEVICE
from api.people.accounts import oneself, service
from api.people.accounts.schemas import Login, PasswordChange, Profile, Signup, TenantChoice
from api.people.identity.views import Me, SignedIn

router = APIRouter(tags=["accounts"])
Oneself = Annotated[Context, Allowed("self")]
Renewing = Annotated[Context, Allowed("self", key="ignored")]
Leaving = Annotated[Context, Allowed("leave", key="ignored")]


@router.post("/v1/auth/signup", status_code=201, responses=shows(201, SignedIn), openapi_extra=TAKES_DEVICE)
async def sign_up(body: Signup, ctx: Anyone) -> Response:
    """Create a tenant with its owner. The session token is shown once, and set as a cookie.

    A mail asks to verify the address, or tells its owner that somebody used it. No Idempotency-Key is honoured here.
    """
    return to_response(await service.sign_up(ctx, **body.model_dump()))


@router.post("/v1/auth/login", responses=shows(200, SignedIn), openapi_extra=TAKES_DEVICE)
async def log_in(body: Login, ctx: Anyone) -> Response:
    """Start a session. No Idempotency-Key is honoured here.

    A client other than a browser sends the `token` of `known_device` back as `PropFlow-Device` at its next log-in.
    503 `busy` when too many log in at once.
    """
    return to_response(await service.log_in(ctx, **body.model_dump()))


@router.get("/v1/me", responses=shows(200, Me))
async def me(ctx: Oneself) -> Response:
    """Who is calling: person, tenant, role and plan, and where else the person belongs."""
    return to_response(await oneself.show(ctx))


@router.patch("/v1/me", responses=shows(200, Me))
async def rename(body: Profile, ctx: Oneself) -> Response:
    """Change one's name. No If-Match is needed: nobody else changes it."""
    return to_response(await oneself.rename(ctx, body.name))


@router.post("/v1/me/password", responses=shows(200, SignedIn), openapi_extra=TAKES_DEVICE)
async def change_password(body: PasswordChange, ctx: Renewing) -> Response:
    """Change one's password. All other sessions end; this one goes on under the token in the answer.

    A Google account that was linked is unlinked: link it again if it is yours.
    """
    return to_response(await oneself.change_password(ctx, body.current_password, body.new_password))


@router.post("/v1/me/tenant", responses=shows(200, SignedIn))
async def switch_tenant(body: TenantChoice, ctx: Leaving) -> Response:
    """Go on in another of one's organisations, under the token in the answer. The old token ends."""
    return to_response(await oneself.switch_tenant(ctx, body.tenant_id))
