"""The feed of events."""

import msgspec

from api.activity.events import repository
from api.activity.events.repository import EventRow, Filters
from api.activity.events.views import EventView
from api.core.context import Context
from api.edge.answers import Answer, instant, page


async def list_after(ctx: Context, filters: Filters, after: int, limit: int) -> Answer:
    """What came after a position, oldest first."""
    statement = repository.list_after(ctx.tenant_id, ctx.caller.properties, filters, after, limit + 1)
    rows = (await ctx.bindings.core.run(statement)).rows(EventRow)
    return page([view(row) for row in rows], limit=limit, cursors=[str(row.position) for row in rows])


def view(row: EventRow) -> EventView:
    """A row as the API shows it."""
    return EventView(
        id=row.id, position=row.position, type=row.type, object_id=row.object_id, unit_id=row.unit_id,
        sequence=row.sequence, changed=msgspec.json.decode(row.changed), previous=msgspec.json.decode(row.previous),
        actor=row.actor, request_id=row.request_id, created_at=instant(row.created_at),
    )  # fmt: skip
