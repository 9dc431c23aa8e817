"""`/v1/availability`."""

from typing import Annotated, get_args

from fastapi import APIRouter, Header, Query, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.headers import IF_NONE_MATCH
from api.edge.listing import After, Limit, cursor, one_of
from api.edge.schemas import Amount, Identifier, ListedCurrency, LocalDate
from api.inventory.units.schemas import UnitType
from api.stays.availability import rules, service
from api.stays.availability.repository import Wanted
from api.stays.availability.views import FreeUnit

router = APIRouter(tags=["occupancy"])
Reader = Annotated[Context, Allowed("availability:read")]


@router.get("/v1/availability", responses=shows(200, FreeUnit, listed=True, tagged=True))
async def search(
    ctx: Reader,
    check_in: LocalDate,
    check_out: LocalDate,
    guests: Annotated[int, Query(ge=1, le=500)] = 1,
    property_id: Identifier | None = None,
    amenities: Annotated[str | None, Query(max_length=900, description="By commas: all of them.")] = None,
    type: Annotated[str | None, Query(max_length=100, description="One or more types, by commas.")] = None,
    currency: Annotated[ListedCurrency | None, Query(description="Of the prices; needed with a bound.")] = None,
    total_from: Annotated[Amount | None, Query(alias="total[gte]", description="In minor units.")] = None,
    total_to: Annotated[Amount | None, Query(alias="total[lte]")] = None,
    nightly_from: Annotated[
        Amount | None, Query(alias="nightly[gte]", description="The total by the number of nights.")
    ] = None,
    nightly_to: Annotated[Amount | None, Query(alias="nightly[lte]")] = None,
    limit: Limit = 50,
    after: After = None,
    known: Annotated[str | None, Header(alias=IF_NONE_MATCH, include_in_schema=False)] = None,
) -> Response:
    """Units that are free from check_in to check_out (local dates, half-open), with the total of the stay.

    A page may be shorter than its limit although more follows: `has_more` tells. The answer is advice; who takes the
    nights is told by the database.
    """
    wanted = Wanted(
        check_in=check_in, check_out=check_out, guests=guests, property_id=property_id,
        amenities=rules.amenities_of(amenities), types=one_of(type, get_args(UnitType), "type"), currency=currency,
        total_from=total_from, total_to=total_to, nightly_from=nightly_from, nightly_to=nightly_to,
    )  # fmt: skip
    return to_response(await service.search(ctx, wanted, after=cursor(after, "unit"), limit=limit, known=known))
