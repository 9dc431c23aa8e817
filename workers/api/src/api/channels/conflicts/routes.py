"""`/v1/conflicts`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.channels.conflicts import resolving, service
from api.channels.conflicts.repository import Filters
from api.channels.conflicts.schemas import ConflictResolve
from api.channels.conflicts.views import Conflict, ConflictDetail
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.listing import After, Limit, cursor
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier

router = APIRouter(prefix="/v1/conflicts", tags=["calendars"])
Reader = Annotated[Context, Allowed("conflicts:read")]
Writer = Annotated[Context, Allowed("conflicts:write", key="needed")]


@router.get("", responses=shows(200, Conflict, listed=True))
async def list_all(
    ctx: Reader,
    status: Literal["open", "resolved"] | None = None,
    unit_id: Identifier | None = None,
    feed_id: Identifier | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Stays that channels report and that do not fit our calendar."""
    filters = Filters(status=status, unit_id=unit_id, feed_id=feed_id)
    return to_response(await service.list_all(ctx, cursor(after, "con"), filters, limit))


@router.get("/{conflict_id}", responses=shows(200, ConflictDetail, tagged=True))
async def show(conflict_id: Identifier, ctx: Reader) -> Response:
    """One conflict: both sides as they are now, the ways out, and its history."""
    return to_response(await service.show(ctx, conflict_id))


@router.post("/{conflict_id}/resolve", responses=shows(200, Conflict, fails=FAILS))
async def resolve(conflict_id: Identifier, body: ConflictResolve, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Decide. Needs an Idempotency-Key and If-Match.

    `keep_ours`: the channel's entry takes no nights, as long as it has these; cancel it there. `keep_theirs`: our
    booking goes to `unit_id` with its price, or is cancelled with `reason` by its policy; a hold or block on our side
    is given up; then the channel's entry has its nights. A booking that is one stay with the entry and has none of its
    nights does not give way: 409 `booking_has_other_nights`. `ignore`: nothing of ours moves, and it is not reported
    again. `same_stay`: our booking `booking_id` is the stay that the channel lists, and goes to the channel's dates
    with its price. Where it cannot the conflict stays open, of the nights that differ. From then on neither is in the
    other's way: when the two have other dates, they are in conflict again, and what the booking gives up is the
    entry's. Later runs keep to it. 409 `unit_unavailable` names what is in the way, and then nothing has changed.
    """
    return to_response(await resolving.resolve(ctx, conflict_id, body.model_dump(), if_match))
