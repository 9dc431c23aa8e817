"""`/v1/plans` and `/v1/subscription`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.plan.plans import service
from api.plan.plans.views import Plan, Subscription

router = APIRouter(prefix="/v1", tags=["plans"])
Reader = Annotated[Context, Allowed("plan:read")]


@router.get("/plans", responses=shows(200, Plan, listed=True))
async def list_plans(ctx: Reader) -> Response:
    """All plans, the smallest first, with what they include. A limit that is null does not exist."""
    return to_response(await service.list_plans(ctx))


@router.get("/subscription", responses=shows(200, Subscription))
async def show_subscription(ctx: Reader) -> Response:
    """The plan and its status, with what came before. Statuses are those of Stripe."""
    return to_response(await service.show_subscription(ctx))
