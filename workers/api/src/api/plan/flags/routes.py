"""`/v1/feature_flags`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.plan.flags import service
from api.plan.flags.views import FeatureFlags

router = APIRouter(prefix="/v1/feature_flags", tags=["plans"])
Reader = Annotated[Context, Allowed("flags:read")]


@router.get("", responses=shows(200, FeatureFlags))
async def show(ctx: Reader) -> Response:
    """Which features are on for the organisation: something to show or hide, never a permission."""
    return to_response(await service.show(ctx))
