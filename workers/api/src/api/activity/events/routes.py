"""`/v1/events`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access.dependencies import Allowed
from api.activity.events import service
from api.activity.events.repository import Filters
from api.activity.events.views import EventView
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.listing import Limit
from api.edge.schemas import Identifier

router = APIRouter(prefix="/v1/events", tags=["platform"])
Reader = Annotated[Context, Allowed("events:read")]

Position = Annotated[int, Query(ge=0, le=10**15, description="The `position` of the last event that you have.")]
Type = Annotated[str | None, Query(max_length=60, description="Such as `booking.created`.")]


@router.get("", responses=shows(200, EventView, listed=True))
async def list_after(
    ctx: Reader,
    after: Position = 0,
    type: Type = None,
    object_id: Identifier | None = None,
    unit_id: Identifier | None = None,
    limit: Limit = 50,
) -> Response:
    """What happened after a position, oldest first. Positions have no gaps and follow the order of commits.

    Keep the position of the last event that you have and ask for what came after it: you miss none and see none
    twice. Who is restricted to some properties sees the events of their units, and so sees gaps.
    """
    filters = Filters(type=type, object_id=object_id, unit_id=unit_id)
    return to_response(await service.list_after(ctx, filters, after, limit))
