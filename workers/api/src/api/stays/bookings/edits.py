"""Guests and notes of a booking, and its price without a move: of the version that the caller has seen."""

from typing import Any

import msgspec

from api.core.commit import Fact, commit
from api.core.context import Context
from api.edge.answers import Answer
from api.edge.preconditions import check, stale
from api.stays.bookings import facts, offered, repository
from api.stays.bookings.reading import load, shown
from api.stays.bookings.repository import BookingRow
from api.stays.bookings.repricing import repriced
from api.stays.bookings.rules import Reprice
from propflow import guards
from propflow.bindings.d1 import GuardFailed, Statement
from propflow.json_text import json_text


async def edit(
    ctx: Context, booking_id: str, fields: dict[str, Any], reprice: Reprice, if_match: str | None
) -> Answer:  # fmt: skip
    """Change what is named. The price follows the guests, as `reprice` says."""
    row = await load(ctx, booking_id)
    check(if_match, row.version)
    after = await edited(ctx, row, fields, reprice)
    if after == row:
        return await commit(ctx, shown(row), [])
    statements, fact = written(ctx, row, after)
    try:
        return await commit(ctx, shown(after), statements, fact)
    except GuardFailed:
        raise stale() from None


async def edited(ctx: Context, row: BookingRow, fields: dict[str, Any], reprice: Reprice) -> BookingRow:
    """The booking with these fields and their price; the row itself when nothing is new."""
    after = _with_fields(row, fields)
    if after.guests != row.guests or reprice == "all":
        found = await offered.load(ctx, row)
        if after.guests > row.guests:
            offered.check_room(after.guests, found)
        after = repriced(ctx, found, row, after, reprice)
    if after == row:
        return row
    return msgspec.structs.replace(after, version=row.version + 1, updated_at=ctx.now)


def written(ctx: Context, row: BookingRow, after: BookingRow) -> tuple[list[Statement], Fact]:
    """What makes it so, and what it means. It fails as `guard_failed` when somebody was faster."""
    return [repository.edit(ctx.tenant_id, row, after), guards.changed()], facts.updated(ctx, row, after)


def _with_fields(row: BookingRow, fields: dict[str, Any]) -> BookingRow:
    changes: dict[str, Any] = {name: fields[name] for name in ("guests", "notes") if name in fields}
    if "guest" in fields:
        guest = fields["guest"]
        changes |= {f"guest_{name}": guest.get(name) for name in ("name", "email", "phone")}
    if "guest_list" in fields:
        people = [{name: guest.get(name) for name in ("name", "email", "phone")} for guest in fields["guest_list"]]
        changes["guest_list"] = json_text(people)
    return msgspec.structs.replace(row, **changes)
