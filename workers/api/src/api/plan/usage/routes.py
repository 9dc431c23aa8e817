"""`/v1/usage`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.schemas import LocalDate
from api.plan.usage import service
from api.plan.usage.views import Usage

router = APIRouter(prefix="/v1/usage", tags=["plans"])
Reader = Annotated[Context, Allowed("usage:read")]
Start = Annotated[LocalDate | None, Query(description="First day (UTC); the first of the month unless told otherwise.")]
End = Annotated[LocalDate | None, Query(description="The day after the last one, at most 400 days after the first.")]


@router.get("", responses=shows(200, Usage))
async def show(ctx: Reader, start: Start = None, end: End = None) -> Response:
    """What was used, by day and meter, and how much of the plan that is. Days of the last 13 months are kept.

    It is counted for all properties together, so who is restricted to some of them is refused with 403.
    """
    return to_response(await service.show(ctx, start, end))
