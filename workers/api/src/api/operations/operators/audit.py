"""The installation's audit, and any tenant's, for operators."""

from api.activity.audit_events import repository
from api.activity.audit_events.repository import EventRow, Filters
from api.activity.audit_events.service import view
from api.core.context import Anonymous
from api.edge.answers import Answer, page


async def list_all(ctx: Anonymous, tenant_id: str, filters: Filters, after: str, limit: int) -> Answer:
    """A page, newest first."""
    found = await ctx.bindings.audit.run(repository.list_before(tenant_id, filters, after, limit + 1))
    rows = found.rows(EventRow)
    return page([view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])
