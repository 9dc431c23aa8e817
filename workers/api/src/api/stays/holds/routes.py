"""`/v1/holds`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.schemas import Identifier
from api.stays.holds import service
from api.stays.holds.schemas import HoldCreate
from api.stays.holds.views import Hold

router = APIRouter(prefix="/v1/holds", tags=["occupancy"])
Writer = Annotated[Context, Allowed("holds:write")]
Keyed = Annotated[Context, Allowed("holds:write", key="needed")]


@router.post("", status_code=201, responses=shows(201, Hold, fails=(409,)))
async def create(body: HoldCreate, ctx: Keyed) -> Response:
    """Take the nights for up to 30 minutes. Needs an Idempotency-Key.

    With `quote_id` or `guests` a booking made with the hold gets the price of now. 409 `unit_unavailable` names what is
    in the way.
    """
    return to_response(await service.create(ctx, body.model_dump()))


@router.delete("/{hold_id}", status_code=204, responses=no_content(409))
async def delete(hold_id: Identifier, ctx: Writer) -> Response:
    """Free the nights at once. Twice is answered alike; 409 when a booking was made with it."""
    return to_response(await service.delete(ctx, hold_id))
