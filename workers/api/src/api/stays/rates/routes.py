"""`/v1/units/{id}/rates`, `/v1/units/{id}/rate_rules` and `/v1/rates/bulk`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.schemas import Identifier
from api.stays.rates import bulk, service
from api.stays.rates.schemas import RateRulesPut, RatesBulk, RatesPut
from api.stays.rates.views import BulkResult, RateRules, Rates

router = APIRouter(tags=["inventory"])
Reader = Annotated[Context, Allowed("rates:read")]
Writer = Annotated[Context, Allowed("rates:write")]


@router.put("/v1/units/{unit_id}/rates", responses=shows(200, Rates))
async def replace(unit_id: Identifier, body: RatesPut, ctx: Writer) -> Response:
    """Replace the unit's whole list of ranges. No two may overlap."""
    return to_response(await service.replace(ctx, unit_id, body.model_dump()["rates"]))


@router.get("/v1/units/{unit_id}/rates", responses=shows(200, Rates))
async def show(unit_id: Identifier, ctx: Reader) -> Response:
    """The unit's ranges, in order."""
    return to_response(await service.show(ctx, unit_id))


@router.put("/v1/units/{unit_id}/rate_rules", responses=shows(200, RateRules))
async def replace_rules(unit_id: Identifier, body: RateRulesPut, ctx: Writer) -> Response:
    """Replace the unit's adjustments, discounts and restrictions."""
    return to_response(await service.replace_rules(ctx, unit_id, body.model_dump()))


@router.get("/v1/units/{unit_id}/rate_rules", responses=shows(200, RateRules))
async def show_rules(unit_id: Identifier, ctx: Reader) -> Response:
    """The unit's adjustments, discounts and restrictions."""
    return to_response(await service.show_rules(ctx, unit_id))


@router.post("/v1/rates/bulk", responses=shows(200, BulkResult, fails=(409,)))
async def put_many(body: RatesBulk, ctx: Writer) -> Response:
    """Lay ranges over what is there, for any number of units, in their order.

    Each item is answered for itself: those that are wrong change nothing, all others are written at once.
    """
    return to_response(await bulk.put(ctx, body.model_dump()["items"]))
