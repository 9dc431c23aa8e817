"""`/v1/imports/bookings`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.inventory.imports import service as imports
from api.inventory.imports.routes import TEMPLATE
from api.inventory.imports.schemas import ImportCreate
from api.inventory.imports.views import ImportReport
from api.stays.booking_imports.schemas import BOOKINGS
from api.stays.booking_imports.service import KIND

router = APIRouter(prefix="/v1/imports", tags=["inventory"])
Reader = Annotated[Context, Allowed("bookings:read")]
Writer = Annotated[Context, Allowed("bookings:write")]


@router.post("/bookings", responses=shows(200, ImportReport, fails=(409,)))
async def import_bookings(body: ImportCreate, ctx: Writer) -> Response:
    """Create bookings that another system made from a CSV file: all of them, or none.

    A line is known by its `reference`, the booking's number there, which is one of its own in the tenant. A booking
    that is here already is left as it is; a line that says something else of it is at fault. Once the booking has been
    changed here, only a line with nights that it neither came with nor has now is at fault. `unit_reference` or
    `unit_id` names the unit, with `property_reference` or `property_id` where several units have the reference. `total`
    is the price, all included, in the property's currency; rates and rules of the unit do not count. Stays may lie in
    the past. A line whose nights are taken, also by another line, is at fault, with what is in the way. No guest is
    written to, and nothing is invoiced but what a later change adds to the price. A `dry_run` reports every line,
    changes nothing, and its answer is not kept for the Idempotency-Key. That of an import is, also when lines are
    refused: send a corrected file with a new key.
    """
    return to_response(await imports.run(ctx, KIND, body.csv, BOOKINGS, dry_run=body.dry_run))


@router.get("/bookings/template", responses=TEMPLATE, response_class=Response)
async def booking_template(ctx: Reader) -> Response:
    """A file to fill in, with one example."""
    return to_response(imports.template(KIND))
