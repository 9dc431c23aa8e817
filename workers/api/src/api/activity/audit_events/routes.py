"""`/v1/audit_events`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.access.dependencies import Allowed
from api.activity.audit_events import service
from api.activity.audit_events.repository import Filters
from api.activity.audit_events.service import CONTENT_TYPES, Format
from api.activity.audit_events.views import AuditEvent
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import shows
from api.edge.listing import After, Limit, cursor, instant_of

router = APIRouter(prefix="/v1/audit_events", tags=["audit"])
Reader = Annotated[Context, Allowed("audit:read")]
Since = Annotated[str | None, Query(alias="at[gte]", max_length=40, description="RFC 3339: at or after this instant.")]
Before = Annotated[str | None, Query(alias="at[lt]", max_length=40, description="RFC 3339: before this instant.")]
Actor = Annotated[str | None, Query(max_length=40, description="Who: `usr_…`, `key_…` or `system`.")]
Action = Annotated[str | None, Query(max_length=60, description="What was done, such as `booking.created`.")]
Object = Annotated[str | None, Query(max_length=40, description="The id of what it was done to.")]

FILE: dict[int | str, Any] = {
    **shows(200, AuditEvent),
    200: {
        "description": 'A file. `Link` with `rel="next"` leads to the rest, when there is more.',
        "content": {kind.split(";")[0]: {"schema": {"type": "string"}} for kind in CONTENT_TYPES.values()},
    },
}


@router.get("", responses=shows(200, AuditEvent, listed=True))
async def list_all(
    ctx: Reader,
    actor: Actor = None,
    action: Action = None,
    object_id: Object = None,
    since: Since = None,
    before: Before = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Who did what, newest first. An entry appears within a minute, nearly always at once, and never changes."""
    filters = Filters(
        actor=actor, action=action, object_id=object_id, since=_instant(since, "at[gte]"),
        before=_instant(before, "at[lt]"),
    )  # fmt: skip
    return to_response(await service.list_all(ctx, filters, cursor(after, "obx"), limit))


@router.get("/export", responses=FILE, response_class=Response)
async def export(
    ctx: Reader,
    format: Annotated[Format, Query(description="`csv` (RFC 4180) or `jsonl`, one JSON object per line.")] = "csv",
    since: Since = None,
    before: Before = None,
    after: After = None,
) -> Response:
    """Download the audit, newest first, at most 10,000 entries a file. The export is audited, too."""
    filters = Filters(since=_instant(since, "at[gte]"), before=_instant(before, "at[lt]"))
    return to_response(await service.export(ctx, format, filters, cursor(after, "obx")))


def _instant(text: str | None, param: str) -> int | None:
    return None if text is None else instant_of(text, param)
