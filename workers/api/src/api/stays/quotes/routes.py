"""`/v1/quotes`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.stays.quotes import service
from api.stays.quotes.schemas import QuoteCreate
from api.stays.quotes.views import Quote

router = APIRouter(prefix="/v1/quotes", tags=["occupancy"])
Writer = Annotated[Context, Allowed("quotes:write")]


@router.post("", status_code=201, responses=shows(201, Quote, fails=(409,)))
async def create(body: QuoteCreate, ctx: Writer) -> Response:
    """Price a stay with taxes and fees. A booking that names the quote gets this price until it expires."""
    return to_response(await service.create(ctx, **body.model_dump()))
