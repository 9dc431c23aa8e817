"""`/v1/tenant`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.preconditions import FAILS, IfMatch
from api.people.identity.views import SignedIn
from api.people.tenants import service
from api.people.tenants.schemas import TenantChange, Transfer
from api.people.tenants.views import Organisation

router = APIRouter(prefix="/v1/tenant", tags=["members"])
Reader = Annotated[Context, Allowed("tenant:read")]
Writer = Annotated[Context, Allowed("tenant:write")]
Owner = Annotated[Context, Allowed("tenant:transfer", key="ignored")]


@router.get("", responses=shows(200, Organisation, tagged=True))
async def show(ctx: Reader) -> Response:
    """The organisation of this session or key."""
    return to_response(await service.show(ctx))


@router.patch("", responses=shows(200, Organisation, fails=FAILS))
async def rename(body: TenantChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Rename the organisation. Needs If-Match."""
    return to_response(await service.rename(ctx, body.name, if_match))


@router.post("/transfer", responses=shows(200, SignedIn, fails=(409,)))
async def transfer(body: Transfer, ctx: Owner) -> Response:
    """Make another member the owner and oneself an admin. Needs one's own password again.

    The sessions of both end here; the answer holds a new one for the caller.
    """
    return to_response(await service.transfer(ctx, user_id=body.user_id, password=body.password))
