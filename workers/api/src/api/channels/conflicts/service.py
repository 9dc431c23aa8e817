"""Conflicts: show, list."""

import msgspec

from api.channels.conflicts import repository
from api.channels.conflicts.errors import conflict_not_found
from api.channels.conflicts.repository import ConflictRow, Filters, HistoryRow
from api.channels.conflicts.views import Conflict, ConflictDetail, ConflictEvent, OurSide, TheirSide
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, instant_or_none, page

WAYS = ("keep_ours", "keep_theirs", "ignore", "same_stay")
GIVES_WAY = frozenset({"booking", "hold", "owner", "maintenance"})


async def load(ctx: Context, conflict_id: str) -> ConflictRow:
    """The conflict or NotFound, also outside of what the caller sees."""
    statement = repository.get(ctx.tenant_id, ctx.caller.properties, conflict_id)
    row = (await ctx.bindings.core.run(statement)).one(ConflictRow)
    if row is None:
        raise conflict_not_found()
    return row


async def show(ctx: Context, conflict_id: str) -> Answer:
    """One conflict, with who has the nights now and its history."""
    row = await load(ctx, conflict_id)
    results = await ctx.bindings.core.batch([
        repository.history(ctx.tenant_id, row.id), repository.ours(ctx.tenant_id, row, ctx.now),
    ])  # fmt: skip
    now = results[1].rows(OurSide) if row.status == "open" else None
    told = [
        ConflictEvent(
            type=one.type, at=instant(one.created_at), actor=one.actor,
            changed=msgspec.json.decode(one.changed, type=dict[str, object]),
        )
        for one in results[0].rows(HistoryRow)
    ]  # fmt: skip
    whole = ConflictDetail(**msgspec.structs.asdict(view(row, now)), history=told)
    return answer(200, whole, version=row.version, living=True)


async def list_all(ctx: Context, after: str, filters: Filters, limit: int) -> Answer:
    """Stays that channels report and that do not fit our calendar."""
    statement = repository.list_after(ctx.tenant_id, ctx.caller.properties, after, filters, limit + 1)
    rows = (await ctx.bindings.core.run(statement)).rows(ConflictRow)
    return page([view(row) for row in rows], limit=limit, cursors=[row.id for row in rows])


def view(row: ConflictRow, ours: list[OurSide] | None = None) -> Conflict:
    """A row as the API shows it; `ours` is who has the nights now, else who had them when it began."""
    sides = msgspec.json.decode(row.ours, type=list[OurSide]) if ours is None else ours
    nights = row.nights
    return Conflict(
        id=row.id, unit_id=row.unit_id, feed_id=row.feed_id, start=row.start_date, end=row.end_date, status=row.status,
        ours=sides, booking_id=row.booking_id if row.status == "open" else None, resolutions=_ways(row, sides),
        resolution=row.resolution, reason=row.reason,
        theirs=TheirSide(
            feed_id=row.feed_id, event_id=row.occupancy_id, host=row.host, kind=row.kind, start=row.start_date,
            end=row.end_date, nights=[nights[0][0], nights[-1][1]] if nights else None, ranges=nights,
        ),
        resolved_by=row.resolved_by, created_at=instant(row.created_at), resolved_at=instant_or_none(row.resolved_at),
    )  # fmt: skip


def _ways(row: ConflictRow, ours: list[OurSide]) -> list[str]:
    if row.status != "open":
        return []
    kinds = {one.kind for one in ours}
    elsewhere = row.booking_id not in {None, *(one.ref_id for one in ours)}
    closed = {"keep_theirs"} if elsewhere or not kinds <= GIVES_WAY else set[str]()
    bookable = row.state == "conflict" and ("booking" in kinds or row.booking_id is not None)
    closed |= set() if bookable else {"same_stay"}
    return [way for way in WAYS if way not in closed]
