"""`/v1/auth/forgot_password`, `/v1/auth/reset_password` and `/v1/auth/verify_email`."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from api.access.dependencies import Allowed, Anyone, session_of
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.people.mail_links import service
from api.people.mail_links.schemas import Forgotten, Reset, Verification
from api.people.mail_links.views import EmailVerified, PasswordReset, Requested

router = APIRouter(tags=["accounts"])
Oneself = Annotated[Context, Allowed("self")]


@router.post("/v1/auth/forgot_password", status_code=202, responses=shows(202, Requested))
async def forgot_password(body: Forgotten, ctx: Anyone) -> Response:
    """Mail a link to set another password, if the address has an account; at most three an hour."""
    return to_response(await service.forgot_password(ctx, body.email))


@router.post("/v1/auth/reset_password", responses=shows(200, PasswordReset, fails=(409,)))
async def reset_password(body: Reset, ctx: Anyone) -> Response:
    """Set another password with the token of a link. All sessions and a link to Google end; log in afterwards."""
    return to_response(await service.reset_password(ctx, body.token, body.password))


@router.post("/v1/auth/verify_email", responses=shows(200, EmailVerified, fails=(409,)))
async def verify_email(body: Verification, ctx: Anyone, request: Request) -> Response:
    """Show with the token of a link that the address is one's own.

    As who is signed in to the account, or with its password: the mailbox alone would confirm an account that a
    stranger made with somebody's address.
    """
    return to_response(await service.verify_email(ctx, session_of(request), body.token, body.password))


@router.post("/v1/me/verify_email", status_code=202, responses=shows(202, Requested, fails=(409,)))
async def ask_again(ctx: Oneself) -> Response:
    """Mail the link to verify one's address again; at most three an hour."""
    return to_response(await service.ask_again(ctx))
