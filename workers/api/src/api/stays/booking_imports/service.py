"""Lines about bookings: known by the number that they have in the system that made them, one of the tenant's own.

What was sold elsewhere is a fact: its price is what the file says, the unit's rules are not asked, nobody is told and
nothing is invoiced. Whether its nights can be had the ledger judges, as for any booking. Decision 0033.
"""

from collections.abc import Iterable

from api.core.commit import Fact
from api.core.context import Context
from api.core.days import today_in
from api.inventory.imports.decisions import Checks, Decision, Kind, decide_each
from api.inventory.imports.rules import KEY, Line
from api.inventory.properties.errors import reference_taken
from api.inventory.units.repository import NamedUnit
from api.occupancies import changes
from api.stays.booking_imports import claims, nights, places
from api.stays.booking_imports.errors import booking_differs
from api.stays.booking_imports.nights import Sold
from api.stays.booking_imports.places import PLACE, Units
from api.stays.booking_imports.rows import COLUMNS, CURRENCY, TOTAL, fields_in, habits_of, row_of
from api.stays.bookings import facts as bookings_facts
from api.stays.bookings import repository
from api.stays.bookings.repository import BookingRow, KnownRow
from propflow.bindings.d1 import ConstraintFailed, Statement

EXAMPLE = {
    "reference": "R-1001", "unit_reference": "APT-1", "property_reference": "CASA-1", "status": "confirmed",
    "check_in": "2027-07-03", "check_out": "2027-07-10", "guests": "2", "guest.name": "Ada Guest",
    "guest.email": "ada@example.com", "guest.phone": "+34600123456", TOTAL: "840.00", CURRENCY: "EUR",
    "source": "direct",
}  # fmt: skip
SAYS = dict.fromkeys(PLACE, "unit_id") | {
    "status": "status", "check_in": "check_in", "check_out": "check_out", "guests": "guests",
    "guest.name": "guest_name", "guest.email": "guest_email", "guest.phone": "guest_phone", TOTAL: "total_amount",
    CURRENCY: "currency", "source": "source", "notes": "notes", "cancellation_policy": "cancellation_policy",
}  # fmt: skip
"""What of a booking a column says."""
NIGHTS = ("unit_id", "check_in", "check_out")


async def decide(ctx: Context, lines: list[Line], checks: Checks) -> list[Decision]:
    """What becomes of each line. A booking that is there is left as it is."""
    references = [line.cells[KEY] for line in lines if KEY in line.cells]
    found = await ctx.bindings.core.batch([
        places.named(ctx, lines), repository.referenced(ctx.tenant_id, ctx.caller.properties, references),
    ])  # fmt: skip
    units, known = Units(found[0].rows(NamedUnit)), {row.reference: row for row in found[1].rows(KnownRow)}
    habits = habits_of(lines)

    def judge(line: Line) -> tuple[KnownRow | None, KnownRow | Sold]:
        before = known.get(line.cells[KEY])
        if before is not None and not before.seen:
            raise reference_taken()
        unit = units.of(line)
        row = row_of(ctx, unit, checks.create(fields_in(line, unit, habits)))
        if before is None:
            return None, _sold(ctx, line, unit, row)
        if before.version == 1:
            _check_same(line, before, row)
        else:
            _check_nights(line, before, row)  # the rest of it is newer here than in any file
        return before, before

    return await nights.judged(ctx, await decide_each(lines, lambda line: line.cells[KEY], judge))


def _sold(ctx: Context, line: Line, unit: NamedUnit, row: BookingRow) -> Sold:
    places.check_let(line, unit)
    taken = nights.kept(row, today_in(unit.time_zone, ctx.now), unit.check_in_days_before)
    return Sold(booking=row, nights=taken, units=places.units_of(unit, taken.end_date))


def _check_same(line: Line, before: KnownRow, row: BookingRow) -> None:
    """Raises Faults where the line says something else than the booking that it was imported as."""
    differ = [
        column for column in line.cells
        if column != KEY and getattr(before, SAYS[column]) != getattr(row, SAYS[column])
    ]  # fmt: skip
    if differ:
        raise booking_differs(differ)


def _check_nights(line: Line, before: KnownRow, row: BookingRow) -> None:
    """Raises Faults where the line has nights for which nothing accounts that became of the booking here."""
    if claims.accounted(row, before):
        return
    was = claims.imported(before) or before
    differ = [
        column for column in line.cells
        if (name := SAYS.get(column)) in NIGHTS and getattr(was, name) != getattr(row, name)
    ]  # fmt: skip
    raise booking_differs(differ or ["status"])


def insert(tenant_id: str, rows: Iterable[Sold]) -> list[Statement]:
    """The nights and the bookings. Refused as one of `RACES` when somebody was faster."""
    sold = list(rows)
    now = max((one.booking.created_at for one in sold), default=0)
    return [
        *changes.insert_all(tenant_id, (one.nights for one in sold), now),
        *repository.insert_all(tenant_id, (one.booking for one in sold)),
    ]


def facts(ctx: Context, decisions: list[Decision]) -> list[Fact]:
    """One for each booking. The calendar of a unit is told once."""
    told: set[str] = set()
    made = []
    for sold in (one.after for one in decisions):
        first = sold.nights.live and sold.nights.unit_id not in told
        told |= {sold.nights.unit_id} if first else set()
        made.append(bookings_facts.imported(ctx, sold.booking, calendar=first))
    return made


async def refusal(ctx: Context, refused: ConstraintFailed) -> Exception:
    """Nothing refuses bookings but what is tried again."""
    return refused


RACES = frozenset({"unique:bookings", "unit_overlap", "unit_not_active"})
KIND = Kind(
    name="bookings", columns=COLUMNS, example=EXAMPLE, decide=decide, insert=insert, change=lambda *_: [], facts=facts,
    races=RACES, refusal=refusal,
)  # fmt: skip
