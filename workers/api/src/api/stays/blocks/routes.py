"""`/v1/blocks`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.listing import After, Limit, cursor
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier
from api.stays.blocks import service
from api.stays.blocks.schemas import BlockChange, BlockCreate
from api.stays.blocks.views import Block, NewBlock

router = APIRouter(prefix="/v1/blocks", tags=["occupancy"])
Reader = Annotated[Context, Allowed("blocks:read")]
Writer = Annotated[Context, Allowed("blocks:write")]
Keyed = Annotated[Context, Allowed("blocks:write", key="needed")]


@router.post("", status_code=201, responses=shows(201, NewBlock, fails=(409,)))
async def create(body: BlockCreate, ctx: Keyed) -> Response:
    """Close nights for the owner or for repairs. Needs an Idempotency-Key.

    With `repeat` the same nights are closed every so many weeks: at most 120 occurrences within two years, all or
    none. 409 `unit_unavailable` names everything that is in the way.
    """
    return to_response(await service.create(ctx, body.model_dump()))


@router.get("", responses=shows(200, Block, listed=True))
async def list_all(ctx: Reader, unit_id: Identifier | None = None, limit: Limit = 50, after: After = None) -> Response:
    """The blocks that are there, by id."""
    return to_response(await service.list_all(ctx, unit_id, cursor(after, "blk"), limit))


@router.get("/{block_id}", responses=shows(200, Block, tagged=True))
async def show(block_id: Identifier, ctx: Reader) -> Response:
    """One block."""
    return to_response(await service.show(ctx, block_id))


@router.patch("/{block_id}", responses=shows(200, Block, fails=FAILS))
async def change(block_id: Identifier, body: BlockChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Other nights or another note. Needs If-Match. Of a series only this one moves."""
    return to_response(await service.change(ctx, block_id, body.model_dump(exclude_unset=True), if_match))


@router.delete("/{block_id}", status_code=204, responses=no_content(409, 412))
async def delete(
    block_id: Identifier,
    ctx: Writer,
    series: Annotated[bool, Query(description="Every occurrence of its series that has not begun.")] = False,
    if_match: IfMatch = None,
) -> Response:
    """Free the nights. If-Match is not needed, because they are to be free whatever they are; if sent, it counts."""
    return to_response(await service.delete(ctx, block_id, series, if_match))
