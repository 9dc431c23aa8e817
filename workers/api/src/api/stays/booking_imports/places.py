"""Which unit a line means: one with this id or reference, in the property that the line may name as well."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from api.core.context import Context
from api.inventory.imports.errors import missing
from api.inventory.imports.rules import Line
from api.inventory.units import repository
from api.inventory.units.repository import NamedUnit
from api.stays.booking_imports.errors import no_such_unit, several_units, unit_not_let
from propflow.bindings.d1 import Statement

ID, REFERENCE = "unit_id", "unit_reference"
PLACE = {ID: "id", REFERENCE: "reference", "property_id": "property_id", "property_reference": "property_reference"}
"""The columns that name a place, and what of a unit they name."""


class Units:
    """The units that lines name, among those that the caller sees."""

    def __init__(self, rows: Iterable[NamedUnit]) -> None:
        self._by: dict[tuple[str, str], list[NamedUnit]] = defaultdict(list)
        for row in rows:
            self._by[ID, row.id].append(row)
            self._by[REFERENCE, row.reference or ""].append(row)

    def of(self, line: Line) -> NamedUnit:
        """The one unit of the line. Raises what is wrong with its columns."""
        column = column_of(line)
        found = [row for row in self._by.get((column, line.cells[column]), []) if _fits(row, line)]
        if not found:
            raise no_such_unit(column)
        if len(found) > 1:
            raise several_units()
        return found[0]


def named(ctx: Context, lines: Iterable[Line]) -> Statement:
    """Read what the lines name, as `NamedUnit`."""
    cells = [{line.cells[column] for line in lines if column in line.cells} for column in (ID, REFERENCE)]
    return repository.named(ctx.tenant_id, ctx.caller.properties, *(sorted(names) for names in cells))


def column_of(line: Line) -> str:
    """The column that names the unit. Raises Faults when there is none."""
    found = next((column for column in (ID, REFERENCE) if column in line.cells), None)
    if found is None:
        raise missing(REFERENCE)
    return found


def check_let(line: Line, unit: NamedUnit) -> None:
    """Raises Faults when nothing new can be in the unit."""
    if unit.status != "active":
        raise unit_not_let(column_of(line))


def units_of(unit: NamedUnit, end: str) -> tuple[str, ...]:
    """The unit, and its parts as far as nights before `end` are shared with them."""
    parts = msgspec.json.decode(unit.parts, type=list[tuple[str, str]])
    return unit.id, *(part for part, since in parts if since < end)


def _fits(row: NamedUnit, line: Line) -> bool:
    return all(line.cells.get(column) in (None, getattr(row, name)) for column, name in PLACE.items())
