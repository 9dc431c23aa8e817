"""`/healthz`."""

from fastapi import APIRouter, Response

from api.access import visits
from api.access.dependencies import Anyone
from api.edge.answers import answer, to_response
from api.edge.documentation import shows
from api.operations.health import service
from api.operations.health.views import Health

router = APIRouter(tags=["platform"])


@router.get("/healthz", responses=shows(200, Health))
async def healthz(ctx: Anyone) -> Response:
    """Whether all four Workers answer: 200 when they do, 503 when one does not."""
    visits.charge_page(ctx.bindings, ctx.ip, ctx.now)
    health = await service.check(ctx)
    return to_response(answer(200 if health.status == "ok" else 503, health))
