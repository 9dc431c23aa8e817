"""Units: create, show, list."""

from typing import Any

import msgspec

from api.core.commit import Fact, commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, page
from api.edge.paging import place
from api.inventory.properties import repository as properties
from api.inventory.properties.errors import property_not_active, property_not_found, reference_taken
from api.inventory.properties.repository import PropertyRow
from api.inventory.units import repository
from api.inventory.units.errors import unit_not_found, wrong_currency
from api.inventory.units.repository import Filters, UnitDetails, UnitRow
from api.inventory.units.views import Beds, Unit
from api.plan.plans import service as plans
from propflow import ids
from propflow.bindings.d1 import ConstraintFailed
from propflow.events import Event
from propflow.json_text import json_text
from propflow.money import Money

TAKEN = "unique:units"  # another one of the property has the reference
EMPTY: dict[str, Any] = {"beds": [], "amenities": [], "tags": [], "custom_fields": {}}


async def create(ctx: Context, fields: dict[str, Any]) -> Answer:
    """Create a unit; its rate must be in the property's currency."""
    found = await ctx.bindings.core.run(properties.get(ctx.tenant_id, ctx.caller.properties, fields["property_id"]))
    owner = found.one(PropertyRow)
    if owner is None:
        raise property_not_found("property_id")
    row = new_row(ctx, owner, fields)
    made = answer(201, view(row), location=f"/v1/units/{row.id}", version=1)
    try:
        return await commit(ctx, made, repository.insert(ctx.tenant_id, [row]), created(ctx, row))
    except ConstraintFailed as refused:
        raise await refusal(ctx, refused) from None


def created(ctx: Context, row: UnitDetails) -> Fact:
    """What the audit and the events say of a new unit."""
    told = ("property_id", "name", "type", "max_guests", "nightly_amount", "reference")
    event = Event(
        type="unit.created", object_id=row.id, unit_id=row.id, changed={name: getattr(row, name) for name in told}
    )
    return msgspec.structs.replace(noted(ctx, "unit.created", row.id), events=(event,))


def new_row(ctx: Context, owner: PropertyRow, fields: dict[str, Any]) -> UnitDetails:
    """The row of a new unit of the property. Raises Unprocessable when its rate is in another currency."""
    if fields["nightly_rate"]["currency"] != owner.currency:
        raise wrong_currency(owner.currency)
    lists = {name: json_text(fields.get(name) or empty) for name, empty in EMPTY.items()}
    return UnitDetails(
        id=ids.new_id("unit", ctx.real_now), property_id=owner.id, name=fields["name"], max_guests=fields["max_guests"],
        nightly_amount=fields["nightly_rate"]["amount"], type=fields.get("type", "other"),
        bedrooms=fields.get("bedrooms"), bathrooms=fields.get("bathrooms"), reference=fields.get("reference"),
        **lists, version=1, created_at=ctx.now, updated_at=ctx.now, currency=owner.currency, charges=owner.charges,
        time_zone=owner.time_zone,
    )  # fmt: skip


async def refusal(ctx: Context, refused: ConstraintFailed) -> Exception:
    """What a refused insert, change or return of a unit stands for."""
    if refused.name == TAKEN:
        return reference_taken()
    if refused.name == "property_not_active":
        return property_not_active("property_id")
    return await plans.refusal(ctx, refused)


async def show(ctx: Context, unit_id: str) -> Answer:
    """One unit."""
    row = await load_details(ctx, unit_id)
    return answer(200, view(row), version=row.version)


async def load(ctx: Context, unit_id: str, param: str | None = None) -> UnitRow:
    """The unit or NotFound, also outside of what the caller sees; `param` names the field that held the id."""
    row = (await ctx.bindings.core.run(repository.get(ctx.tenant_id, ctx.caller.properties, unit_id))).one(UnitRow)
    if row is None:
        raise unit_not_found(param)
    return row


async def load_details(ctx: Context, unit_id: str) -> UnitDetails:
    """The same with all that it says of itself."""
    found = await ctx.bindings.core.run(repository.details(ctx.tenant_id, ctx.caller.properties, unit_id))
    row = found.one(UnitDetails)
    if row is None:
        raise unit_not_found()
    return row


async def list_all(ctx: Context, filters: Filters, after: str | None, limit: int) -> Answer:
    """The tenant's units, archived ones included."""
    statement = repository.list_after(
        ctx.tenant_id, ctx.caller.properties, filters, place(after, "unit", filters.updated_since), limit + 1
    )
    rows = (await ctx.bindings.core.run(statement)).rows(UnitDetails)
    return page([view(row) for row in rows], limit=limit, cursors=[filters.place_of(row).cursor for row in rows])


def view(row: UnitDetails) -> Unit:
    """A row as the API shows it."""
    return Unit(
        id=row.id, property_id=row.property_id, reference=row.reference, name=row.name, type=row.type,
        status=row.status,
        max_guests=row.max_guests, nightly_rate=Money(amount=row.nightly_amount, currency=row.currency),
        beds=msgspec.json.decode(row.beds, type=list[Beds]), bedrooms=row.bedrooms, bathrooms=row.bathrooms,
        amenities=msgspec.json.decode(row.amenities), tags=msgspec.json.decode(row.tags),
        custom_fields=msgspec.json.decode(row.custom_fields), parts=msgspec.json.decode(row.parts),
        version=row.version, created_at=instant(row.created_at), updated_at=instant(row.updated_at),
    )  # fmt: skip
