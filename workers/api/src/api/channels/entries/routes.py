"""`/v1/feeds/{feed_id}/events` and what runs decided about them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response

from api.access.dependencies import Allowed
from api.channels.entries import service, words
from api.channels.entries.schemas import EventMove
from api.channels.entries.views import Accepted, FeedEvent, FeedRunDetail
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.listing import After, Limit, cursor
from api.edge.schemas import Identifier, NoBody

router = APIRouter(prefix="/v1/feeds/{feed_id}", tags=["calendars"])
Reader = Annotated[Context, Allowed("feeds:read")]
Writer = Annotated[Context, Allowed("feeds:write")]
Keyed = Annotated[Context, Allowed("feeds:write", key="needed")]
Nothing = Annotated[NoBody | None, Body()]
State = Literal["imported", "conflict", "waiting", "removed", "setting", "echo", "ignored"]
ONE = shows(200, FeedEvent, fails=(409,))


@router.get("/runs/{run_id}", responses=shows(200, FeedRunDetail))
async def show_run(feed_id: Identifier, run_id: Identifier, ctx: Reader) -> Response:
    """One run with everything that it decided, and why."""
    return to_response(await service.show_run(ctx, feed_id, run_id))


@router.post("/runs/{run_id}/decisions/{decision_id}/revert", responses=ONE)
async def revert(
    feed_id: Identifier, run_id: Identifier, decision_id: Identifier, ctx: Keyed, body: Nothing = None
) -> Response:
    """Take a decision back; later runs keep to that. Needs an Idempotency-Key.

    409 `decided_since` when something else was decided about the entry meanwhile, `unit_unavailable` when its nights
    are taken. A conflict and what is one stay with a booking have ways out of their own: 409 `not_reversible`.
    """
    return to_response(await words.revert(ctx, feed_id, run_id, decision_id))


@router.get("/events", responses=shows(200, FeedEvent, listed=True))
async def list_events(
    feed_id: Identifier, ctx: Reader, state: State | None = None, limit: Limit = 50, after: After = None
) -> Response:
    """What the channel says, entry by entry, what became of it, and what may be said about it."""
    return to_response(await service.list_all(ctx, feed_id, cursor(after, "occ"), limit, state))


@router.post("/events/{event_id}/keep", responses=ONE)
async def keep(feed_id: Identifier, event_id: Identifier, ctx: Keyed, body: Nothing = None) -> Response:
    """Keep the nights of an entry that the channel does not list. Needs an Idempotency-Key.

    Where it is one stay with a booking that has nights, the booking is kept, and is one stay with nothing from then on.
    """
    return to_response(await words.say(ctx, feed_id, event_id, "keep"))


@router.post("/events/{event_id}/cancel", responses=ONE)
async def cancel(feed_id: Identifier, event_id: Identifier, ctx: Keyed, body: Nothing = None) -> Response:
    """Open the nights of an entry, at once and as long as the channel lists just these. Needs an Idempotency-Key.

    Where it is one stay with a booking, the booking keeps its nights, and is one stay with nothing from then on.
    """
    return to_response(await words.say(ctx, feed_id, event_id, "cancel"))


@router.post("/events/{event_id}/import", responses=ONE)
async def import_(feed_id: Identifier, event_id: Identifier, ctx: Keyed, body: Nothing = None) -> Response:
    """Take the nights of an entry that was recognised as a setting or an echo, or ignored. Needs an Idempotency-Key."""
    return to_response(await words.say(ctx, feed_id, event_id, "import"))


@router.post("/events/{event_id}/separate", responses=ONE)
async def separate(feed_id: Identifier, event_id: Identifier, ctx: Keyed, body: Nothing = None) -> Response:
    """Say that an entry is not the booking that it was taken for (`same_stay`). Needs an Idempotency-Key.

    Nothing opens: the next reading finds it in conflict with the booking again.
    """
    return to_response(await words.separate(ctx, feed_id, event_id))


@router.post("/events/{event_id}/move", responses=ONE)
async def move(feed_id: Identifier, event_id: Identifier, body: EventMove, ctx: Keyed) -> Response:
    """Let an entry live in another unit, with the same nights. Needs an Idempotency-Key.

    The nights of its present unit open at once. From then on it follows its channel in its new unit: what it extends,
    moves or cancels there happens here. The feed's own unit brings it back. 409 `unit_unavailable` names what is in
    the way, and nothing has changed.
    """
    return to_response(await words.move(ctx, feed_id, event_id, body.unit_id))


@router.post("/accept_missing", responses=shows(200, Accepted, fails=(409,)))
async def accept_missing(feed_id: Identifier, ctx: Writer, body: Nothing = None) -> Response:
    """Believe that all entries that vanished together are gone, and open their nights.

    At most 1000 entries at once; `left` are those that another call removes.
    """
    return to_response(await words.accept_missing(ctx, feed_id))
