"""What the ways out of a conflict have in common."""

from typing import Any

import msgspec

from api.access.permissions import require, require_scope
from api.channels.conflicts import repository
from api.channels.conflicts.repository import ConflictRow
from api.channels.conflicts.service import view
from api.channels.entries import repository as events
from api.core.context import Context
from api.edge.answers import Answer, answer
from api.occupancies import stays
from api.occupancies.repository import OccupancyRow
from propflow.bindings.d1 import Statement
from propflow.handover import Nights
from propflow.json_text import json_text


def may_change_bookings(ctx: Context) -> None:
    """Whoever lets a booking of ours give way must be allowed to change bookings."""
    if ctx.caller.role is None:
        require_scope(ctx.caller.scopes, "bookings:write")
    else:
        require(ctx.caller.role, "bookings:write")


def resolved(ctx: Context, row: ConflictRow, request: dict[str, Any]) -> list[Statement]:
    """It has ended as it was asked for, and runs hear of it."""
    who = ctx.caller.principal_id
    return [
        *repository.resolve(ctx.tenant_id, row, request["resolution"], request["reason"], who, ctx.now),
        events.count_word(ctx.tenant_id, row.feed_id),
    ]  # fmt: skip


def shown(ctx: Context, row: ConflictRow, request: dict[str, Any], nights: list[Nights]) -> Answer:
    """The answer that shows it ended; `nights` are those that the channel's entry has."""
    after = msgspec.structs.replace(
        row, status="resolved", resolution=request["resolution"], reason=request["reason"], version=row.version + 1,
        resolved_by=ctx.caller.principal_id, resolved_at=ctx.now,
        ranges=json_text(nights),
    )  # fmt: skip
    return answer(200, view(after), version=after.version)


def theirs_of(row: ConflictRow) -> OccupancyRow:
    """All that the channel's entry wants."""
    return OccupancyRow(
        id=row.occupancy_id or "", unit_id=row.unit_id, start_date=row.start_date, end_date=row.end_date, kind="ical",
        ref_id=row.feed_id, source=stays.source_of(row.host, moved=row.moved_to is not None),
    )  # fmt: skip
