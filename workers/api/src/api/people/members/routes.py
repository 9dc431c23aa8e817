"""`/v1/members`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.listing import After, Limit, cursor
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier
from api.people.members import service
from api.people.members.schemas import MemberChange
from api.people.members.views import Member

router = APIRouter(prefix="/v1/members", tags=["members"])
Reader = Annotated[Context, Allowed("members:read")]
Writer = Annotated[Context, Allowed("members:write")]
Oneself = Annotated[Context, Allowed("self")]


@router.get("", responses=shows(200, Member, listed=True))
async def list_all(ctx: Reader, limit: Limit = 50, after: After = None) -> Response:
    """The people of this organisation, by their id."""
    return to_response(await service.list_all(ctx, cursor(after, "usr"), limit))


@router.post("/leave", status_code=204, responses=no_content(409))
async def leave(ctx: Oneself) -> Response:
    """Leave the organisation of this session. 409 `last_owner` for its only owner."""
    return to_response(await service.leave(ctx))


@router.get("/{user_id}", responses=shows(200, Member, tagged=True))
async def show(user_id: Identifier, ctx: Reader) -> Response:
    """One member."""
    return to_response(await service.show(ctx, user_id))


@router.patch("/{user_id}", responses=shows(200, Member, fails=FAILS))
async def change(user_id: Identifier, body: MemberChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Another role, or other properties to see. Needs If-Match. It ends the member's sessions in this organisation.

    Only owners make or change owners and make admins. Nobody changes their own role, but an owner who is not the only
    one may step down.
    """
    return to_response(await service.change(ctx, user_id, body.model_dump(exclude_unset=True), if_match))


@router.delete("/{user_id}", status_code=204, responses=no_content(409))
async def remove(user_id: Identifier, ctx: Writer) -> Response:
    """Remove a member and end their sessions here. Needs no If-Match: whatever they are by now, they are to go."""
    return to_response(await service.remove(ctx, user_id))
