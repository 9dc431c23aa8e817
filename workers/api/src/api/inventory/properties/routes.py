"""`/v1/properties`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.listing import After, Limit, Since, since
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier
from api.inventory.properties import changes, service
from api.inventory.properties.repository import Filters
from api.inventory.properties.schemas import PropertyChange, PropertyCreate, Slug
from api.inventory.properties.views import Property

router = APIRouter(prefix="/v1/properties", tags=["inventory"])
Reader = Annotated[Context, Allowed("properties:read")]
Writer = Annotated[Context, Allowed("properties:write")]


@router.post("", status_code=201, responses=shows(201, Property))
async def create(body: PropertyCreate, ctx: Writer) -> Response:
    """Create a property. `charges` are the taxes and fees that every price of its units includes."""
    return to_response(await service.create(ctx, body.model_dump(exclude_none=True)))


@router.get("", responses=shows(200, Property, listed=True))
async def list_all(
    ctx: Reader,
    status: Literal["active", "archived"] | None = None,
    tag: Slug | None = None,
    updated_since: Since = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The tenant's properties, sorted by id or, with `updated_since`, by time of the last change."""
    filters = Filters(status=status, tag=tag, updated_since=since(updated_since))
    return to_response(await service.list_all(ctx, filters, after, limit))


@router.get("/{property_id}", responses=shows(200, Property, tagged=True))
async def show(property_id: Identifier, ctx: Reader) -> Response:
    """One property."""
    return to_response(await service.show(ctx, property_id))


@router.patch("/{property_id}", responses=shows(200, Property, fails=FAILS))
async def change(property_id: Identifier, body: PropertyChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Change what is named. Needs If-Match. Null clears; lists and objects are replaced as a whole."""
    return to_response(await changes.change(ctx, property_id, body.model_dump(include=body.model_fields_set), if_match))


@router.post("/{property_id}/archive", responses=shows(200, Property, fails=(409,)))
async def archive(property_id: Identifier, ctx: Writer) -> Response:
    """Put it away. Its units must be archived before. Nothing is deleted: bookings and invoices refer to it."""
    return to_response(await changes.set_status(ctx, property_id, "archived"))


@router.post("/{property_id}/reactivate", responses=shows(200, Property, fails=(409,)))
async def reactivate(property_id: Identifier, ctx: Writer) -> Response:
    """Take it back into use."""
    return to_response(await changes.set_status(ctx, property_id, "active"))
