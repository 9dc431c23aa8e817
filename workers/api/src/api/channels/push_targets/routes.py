"""`/v1/push_targets`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.access.dependencies import Allowed
from api.channels.push_targets import service
from api.channels.push_targets.schemas import PushTargetChange, PushTargetCreate
from api.channels.push_targets.views import NewPushTarget, PushSecret, PushTarget
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.listing import After, Limit, cursor
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier

router = APIRouter(prefix="/v1/push_targets", tags=["calendars"])
Reader = Annotated[Context, Allowed("calendar_exports:read")]
Writer = Annotated[Context, Allowed("calendar_exports:write")]


@router.post("", status_code=201, responses=shows(201, NewPushTarget, fails=(409,)))
async def create(body: PushTargetCreate, ctx: Writer) -> Response:
    """Have a unit's calendar brought to a CalDAV collection or told to a webhook, now and whenever it changes.

    A CalDAV address is that of the collection itself; every entry of ours has an address of its own in it, and others'
    entries are never touched. A webhook gets `unit.availability_changed` with all nights that are taken from today on,
    signed as Standard Webhooks 1.0.0; answer 2xx within 15 seconds. What fails is tried again after 5 and 30 minutes
    and 2, 5, 10, 14, 20 and 24 hours; then the target is disabled. 429 `calendar_host_busy` when your people have asked
    the host of a collection for enough in this minute.
    """
    return to_response(await service.create(ctx, body.model_dump()))


@router.get("", responses=shows(200, PushTarget, listed=True))
async def list_all(ctx: Reader, unit_id: Identifier | None = None, limit: Limit = 50, after: After = None) -> Response:
    """The tenant's push targets, by id."""
    return to_response(await service.list_all(ctx, cursor(after, "push"), limit, unit_id))


@router.get("/{target_id}", responses=shows(200, PushTarget, tagged=True))
async def show(target_id: Identifier, ctx: Reader) -> Response:
    """One push target with how it fares."""
    return to_response(await service.show(ctx, target_id))


@router.patch("/{target_id}", responses=shows(200, PushTarget, fails=FAILS))
async def change(target_id: Identifier, body: PushTargetChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Another name, address or status; needs If-Match. Another address needs the credentials there again.

    `active` tries again at once, also what was disabled. What was put into a former collection stays there. 429
    `calendar_host_busy` for another address as where a target is made.
    """
    return to_response(await service.change(ctx, target_id, body.model_dump(exclude_unset=True), if_match))


@router.post("/{target_id}/push", status_code=202, responses=shows(202, PushTarget))
async def push_now(target_id: Identifier, ctx: Writer) -> Response:
    """Bring the calendar over now, in the background."""
    return to_response(await service.push_now(ctx, target_id))


@router.post("/{target_id}/rotate_secret", responses=shows(200, PushSecret, fails=(409, 412)))
async def rotate_secret(target_id: Identifier, ctx: Writer) -> Response:
    """Another signing secret of a webhook, shown here only. For a day messages bear both signatures."""
    return to_response(await service.rotate_secret(ctx, target_id))


@router.delete("/{target_id}", status_code=204, responses=no_content(409))
async def delete(
    target_id: Identifier,
    ctx: Writer,
    entries: Annotated[
        Literal["remove", "keep"], Query(description="What becomes of our entries in a CalDAV collection.")
    ] = "remove",
) -> Response:
    """Bring nothing there any more. Entries are taken away in the background, for as long as the server lets us try."""
    return to_response(await service.delete(ctx, target_id, entries))
