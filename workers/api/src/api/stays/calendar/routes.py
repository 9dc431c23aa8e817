"""`/v1/units/{id}/calendar`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.schemas import Identifier, LocalDate
from api.stays.calendar import service
from api.stays.calendar.views import Calendar, NightHistory

router = APIRouter(prefix="/v1/units/{unit_id}/calendar", tags=["occupancy"])
Reader = Annotated[Context, Allowed("availability:read")]
Historian = Annotated[Context, Allowed("events:read")]


@router.get("", responses=shows(200, Calendar, tagged=True))
async def show(unit_id: Identifier, ctx: Reader, start: LocalDate, end: LocalDate) -> Response:
    """Each night from start to end (local dates, half-open, at most 366): its state, why, its price and what has it."""
    return to_response(await service.show(ctx, unit_id, start, end))


@router.get("/history", responses=shows(200, NightHistory))
async def history(unit_id: Identifier, ctx: Historian, date: LocalDate) -> Response:
    """Who took a night, gave it back or moved away from it, and when: newest first."""
    return to_response(await service.history(ctx, unit_id, date))
