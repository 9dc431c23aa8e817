"""Changing properties: fields, and whether they are in use."""

from functools import partial
from typing import Any

import msgspec

from api.core.commit import Fact, commit, noted
from api.core.context import Context
from api.core.retry import retried
from api.edge.answers import Answer, answer
from api.edge.preconditions import check, stale
from api.inventory.properties import repository
from api.inventory.properties.errors import changed_meanwhile, property_in_use, reference_taken
from api.inventory.properties.repository import PropertyRow
from api.inventory.properties.service import TAKEN, load, refusal, stored_policy, view
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, GuardFailed
from propflow.events import Event
from propflow.json_text import json_text

CLEARED: dict[str, Any] = {"address": {}, "charges": [], "tags": [], "custom_fields": {}}
AS_JSON = frozenset(CLEARED)
CHANGEABLE = frozenset(PropertyRow.__struct_fields__) - {"version", "updated_at"}
UNTOLD = frozenset({"address", "house_rules", "custom_fields"})  # may name people: only that they changed is told


async def change(ctx: Context, property_id: str, fields: dict[str, Any], if_match: str | None) -> Answer:
    """Change what is named, of the version that the caller has seen."""
    row = await load(ctx, property_id)
    check(if_match, row.version)
    after = changed(ctx, row, fields)
    if after == row:
        return await commit(ctx, answer(200, view(row), version=row.version), [])
    made = answer(200, view(after), version=after.version)
    try:
        return await commit(ctx, made, repository.change(ctx.tenant_id, [after], ctx.now), updated(ctx, row, after))
    except GuardFailed:
        raise stale() from None
    except ConstraintFailed as refused:
        if refused.name == TAKEN:
            raise reference_taken() from None
        raise


def changed(ctx: Context, row: PropertyRow, fields: dict[str, Any]) -> PropertyRow:
    """The row with these fields, in its next version; the row itself when they say what it says."""
    after = msgspec.structs.replace(row, **{name: _stored(name, value) for name, value in fields.items()})
    return row if after == row else msgspec.structs.replace(after, version=row.version + 1, updated_at=ctx.now)


def updated(ctx: Context, before: PropertyRow, after: PropertyRow) -> Fact:
    """What the audit and the events say of it."""
    return told(ctx, "property.updated", before.id, *differing(before, after, CHANGEABLE, UNTOLD))


async def set_status(ctx: Context, property_id: str, status: str) -> Answer:
    """Archive or reactivate. One that is there already is answered as it is."""
    return await retried(partial(_set_status, ctx, property_id, status), changed_meanwhile)


async def _set_status(ctx: Context, property_id: str, status: str) -> Answer:
    row = await load(ctx, property_id)
    if row.status == status:
        return await commit(ctx, answer(200, view(row), version=row.version), [])
    after = msgspec.structs.replace(row, status=status, version=row.version + 1, updated_at=ctx.now)
    statements = [repository.set_status(ctx.tenant_id, row, status, ctx.now), guards.changed()]
    kind = "property.archived" if status == "archived" else "property.reactivated"
    fact = told(ctx, kind, row.id, {"status": status}, {"status": row.status})
    try:
        return await commit(ctx, answer(200, view(after), version=after.version), statements, fact)
    except GuardFailed:
        raise
    except ConstraintFailed as refused:
        if refused.name == "property_in_use":
            raise property_in_use() from None
        raise await refusal(ctx, refused) from None


def _stored(name: str, value: Any) -> Any:
    if name == "cancellation_policy":
        return stored_policy(value)
    if name not in AS_JSON:
        return value
    if name == "address" and value is not None:
        value = {part: text for part, text in value.items() if text is not None}
    return json_text(CLEARED[name] if value is None else value)


def differing(
    before: msgspec.Struct, after: msgspec.Struct, names: frozenset[str], untold: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The new and the former values of what differs; of what must not be told only the names."""
    found = sorted(name for name in names if getattr(before, name) != getattr(after, name))
    new, old = (
        {name: None if name in untold else _told(getattr(row, name)) for name in found} for row in (after, before)
    )
    return new, old


def _told(value: Any) -> Any:
    """A column as people know it."""
    return msgspec.json.decode(value) if isinstance(value, str) and value[:1] in ("[", "{") else value


def told(
    ctx: Context, kind: str, object_id: str, changed: dict[str, Any], previous: dict[str, Any],
    unit_id: str | None = None,
) -> Fact:  # fmt: skip
    """What the audit and the events say of a change."""
    fact = noted(ctx, kind, object_id, before=previous, after=changed)
    event = Event(type=kind, object_id=object_id, unit_id=unit_id, changed=changed, previous=previous)
    return msgspec.structs.replace(fact, events=(event,))
