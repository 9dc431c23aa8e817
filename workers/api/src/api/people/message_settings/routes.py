"""`/v1/message_settings`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.preconditions import FAILS, IfMatch
from api.people.message_settings import service
from api.people.message_settings.schemas import MessageSettingsChange
from api.people.message_settings.views import MessageSettings

router = APIRouter(prefix="/v1/message_settings", tags=["members"])
Reader = Annotated[Context, Allowed("tenant:read")]
Writer = Annotated[Context, Allowed("tenant:write")]


@router.get("", responses=shows(200, MessageSettings, tagged=True))
async def show(ctx: Reader) -> Response:
    """To which countries SMS go: those where they cost little, until the organisation chooses."""
    return to_response(await service.show(ctx))


@router.put("", responses=shows(200, MessageSettings, fails=FAILS))
async def change(body: MessageSettingsChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Choose the countries to which SMS go. Needs If-Match. 422 `unknown_country`."""
    return to_response(await service.change(ctx, body.countries, if_match))
