"""The audit of a tenant. An entry is here within a minute of its deed, and nearly always at once."""

from typing import Literal
from urllib.parse import urlencode

import msgspec

from api.activity.audit_events import repository, rules
from api.activity.audit_events.repository import EventRow, Filters
from api.activity.audit_events.views import AuditEvent
from api.core.commit import commit, noted
from api.core.context import Context
from api.edge.answers import Answer, instant, page

Format = Literal["csv", "jsonl"]

PATH = "/v1/audit_events/export"
MOST_ROWS = 10_000  # of one export
MOST_TEXT = 8_000_000  # characters of changes, so that a file fits in memory however long its entries are
READ_AT_ONCE = 1_000

CONTENT_TYPES: dict[Format, str] = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl"}


async def list_all(ctx: Context, filters: Filters, after: str, limit: int) -> Answer:
    """A page, newest first."""
    rows = await _read(ctx, filters, after, limit + 1)
    return page([view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


async def export(ctx: Context, form: Format, filters: Filters, after: str) -> Answer:
    """A file of the newest entries; `Link` leads to the next one. That it was asked for is an entry itself."""
    rows, more = await _collect(ctx, filters, after)
    events = [view(row) for row in rows]
    headers = {
        "content-type": CONTENT_TYPES[form],
        "Content-Disposition": f'attachment; filename="audit_events_{instant(ctx.real_now)[:10]}.{form}"',
    }
    if more:
        headers["Link"] = f'<{_next(form, filters, rows[-1].id)}>; rel="next"'
    body = rules.to_csv(events) if form == "csv" else rules.to_jsonl(events)
    fact = noted(ctx, "audit.exported", ctx.tenant_id, format=form, rows=len(rows), **_asked(filters))
    return await commit(ctx, Answer(status=200, body=body, headers=headers), [], fact)


async def _collect(ctx: Context, filters: Filters, after: str) -> tuple[list[EventRow], bool]:
    """The rows of one file, and whether there are more."""
    rows: list[EventRow] = []
    length = 0
    while len(rows) < MOST_ROWS and length < MOST_TEXT:
        found = await _read(ctx, filters, rows[-1].id if rows else after, READ_AT_ONCE + 1)
        rows += found[:READ_AT_ONCE]
        length += sum(len(row.changes) for row in found)
        if len(found) <= READ_AT_ONCE:
            return rows, False
    return rows, True


async def _read(ctx: Context, filters: Filters, after: str, limit: int) -> list[EventRow]:
    found = await ctx.bindings.audit.run(repository.list_before(ctx.tenant_id, filters, after, limit))
    return found.rows(EventRow)


def _next(form: Format, filters: Filters, after: str) -> str:
    return f"{PATH}?{urlencode({'format': form, **_asked(filters), 'after': after})}"


def _asked(filters: Filters) -> dict[str, str]:
    bounds = {"at[gte]": filters.since, "at[lt]": filters.before}
    return {name: instant(at) for name, at in bounds.items() if at is not None}


def view(row: EventRow) -> AuditEvent:
    """A row as people see it."""
    return AuditEvent(
        id=row.id, at=instant(row.at), actor=row.actor, action=row.action, object_id=row.object_id,
        changes=msgspec.json.decode(row.changes), request_id=row.request_id, ip=row.ip,
    )  # fmt: skip
