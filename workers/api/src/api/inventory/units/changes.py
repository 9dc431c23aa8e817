"""Changing units: fields, and whether they are let."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from api.core.commit import Fact, commit
from api.core.context import Context
from api.core.days import today_in
from api.core.retry import retried
from api.edge.answers import Answer, answer
from api.edge.preconditions import check, stale
from api.inventory.properties.changes import differing, told
from api.inventory.units import placed_repository, repository
from api.inventory.units.errors import changed_meanwhile, unit_archived, unit_is_part, unit_occupied, wrong_currency
from api.inventory.units.repository import Combination, UnitDetails
from api.inventory.units.service import EMPTY, load_details, refusal, view
from api.occupancies.views import Blocking
from propflow import guards
from propflow.bindings.d1 import ConstraintFailed, GuardFailed, Statement
from propflow.json_text import json_text

CHANGEABLE = frozenset(UnitDetails.__struct_fields__) - {"version", "updated_at"}
UNTOLD = frozenset({"custom_fields"})  # may name people: only that they changed is told


async def change(ctx: Context, unit_id: str, fields: dict[str, Any], if_match: str | None) -> Answer:
    """Change what is named, of the version that the caller has seen."""
    row = await load_details(ctx, unit_id)
    check(if_match, row.version)
    if "status" in fields and row.status == "archived":
        raise unit_archived()
    after = changed(ctx, row, fields)
    if after == row:
        return await commit(ctx, answer(200, view(row), version=row.version), [])
    made = answer(200, view(after), version=after.version)
    try:
        return await commit(ctx, made, repository.change(ctx.tenant_id, [after], ctx.now), updated(ctx, row, after))
    except GuardFailed:
        raise stale() from None
    except ConstraintFailed as refused:
        raise await refusal(ctx, refused) from None


def changed(ctx: Context, row: UnitDetails, fields: dict[str, Any]) -> UnitDetails:
    """The row with these fields, in its next version; the row itself when they say what it says.

    Raises Unprocessable for a rate in another currency.
    """
    after = msgspec.structs.replace(row, **_columns(fields, row.currency))
    return row if after == row else msgspec.structs.replace(after, version=row.version + 1, updated_at=ctx.now)


def updated(ctx: Context, before: UnitDetails, after: UnitDetails) -> Fact:
    """What the audit and the events say of it."""
    return told(ctx, "unit.updated", before.id, *differing(before, after, CHANGEABLE, UNTOLD))


def _columns(fields: dict[str, Any], currency: str) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "nightly_rate":
            if value["currency"] != currency:
                raise wrong_currency(currency)
            columns["nightly_amount"] = value["amount"]
        elif name in EMPTY:
            columns[name] = json_text(EMPTY[name] if value is None else value)
        else:
            columns[name] = "other" if name == "type" and value is None else value
    return columns


async def archive(ctx: Context, unit_id: str) -> Answer:
    """Put it away, unless nights are taken. One that is away already is answered as it is."""
    return await retried(partial(_archive, ctx, unit_id), changed_meanwhile)


async def _archive(ctx: Context, unit_id: str) -> Answer:
    row = await load_details(ctx, unit_id)
    if row.status == "archived":
        return await commit(ctx, answer(200, view(row), version=row.version), [])
    today = today_in(row.time_zone, ctx.now)
    away = repository.archive(ctx.tenant_id, row, today, ctx.now)
    home = placed_repository.bring_home(ctx.tenant_id, row.id, today, ctx.now)
    try:
        return await _set_status(ctx, row, "archived", away, home)
    except GuardFailed:
        await _explain(ctx, unit_id, today)
        raise


async def _explain(ctx: Context, unit_id: str, today: str) -> None:
    """Raises Conflict with what keeps the unit in use; nothing does when it was changed meanwhile."""
    taken, combinations = await ctx.bindings.core.batch([
        repository.in_the_way(ctx.tenant_id, unit_id, today, ctx.now),
        repository.combinations(ctx.tenant_id, unit_id),
    ])  # fmt: skip
    if combinations.rows(Combination):
        raise unit_is_part([one.id for one in combinations.rows(Combination)])
    if taken.rows(Blocking):
        raise unit_occupied(taken.rows(Blocking))


async def reactivate(ctx: Context, unit_id: str) -> Answer:
    """Let it again. It counts towards the plan."""
    return await retried(partial(_reactivate, ctx, unit_id), changed_meanwhile)


async def _reactivate(ctx: Context, unit_id: str) -> Answer:
    row = await load_details(ctx, unit_id)
    if row.status == "active":
        return await commit(ctx, answer(200, view(row), version=row.version), [])
    try:
        return await _set_status(ctx, row, "active", repository.reactivate(ctx.tenant_id, row, ctx.now))
    except GuardFailed:
        raise
    except ConstraintFailed as refused:
        raise await refusal(ctx, refused) from None


async def _set_status(
    ctx: Context, row: UnitDetails, status: str, statement: Statement, more: Sequence[Statement] = ()
) -> Answer:
    after = msgspec.structs.replace(row, status=status, version=row.version + 1, updated_at=ctx.now)
    kind = "unit.archived" if status == "archived" else "unit.reactivated"
    fact = told(ctx, kind, row.id, {"status": status}, {"status": row.status})
    made = answer(200, view(after), version=after.version)
    return await commit(ctx, made, [statement, guards.changed(), *more], fact)
