"""`/v1/realtime/tickets`. The connection itself has a door of its own: ingress/realtime.py."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.activity.realtime import service
from api.activity.realtime.schemas import TicketCreate
from api.activity.realtime.views import Ticket
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows

router = APIRouter(tags=["calendars"])
Viewer = Annotated[Context, Allowed("realtime:write", key="ignored")]


@router.post("/v1/realtime/tickets", status_code=201, responses=shows(201, Ticket))
async def create_ticket(body: TicketCreate, ctx: Viewer) -> Response:
    """A ticket for one WebSocket to `/v1/realtime`, good for a minute and for one use. Offer `protocols` as they are.

    The connection tells who looks at and edits which calendar, and every change of a calendar within a second.
    """
    return to_response(await service.create_ticket(ctx, body.property_id))
