"""`/v1/units`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.listing import After, Limit, Since, since
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier
from api.inventory.properties.schemas import Slug
from api.inventory.units import changes, combinations, service
from api.inventory.units.repository import Filters
from api.inventory.units.schemas import PartsPut, UnitChange, UnitCreate
from api.inventory.units.views import Unit

router = APIRouter(prefix="/v1/units", tags=["inventory"])
Reader = Annotated[Context, Allowed("units:read")]
Writer = Annotated[Context, Allowed("units:write")]


@router.post("", status_code=201, responses=shows(201, Unit, fails=(409,)))
async def create(body: UnitCreate, ctx: Writer) -> Response:
    """Create a unit of a property. The rate is per night, in minor units of the property's currency."""
    return to_response(await service.create(ctx, body.model_dump()))


@router.get("", responses=shows(200, Unit, listed=True))
async def list_all(
    ctx: Reader,
    property_id: Identifier | None = None,
    status: Literal["active", "inactive", "archived"] | None = None,
    tag: Slug | None = None,
    updated_since: Since = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The tenant's units, sorted by id or, with `updated_since`, by time of the last change."""
    filters = Filters(property_id=property_id, status=status, tag=tag, updated_since=since(updated_since))
    return to_response(await service.list_all(ctx, filters, after, limit))


@router.get("/{unit_id}", responses=shows(200, Unit, tagged=True))
async def show(unit_id: Identifier, ctx: Reader) -> Response:
    """One unit."""
    return to_response(await service.show(ctx, unit_id))


@router.patch("/{unit_id}", responses=shows(200, Unit, fails=FAILS))
async def change(unit_id: Identifier, body: UnitChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Change what is named. Needs If-Match. Null clears; lists and objects are replaced as a whole.

    An `inactive` unit keeps what is in its calendar and takes no new stays.
    """
    return to_response(await changes.change(ctx, unit_id, body.model_dump(include=body.model_fields_set), if_match))


@router.post("/{unit_id}/archive", responses=shows(200, Unit, fails=(409,)))
async def archive(unit_id: Identifier, ctx: Writer) -> Response:
    """Put it away: it takes nothing any more and does not count towards the plan.

    A unit is never deleted, because bookings and invoices refer to it. 409 `unit_occupied` names what takes its nights
    from today on. A channel's stay that was moved here, took no nights any more and is listed again has its nights in
    the unit of its feed.
    """
    return to_response(await changes.archive(ctx, unit_id))


@router.post("/{unit_id}/reactivate", responses=shows(200, Unit, fails=(409,)))
async def reactivate(unit_id: Identifier, ctx: Writer) -> Response:
    """Let it again."""
    return to_response(await changes.reactivate(ctx, unit_id))


@router.post("/{unit_id}/parts", responses=shows(200, Unit, fails=(409,)))
async def combine(unit_id: Identifier, body: PartsPut, ctx: Writer) -> Response:
    """Let the unit consist of these units of its property, as a villa does of its rooms; an empty list ends it.

    Who takes nights of the villa takes them of each room, and a room that is taken keeps the villa from being taken.
    What the unit has taken from today on is taken of new parts, too; 409 `unit_unavailable` names what is in the way.
    """
    return to_response(await combinations.replace(ctx, unit_id, body.unit_ids))
