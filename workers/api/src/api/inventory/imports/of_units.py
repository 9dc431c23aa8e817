"""Lines about units: known by their reference within their property, which has an id and may have a reference."""

from typing import Any

from api.core.context import Context
from api.inventory.imports.amounts import decimal_signs
from api.inventory.imports.columns import beds, fields_of, money, text, whole, words
from api.inventory.imports.decisions import Checks, Decision, Kind, decide_each, told_each
from api.inventory.imports.errors import missing
from api.inventory.imports.rules import KEY, Line
from api.inventory.properties import repository as properties
from api.inventory.properties.errors import property_not_active, property_not_found
from api.inventory.properties.repository import PropertyRow
from api.inventory.units import changes, repository, service
from api.inventory.units.repository import UnitDetails

BY_ID, BY_REFERENCE, RATE = "property_id", "property_reference", "nightly_rate"
COLUMNS = {
    "reference": text, BY_REFERENCE: text, BY_ID: text, "name": text, "type": text, "max_guests": whole,
    RATE: text, "bedrooms": whole, "bathrooms": whole, "beds": beds, "amenities": words, "tags": words,
}  # fmt: skip
EXAMPLE = {
    "reference": "APT-1", BY_REFERENCE: "CASA-1", "name": "Apartment 1", "type": "apartment", "max_guests": "4",
    RATE: "120.50", "bedrooms": "2", "bathrooms": "1", "beds": "double:1, single:2",
    "amenities": "wifi, kitchen", "tags": "terrace",
}  # fmt: skip


class Owners:
    """The properties that lines name, among those that the caller sees."""

    def __init__(self, rows: list[PropertyRow]) -> None:
        self._by = {BY_ID: {row.id: row for row in rows}, BY_REFERENCE: {row.reference or "": row for row in rows}}

    def named(self, line: Line) -> dict[str, PropertyRow | None]:
        """What the line's columns lead to."""
        return {column: rows.get(line.cells[column]) for column, rows in self._by.items() if column in line.cells}

    def of(self, line: Line) -> PropertyRow:
        """The one property of the line. Raises what is wrong with its columns."""
        found = self.named(line)
        first = next(iter(found.values()), None)
        for column, row in found.items():
            if row is None or row is not first:
                raise property_not_found(column)
            if row.status != "active":
                raise property_not_active(column)
        if first is None:
            raise missing(BY_REFERENCE)
        return first


async def decide(ctx: Context, lines: list[Line], checks: Checks) -> list[Decision]:
    """What becomes of each line."""
    owners = await _owners(ctx, lines)
    known = await _known(ctx, lines, owners)
    signs = decimal_signs(line.cells[RATE] for line in lines if RATE in line.cells)

    def judge(line: Line) -> tuple[UnitDetails | None, UnitDetails]:
        owner, fields = owners.of(line), fields_of(line.cells, COLUMNS)
        before = known.get((owner.id, line.cells[KEY]))
        _translate(fields, owner, signs)
        if before is not None:
            return before, changes.changed(ctx, before, checks.change(fields))
        return None, service.new_row(ctx, owner, checks.create(fields | {BY_ID: owner.id}))

    return await decide_each(lines, lambda line: (owners.of(line).id, line.cells[KEY]), judge)


def _translate(fields: dict[str, Any], owner: PropertyRow, signs: frozenset[str]) -> None:
    """Which property it is was looked up; an amount is in the property's currency."""
    fields.pop(BY_ID, None)
    fields.pop(BY_REFERENCE, None)
    if RATE in fields:
        fields[RATE] = money(fields[RATE], owner.currency, signs)


async def _owners(ctx: Context, lines: list[Line]) -> Owners:
    named = [sorted({line.cells[column] for line in lines if column in line.cells}) for column in (BY_ID, BY_REFERENCE)]
    found = await ctx.bindings.core.run(properties.named(ctx.tenant_id, ctx.caller.properties, *named))
    return Owners(found.rows(PropertyRow))


async def _known(ctx: Context, lines: list[Line], owners: Owners) -> dict[tuple[str, str], UnitDetails]:
    """The units that are there already, by property and reference."""
    keys = {(row.id, line.cells.get(KEY, "")) for line in lines for row in owners.named(line).values() if row}
    found = await ctx.bindings.core.run(repository.referenced(ctx.tenant_id, ctx.caller.properties, sorted(keys)))
    return {(row.property_id, row.reference or ""): row for row in found.rows(UnitDetails)}


KIND = Kind(
    name="units", columns=COLUMNS, example=EXAMPLE, decide=decide, insert=repository.insert, change=repository.change,
    facts=told_each(service.created, changes.updated), races=frozenset({service.TAKEN}), refusal=service.refusal,
)  # fmt: skip
