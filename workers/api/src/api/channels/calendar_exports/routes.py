"""`/v1/units/{id}/exports`."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.access.dependencies import Allowed
from api.channels.calendar_exports import service
from api.channels.calendar_exports.schemas import ExportCreate, ExportRotate
from api.channels.calendar_exports.views import Export, RotatedExport
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.schemas import Identifier

router = APIRouter(prefix="/v1/units/{unit_id}/exports", tags=["calendars"])
Reader = Annotated[Context, Allowed("calendar_exports:read")]
Writer = Annotated[Context, Allowed("calendar_exports:write")]
Maker = Annotated[Context, Allowed("calendar_exports:write", key="ignored")]


@router.post("", status_code=201, responses=shows(201, Export))
async def create(unit_id: Identifier, ctx: Maker, body: Annotated[ExportCreate | None, Body()] = None) -> Response:
    """The address at which a channel reads this unit's calendar. The same channel gets the same address."""
    return to_response(await service.create(ctx, unit_id, (body or ExportCreate()).channel))


@router.get("", responses=shows(200, Export, listed=True))
async def list_all(unit_id: Identifier, ctx: Reader) -> Response:
    """The unit's exports with their addresses."""
    return to_response(await service.list_all(ctx, unit_id))


@router.post("/{export_id}/rotate", responses=shows(200, RotatedExport, fails=(409,)))
async def rotate(
    unit_id: Identifier, export_id: Identifier, ctx: Writer, body: Annotated[ExportRotate | None, Body()] = None
) -> Response:
    """Another address, for when the old one fell into wrong hands: it dies at once, or after the overlap."""
    overlap = (body or ExportRotate()).overlap_seconds
    return to_response(await service.rotate(ctx, unit_id, export_id, overlap))


@router.delete("/{export_id}", status_code=204, responses=no_content(409))
async def delete(unit_id: Identifier, export_id: Identifier, ctx: Writer) -> Response:
    """The address answers 404 from now on."""
    return to_response(await service.delete(ctx, unit_id, export_id))
