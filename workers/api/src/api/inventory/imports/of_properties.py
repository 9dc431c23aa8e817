"""Lines about properties: known by their reference within the tenant."""

from typing import Any

import msgspec

from api.core.context import Context
from api.inventory.imports.columns import fields_of, named, text, words
from api.inventory.imports.decisions import Checks, Decision, Kind, decide_each, told_each
from api.inventory.imports.errors import currency_is_fixed
from api.inventory.imports.rules import KEY, Line
from api.inventory.properties import changes, repository, service
from api.inventory.properties.errors import restricted_to_properties
from api.inventory.properties.repository import PropertyRow

COLUMNS = {
    "reference": text, "name": text, "time_zone": text, "currency": text, "address.line1": text, "address.line2": text,
    "address.postal_code": text, "address.city": text, "address.region": text, "address.country": text,
    "check_in_time": text, "check_out_time": text, "cancellation_policy": named, "house_rules": text, "tags": words,
}  # fmt: skip
EXAMPLE = {
    "reference": "CASA-1", "name": "Casa Azul", "time_zone": "Europe/Madrid", "currency": "EUR",
    "address.line1": "Calle Mayor 1", "address.postal_code": "28013", "address.city": "Madrid", "address.country": "ES",
    "check_in_time": "15:00", "check_out_time": "11:00", "cancellation_policy": "moderate", "tags": "city",
}  # fmt: skip


async def decide(ctx: Context, lines: list[Line], checks: Checks) -> list[Decision]:
    """What becomes of each line."""
    references = [line.cells[KEY] for line in lines if KEY in line.cells]
    statement = repository.named(ctx.tenant_id, ctx.caller.properties, [], references)
    known = {row.reference: row for row in (await ctx.bindings.core.run(statement)).rows(PropertyRow)}

    def judge(line: Line) -> tuple[PropertyRow | None, PropertyRow]:
        fields, before = fields_of(line.cells, COLUMNS), known.get(line.cells[KEY])
        return before, _new(ctx, fields, checks) if before is None else _changed(ctx, before, fields, checks)

    return await decide_each(lines, lambda line: line.cells[KEY], judge)


def _new(ctx: Context, fields: dict[str, Any], checks: Checks) -> PropertyRow:
    if ctx.caller.property_ids is not None:
        raise restricted_to_properties()
    return service.new_row(ctx, checks.create(fields))


def _changed(ctx: Context, before: PropertyRow, fields: dict[str, Any], checks: Checks) -> PropertyRow:
    """A part of the address that the file does not name stays."""
    if fields.pop("currency", before.currency) != before.currency:
        raise currency_is_fixed(before.currency)
    if "address" in fields:
        fields["address"] = msgspec.json.decode(before.address) | fields["address"]
    return changes.changed(ctx, before, checks.change(fields))


KIND = Kind(
    name="properties", columns=COLUMNS, example=EXAMPLE, decide=decide, insert=repository.insert,
    change=repository.change, facts=told_each(service.created, changes.updated), races=frozenset({service.TAKEN}),
    refusal=service.refusal,
)  # fmt: skip
