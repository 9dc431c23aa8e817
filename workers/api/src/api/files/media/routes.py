"""`/v1/media`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.listing import After, Limit, cursor
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier
from api.files.media.schemas import Kind, MediaChange, MediaCreate
from api.files.media.service import view
from api.files.media.views import Media
from api.files.store import service
from api.files.store.repository import Filters
from api.files.store.rules import MEDIA

router = APIRouter(prefix="/v1/media", tags=["inventory"])
Reader = Annotated[Context, Allowed("media:read")]
Writer = Annotated[Context, Allowed("media:write")]


@router.post("", status_code=201, responses=shows(201, Media))
async def create(body: MediaCreate, ctx: Writer) -> Response:
    """Announce a photograph or floor plan of at most 20 MiB; `upload` says where to send it, within an hour.

    It is `pending` until all of it has arrived, then `ready`. What is not sent within a day is forgotten. An
    answer that is replayed has no `upload`: get the picture for it.
    """
    return to_response(await service.create(ctx, MEDIA, body.model_dump(), view))


@router.get("", responses=shows(200, Media, listed=True))
async def list_all(
    ctx: Reader,
    property_id: Identifier | None = None,
    unit_id: Identifier | None = None,
    kind: Kind | None = None,
    status: Literal["pending", "ready"] | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Pictures by id; sort them by `position`. Those of a property are its own, without those of its units."""
    filters = Filters(property_id=property_id, unit_id=unit_id, kind=kind, status=status)
    return to_response(await service.list_all(ctx, MEDIA, filters, cursor(after, MEDIA.prefix), limit, view))


@router.get("/{media_id}", responses=shows(200, Media, tagged=True))
async def show(media_id: Identifier, ctx: Reader) -> Response:
    """One picture. While it is to be sent, who announced it is told where to."""
    return to_response(await service.show_one(ctx, MEDIA, media_id, view))


@router.patch("/{media_id}", responses=shows(200, Media, fails=FAILS))
async def change(media_id: Identifier, body: MediaChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Another title, position or kind. Needs If-Match."""
    fields = body.model_dump(exclude_unset=True)
    return to_response(await service.change(ctx, MEDIA, media_id, fields, if_match, view))


@router.delete("/{media_id}", status_code=204, responses=no_content(409, 412))
async def delete(media_id: Identifier, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Delete it; its addresses end at once. If-Match is not needed; if sent, it counts."""
    return to_response(await service.delete(ctx, MEDIA, media_id, if_match))
