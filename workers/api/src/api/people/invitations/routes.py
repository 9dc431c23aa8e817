"""`/v1/invitations`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access.dependencies import Allowed, Anyone, session_of
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.headers import TAKES_DEVICE
from api.edge.listing import After, Limit, cursor, one_of
from api.edge.schemas import Identifier
from api.people.identity.views import SignedIn
from api.people.invitations import acceptance, service
from api.people.invitations.rules import STATUSES
from api.people.invitations.schemas import InvitationAccept, InvitationCreate
from api.people.invitations.views import Invitation

router = APIRouter(prefix="/v1/invitations", tags=["members"])
Reader = Annotated[Context, Allowed("members:read")]
Writer = Annotated[Context, Allowed("members:write")]


@router.post("", status_code=201, responses=shows(201, Invitation, fails=(409,)))
async def create(body: InvitationCreate, ctx: Writer) -> Response:
    """Invite somebody by mail. Only owners invite admins.

    403 `not_yet_proven` while no owner has verified their address and nobody pays; 409 `already_member` or
    `invitation_pending`; 402 when the plan has no room for members and invitations together.
    """
    return to_response(await service.create(ctx, body.model_dump()))


@router.get("", responses=shows(200, Invitation, listed=True))
async def list_all(
    ctx: Reader,
    status: Annotated[str | None, Query(max_length=100, description="One or more statuses, by commas.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The organisation's invitations, by id."""
    statuses = one_of(status, STATUSES, "status")
    return to_response(await service.list_all(ctx, statuses, cursor(after, "ivt"), limit))


@router.post("/accept", responses=shows(200, SignedIn, fails=(409,)), openapi_extra=TAKES_DEVICE)
async def accept(body: InvitationAccept, ctx: Anyone, request: Request) -> Response:
    """Become a member, by the token of the link in the mail. It opens once.

    As who is signed in with the invited address; or with the password of that account; or, when there is none, as
    somebody new with a name and a password. The answer holds a session in the organisation.
    """
    return to_response(await acceptance.accept(ctx, session_of(request), **body.model_dump()))


@router.get("/{invitation_id}", responses=shows(200, Invitation))
async def show(invitation_id: Identifier, ctx: Reader) -> Response:
    """One invitation."""
    return to_response(await service.show(ctx, invitation_id))


@router.post("/{invitation_id}/resend", responses=shows(200, Invitation, fails=(409,)))
async def resend(invitation_id: Identifier, ctx: Writer) -> Response:
    """Send another mail, at most once a minute and ten times. The link of the one before opens no more."""
    return to_response(await service.resend(ctx, invitation_id))


@router.post("/{invitation_id}/revoke", responses=shows(200, Invitation, fails=(409,)))
async def revoke(invitation_id: Identifier, ctx: Writer) -> Response:
    """Take it back: the link opens no more. Twice happens once."""
    return to_response(await service.revoke(ctx, invitation_id))
