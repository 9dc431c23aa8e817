"""`/v1/feeds`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access.dependencies import Allowed
from api.channels.feeds import changes, service
from api.channels.feeds.schemas import FeedChange, FeedCreate, FeedPreviewed
from api.channels.feeds.views import Feed, FeedRun, FeedRunStarted
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.listing import After, Limit, cursor
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier
from propflow.models import FeedPreview

router = APIRouter(tags=["calendars"])
Reader = Annotated[Context, Allowed("feeds:read")]
Writer = Annotated[Context, Allowed("feeds:write")]


@router.post("/v1/feeds", status_code=201, responses=shows(201, Feed, fails=(409,)))
async def create(body: FeedCreate, ctx: Writer) -> Response:
    """Connect an external iCal calendar to a unit. Its stays are imported within seconds, and again and again.

    409 `too_many_feeds` when the unit has ten already. 429 `calendar_host_busy` when your people have asked the
    calendar's host for enough in this minute.
    """
    return to_response(await service.create(ctx, **body.model_dump()))


@router.post("/v1/feeds/preview", responses=shows(200, FeedPreview))
async def preview(body: FeedPreviewed, ctx: Writer) -> Response:
    """What connecting this calendar to the unit would create, and what it would not and why. Nothing is written.

    429 `calendar_host_busy` as where a feed is connected.
    """
    return to_response(await service.preview(ctx, body.unit_id, body.url))


@router.get("/v1/feeds", responses=shows(200, Feed, listed=True))
async def list_all(ctx: Reader, unit_id: Identifier | None = None, limit: Limit = 50, after: After = None) -> Response:
    """The tenant's feeds, by id."""
    return to_response(await service.list_all(ctx, cursor(after, "feed"), limit, unit_id))


@router.get("/v1/feeds/{feed_id}", responses=shows(200, Feed, tagged=True))
async def show(feed_id: Identifier, ctx: Reader) -> Response:
    """One feed with its health."""
    return to_response(await service.show(ctx, feed_id))


@router.patch("/v1/feeds/{feed_id}", responses=shows(200, Feed, fails=FAILS))
async def change(feed_id: Identifier, body: FeedChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Another name, `paused` or `active` again, or another address. Needs If-Match.

    Nothing of the old address is imported any more from then on; what was imported stays until the new calendar has
    been read twice without it. A feed that goes on, and a new address, is read at once. 429 `calendar_host_busy` for
    another address as where a feed is connected.
    """
    return to_response(await changes.change(ctx, feed_id, body.model_dump(exclude_unset=True), if_match))


@router.delete("/v1/feeds/{feed_id}", status_code=204, responses=no_content(409, 412))
async def delete(
    feed_id: Identifier,
    ctx: Writer,
    imported: Annotated[
        changes.Imported,
        Query(description="What becomes of imported nights to come: keep leaves them closed, release opens them."),
    ] = "keep",
    if_match: IfMatch = None,
) -> Response:
    """Disconnect a calendar. Its runs stay on record, its address does not. If-Match counts when it is sent.

    A stay that has begun keeps its nights in any case. Nights that were kept are opened by the same call with
    `imported=release`, also later.
    """
    return to_response(await changes.delete(ctx, feed_id, imported, if_match))


@router.post("/v1/feeds/{feed_id}/sync", status_code=202, responses=shows(202, FeedRunStarted, fails=(409,)))
async def request_sync(
    feed_id: Identifier,
    ctx: Writer,
    wait: Annotated[bool, Query(description="Answer when the run has ended, which takes up to ten seconds.")] = False,
) -> Response:
    """Read the calendar now, in the background. Follow it in `/runs`, or wait for it. 409 `feed_paused`.

    With `wait=true`, 429 `calendar_host_busy` when your people have used up their share of the calendar's host for
    this minute; the run is carried out later all the same.
    """
    return to_response(await service.request_sync(ctx, feed_id, wait))


@router.get("/v1/feeds/{feed_id}/runs", responses=shows(200, FeedRun, listed=True))
async def list_runs(feed_id: Identifier, ctx: Reader, limit: Limit = 50, after: After = None) -> Response:
    """What the runs of a feed did, newest first. One that nobody asked for and that found nothing new is listed once an
    hour at most."""
    return to_response(await service.list_runs(ctx, feed_id, cursor(after, "run"), limit))
