"""Whether all four Workers answer."""

import asyncio

from api.core.context import Anonymous
from api.operations.health.views import Health
from propflow.bindings.services import Service
from propflow.errors import AppError
from propflow.models import Health as WorkerHealth
from propflow.models import HealthRequest


async def check(ctx: Anonymous) -> Health:
    """Ask the three others at once."""
    others = {"notify": ctx.bindings.notify, "billing": ctx.bindings.billing, "calsync": ctx.bindings.calsync}
    states = await asyncio.gather(*[_state(service) for service in others.values()])
    workers = {"api": "ok", **dict(zip(others, states, strict=True))}
    healthy = all(state == "ok" for state in workers.values())
    return Health(status="ok" if healthy else "degraded", workers=workers)


async def _state(service: Service) -> str:
    try:
        await service.call("health", HealthRequest(), WorkerHealth)
    except AppError:
        return "unreachable"
    return "ok"
