"""The nights of bookings that another system made: what of them the ledger keeps, and whether they can be had."""

import msgspec

from api.core.context import Context
from api.inventory.imports.decisions import Decision, Overtaken
from api.inventory.imports.views import LineError
from api.occupancies import changes, probes
from api.occupancies.repository import OccupancyRow
from api.occupancies.views import Blocking, BlockingOne
from api.stays.booking_imports.errors import lines_overlap, status_differs, unit_unavailable
from api.stays.booking_imports.overlaps import Wanted, overlaps
from api.stays.bookings import rules
from api.stays.bookings.reading import occupancy
from api.stays.bookings.repository import BookingRow, KnownRow, referenced
from propflow.errors import Conflict

VERBS = {"checked_in": "check_in", "checked_out": "check_out", "no_show": "no_show"}
"""How a booking came to its state, which must have been possible by today."""


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """A booking with its nights in the ledger, and the units of which they are taken: its own and the parts of that."""

    booking: BookingRow
    nights: OccupancyRow
    units: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.booking.id


def kept(row: BookingRow, today: str, days_before: int) -> OccupancyRow:
    """What the ledger keeps of a booking's nights: what it would if everything had been done here, on the same days.

    Raises Faults where its state does not fit the day that it is at the property.
    """
    nights, verb = occupancy(row), VERBS.get(row.status)
    if verb is not None:
        try:
            rules.check_day(verb, row.check_in, row.check_out, today, days_before)
        except Conflict as refused:
            raise status_differs(refused.code, row.status, row.check_in, row.check_out, today) from None
    end: str | None = row.check_out
    if row.status == "cancelled":
        end = None
    elif verb in ("check_out", "no_show"):
        end = rules.kept_until(verb, row.check_in, row.check_out, today)
    return msgspec.structs.replace(nights, live=False) if end is None else msgspec.structs.replace(nights, end_date=end)


async def judged(ctx: Context, decisions: list[Decision]) -> list[Decision]:
    """The decisions, those at fault whose nights another line has or something on the calendar. Raises Overtaken."""
    wanted = [one for one in decisions if one.action == "create" and one.after.nights.live]
    ranges = [Wanted(one.after.units, one.after.nights.start_date, one.after.nights.end_date) for one in wanted]
    earlier = overlaps(ranges)
    found = {wanted[place].line: lines_overlap(wanted[owner].line) for place, owner in earlier.items()}
    # Those that are left are apart from each other, so that nothing is in the way of many of them.
    found |= await _taken(ctx, [one for one in wanted if one.line not in found])
    return [
        msgspec.structs.replace(one, after=None, errors=[found[one.line]]) if one.line in found else one
        for one in decisions
    ]


async def _taken(ctx: Context, wanted: list[Decision]) -> dict[int, LineError]:
    """By line what is in its way. Holds that have run out end first, as for whoever wants their nights."""
    if not wanted:
        return {}
    units = sorted({one.after.nights.unit_id for one in wanted})
    _, looked = await ctx.bindings.core.batch([
        changes.expire_holds(ctx.tenant_id, units, ctx.now),
        probes.in_the_way(ctx.tenant_id, [one.after.nights for one in wanted]),
    ])  # fmt: skip
    found: dict[int, list[Blocking]] = {}
    for one in looked.rows(BlockingOne):
        blocking = Blocking(
            occupancy_id=one.occupancy_id, kind=one.kind, start=one.start, end=one.end, source=one.source
        )
        found.setdefault(wanted[one.index].line, []).append(blocking)
    await _check_new(ctx, [one for one in wanted if one.line in found])
    return {line: unit_unavailable(conflicts) for line, conflicts in found.items()}


async def _check_new(ctx: Context, refused: list[Decision]) -> None:
    """Raises Overtaken where what is in the way of a line may be its own booking, which is there by now."""
    references = [one.after.booking.reference for one in refused]
    if references and (await ctx.bindings.core.run(referenced(ctx.tenant_id, None, references))).rows(KnownRow):
        raise Overtaken
