"""`/v1/test_clock`."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.operations.test_clock import service
from api.operations.test_clock.schemas import ClockSet
from api.operations.test_clock.views import TestClock

router = APIRouter(prefix="/v1/test_clock", tags=["platform"])
Reader = Annotated[Context, Allowed("test_clock:read")]
Writer = Annotated[Context, Allowed("test_clock:write")]


@router.get("", responses=shows(200, TestClock))
async def show(ctx: Reader) -> Response:
    """What time it is for this test space."""
    return to_response(await service.show(ctx))


@router.put("", responses=shows(200, TestClock, fails=(409,)))
async def move(body: ClockSet, ctx: Writer) -> Response:
    """Let the time of this test space stand still at an instant, from then on only moved forward.

    Everything that the space's data means follows it: holds, quotes, rules, leases, events. Holds that have run out by
    then are closed. Sessions, keys, rate limits and the sending of messages keep the real time.
    """
    return to_response(await service.move(ctx, body.model_dump()["frozen_time"]))


@router.delete("", status_code=204, responses=no_content(409))
async def remove(ctx: Writer) -> Response:
    """Let the real time count again. Holds that it has overtaken are closed, and those made later than it is now."""
    return to_response(await service.remove(ctx))
