"""Guests and notes of a booking: of the version that the caller has seen."""

from typing import Any

import msgspec

from api.answers import Answer
from api.bookings import facts, repository
from api.bookings.reading import load, shown
from api.bookings.repository import BookingRow
from api.commit import commit
from api.context import Context
from api.preconditions import check, stale
from api.stays import check_guests
from api.units import service as units
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed


async def edit(ctx: Context, booking_id: str, fields: dict[str, Any], if_match: str | None) -> Answer:
    """Change what is named. The price stays: it was promised."""
    row = await load(ctx, booking_id)
    check(if_match, row.version)
    after = _edited(row, fields)
    if after == row:
        return await commit(ctx, shown(row), [])
    if after.guests > row.guests:
        check_guests(after.guests, (await units.load(ctx, row.unit_id)).max_guests)
    after = msgspec.structs.replace(after, version=row.version + 1, updated_at=ctx.now)
    statements = [repository.edit(ctx.tenant_id, row, after), guards.changed()]
    try:
        return await commit(ctx, shown(after), statements, facts.updated(ctx, row, after))
    except ConstraintFailed as refused:
        if refused.name != "guard_failed":
            raise
        raise stale() from None


def _edited(row: BookingRow, fields: dict[str, Any]) -> BookingRow:
    changes: dict[str, Any] = {name: fields[name] for name in ("guests", "notes") if name in fields}
    if "guest" in fields:
        guest = fields["guest"]
        changes |= {f"guest_{name}": guest.get(name) for name in ("name", "email", "phone")}
    if "guest_list" in fields:
        people = [{name: guest.get(name) for name in ("name", "email", "phone")} for guest in fields["guest_list"]]
        changes["guest_list"] = msgspec.json.encode(people).decode()
    return msgspec.structs.replace(row, **changes)
