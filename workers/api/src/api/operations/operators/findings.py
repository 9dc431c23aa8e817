"""What the integrity job found, for operators to look at."""

import msgspec

from api.core.context import Anonymous
from api.edge.answers import Answer, instant, instant_or_none, page
from api.operations.integrity import repository
from api.operations.integrity.repository import FindingRow
from api.operations.operators.views import Finding
from propflow.errors import BadRequest


async def list_all(ctx: Anonymous, after: str, resolved_too: bool, tenant_id: str | None, limit: int) -> Answer:
    """A page, by tenant, kind and object. Raises BadRequest for a cursor that is none."""
    try:
        msgspec.json.decode(after or '["","",""]', type=tuple[str, str, str])
    except msgspec.DecodeError:
        raise BadRequest("invalid_cursor", "Use the next_cursor of the page before.", param="after") from None
    found = await ctx.bindings.core.run(repository.list_after(after, resolved_too, tenant_id, limit + 1))
    rows = found.rows(FindingRow)
    return page([_view(row) for row in rows], limit=limit, cursors=[row.cursor for row in rows])


def _view(row: FindingRow) -> Finding:
    return Finding(
        kind=row.kind, tenant_id=row.tenant_id, object_id=row.object_id, detail=row.detail,
        found_at=instant(row.found_at), seen_at=instant(row.seen_at), resolved_at=instant_or_none(row.resolved_at),
    )  # fmt: skip
