"""`/v1/imports`."""

from typing import Annotated, Any

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.inventory.imports import of_properties, of_units, service
from api.inventory.imports.schemas import PROPERTIES, UNITS, ImportCreate
from api.inventory.imports.views import ImportReport

router = APIRouter(prefix="/v1/imports", tags=["inventory"])
PropertyReader = Annotated[Context, Allowed("properties:read")]
PropertyWriter = Annotated[Context, Allowed("properties:write")]
UnitReader = Annotated[Context, Allowed("units:read")]
UnitWriter = Annotated[Context, Allowed("units:write")]

TEMPLATE: dict[int | str, Any] = {
    **shows(200, ImportReport),
    200: {"description": "A file", "content": {"text/csv": {"schema": {"type": "string"}}}},
}


@router.post("/properties", responses=shows(200, ImportReport, fails=(409,)))
async def import_properties(body: ImportCreate, ctx: PropertyWriter) -> Response:
    """Create and change properties from a CSV file: all of it, or none.

    A line is known by its `reference`. An empty cell says nothing, so what is there stays. A `dry_run` reports every
    line, changes nothing, and its answer is not kept for the Idempotency-Key. That of an import is, also when lines are
    refused: send a corrected file with a new key.
    """
    return to_response(await service.run(ctx, of_properties.KIND, body.csv, PROPERTIES, dry_run=body.dry_run))


@router.get("/properties/template", responses=TEMPLATE, response_class=Response)
async def property_template(ctx: PropertyReader) -> Response:
    """A file to fill in, with one example."""
    return to_response(service.template(of_properties.KIND))


@router.post("/units", responses=shows(200, ImportReport, fails=(409,)))
async def import_units(body: ImportCreate, ctx: UnitWriter) -> Response:
    """Create and change units from a CSV file: all of it, or none.

    A line is known by its property and its `reference`. `nightly_rate` is in the property's currency: `1234.50`,
    `1.234,50 €`, `1'234.50`; `1.234` is refused in euros unless another cell shows which sign is the decimal one. An
    empty cell says nothing, so what is there stays. A `dry_run` reports every line, changes nothing, and its answer is
    not kept for the Idempotency-Key. That of an import is, also when lines are refused: send a corrected file with a
    new key. 402 when the plan has no room for all of them.
    """
    return to_response(await service.run(ctx, of_units.KIND, body.csv, UNITS, dry_run=body.dry_run))


@router.get("/units/template", responses=TEMPLATE, response_class=Response)
async def unit_template(ctx: UnitReader) -> Response:
    """A file to fill in, with one example."""
    return to_response(service.template(of_units.KIND))
