"""Properties: create, show, list."""

from typing import Any

import msgspec

from api.core.commit import Fact, commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer, instant, page
from api.edge.paging import place
from api.inventory.properties import cancellation, repository
from api.inventory.properties.errors import property_not_found, reference_taken, restricted_to_properties
from api.inventory.properties.repository import Filters, PropertyRow
from api.inventory.properties.views import Property
from api.plan.plans import service as plans
from propflow import ids
from propflow.bindings.d1 import ConstraintFailed
from propflow.events import Event
from propflow.json_text import json_text
from propflow.models import Charge

TAKEN = "unique:properties"  # another one has the reference


async def create(ctx: Context, fields: dict[str, Any]) -> Answer:
    """Create a property of the caller's tenant. Who is restricted to some could not even see it."""
    if ctx.caller.property_ids is not None:
        raise restricted_to_properties()
    row = new_row(ctx, fields)
    made = answer(201, view(row), location=f"/v1/properties/{row.id}", version=1)
    try:
        return await commit(ctx, made, repository.insert(ctx.tenant_id, [row]), created(ctx, row))
    except ConstraintFailed as refused:
        raise await refusal(ctx, refused) from None


async def refusal(ctx: Context, refused: ConstraintFailed) -> Exception:
    """What a refused insert or return of a property stands for."""
    return reference_taken() if refused.name == TAKEN else await plans.refusal(ctx, refused)


def created(ctx: Context, row: PropertyRow) -> Fact:
    """What the audit and the events say of a new property."""
    changed = {"name": row.name, "time_zone": row.time_zone, "currency": row.currency, "reference": row.reference}
    event = Event(type="property.created", object_id=row.id, changed=changed)
    return msgspec.structs.replace(noted(ctx, "property.created", row.id), events=(event,))


def new_row(ctx: Context, fields: dict[str, Any]) -> PropertyRow:
    """The row of a new property."""
    return PropertyRow(
        id=ids.new_id("prop", ctx.real_now), name=fields["name"], time_zone=fields["time_zone"],
        currency=fields["currency"], address=json_text(fields["address"]), charges=json_text(fields["charges"]),
        cancellation_policy=stored_policy(fields.get("cancellation_policy")),
        check_in_time=fields.get("check_in_time"), check_out_time=fields.get("check_out_time"),
        house_rules=fields.get("house_rules"),
        check_in_days_before=fields.get("check_in_days_before", 0), tags=json_text(fields.get("tags", [])),
        custom_fields=json_text(fields.get("custom_fields", {})), reference=fields.get("reference"), version=1,
        created_at=ctx.now, updated_at=ctx.now,
    )  # fmt: skip


async def show(ctx: Context, property_id: str) -> Answer:
    """One property."""
    row = await load(ctx, property_id)
    return answer(200, view(row), version=row.version)


async def load(ctx: Context, property_id: str, param: str | None = None) -> PropertyRow:
    """The property or NotFound, also outside of what the caller sees; `param` names the field that held the id."""
    statement = repository.get(ctx.tenant_id, ctx.caller.properties, property_id)
    row = (await ctx.bindings.core.run(statement)).one(PropertyRow)
    if row is None:
        raise property_not_found(param)
    return row


async def list_all(ctx: Context, filters: Filters, after: str | None, limit: int) -> Answer:
    """The tenant's properties, archived ones included."""
    statement = repository.list_after(
        ctx.tenant_id, ctx.caller.properties, filters, place(after, "prop", filters.updated_since), limit + 1
    )
    rows = (await ctx.bindings.core.run(statement)).rows(PropertyRow)
    return page([view(row) for row in rows], limit=limit, cursors=[filters.place_of(row).cursor for row in rows])


def view(row: PropertyRow) -> Property:
    """A row as the API shows it."""
    return Property(
        id=row.id, reference=row.reference, name=row.name, time_zone=row.time_zone, currency=row.currency,
        address=msgspec.json.decode(row.address), charges=charges(row.charges),
        cancellation_policy=cancellation.parse(row.cancellation_policy), check_in_time=row.check_in_time,
        check_out_time=row.check_out_time, house_rules=row.house_rules,
        check_in_days_before=row.check_in_days_before, tags=msgspec.json.decode(row.tags),
        custom_fields=msgspec.json.decode(row.custom_fields), status=row.status, version=row.version,
        created_at=instant(row.created_at), updated_at=instant(row.updated_at),
    )  # fmt: skip


def charges(text: str) -> list[Charge]:
    """The taxes and fees of a property from their column."""
    return msgspec.json.decode(text, type=list[Charge])


def stored_policy(fields: dict[str, Any] | None) -> str | None:
    """A policy as its column keeps it."""
    if fields is None:
        return None
    tiers = [cancellation.Tier(**tier) for tier in fields["tiers"]]
    return json_text(cancellation.policy_of(fields["kind"], tiers))
