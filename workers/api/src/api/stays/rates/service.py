"""Rates and rules of one unit: replace and show."""

from typing import Any

import msgspec

from api.core.commit import Fact, commit, noted
from api.core.context import Context
from api.edge.answers import Answer, answer
from api.inventory.units import repository as units
from api.inventory.units.errors import unit_not_found
from api.inventory.units.repository import UnitRow
from api.stays.rates import repository
from api.stays.rates.ranges import whole_list
from api.stays.rates.repository import ListRow, RulesRow
from api.stays.rates.rules import check_bounds
from api.stays.rates.seasons import Season, decoded
from api.stays.rates.views import Rate, RateRules, Rates
from propflow.bindings.d1 import Result, Statement
from propflow.events import Event
from propflow.money import Money


async def replace(ctx: Context, unit_id: str, items: list[dict[str, Any]]) -> Answer:
    """Give the unit exactly these ranges."""
    unit, found = await _unit_with(ctx, unit_id, repository.list_all(ctx.tenant_id, unit_id))
    seasons, before = whole_list(items, unit.currency), decoded(found.rows(ListRow)[0].seasons)
    statements = repository.replace_all(ctx.tenant_id, unit_id, seasons, ctx.request_id)
    fact = changed(
        ctx, "unit.rates_changed", unit_id,
        {"rates": [one for one in seasons if one not in before]},
        {"rates": [one for one in before if one not in seasons]},
    )  # fmt: skip
    return await commit(ctx, answer(200, view(unit_id, unit.currency, seasons)), statements, fact)


async def show(ctx: Context, unit_id: str) -> Answer:
    """The unit's ranges."""
    unit, found = await _unit_with(ctx, unit_id, repository.list_all(ctx.tenant_id, unit_id))
    return answer(200, view(unit_id, unit.currency, decoded(found.rows(ListRow)[0].seasons)))


async def replace_rules(ctx: Context, unit_id: str, fields: dict[str, Any]) -> Answer:
    """Give the unit exactly these rules."""
    rules = msgspec.convert(fields, RateRules)
    check_bounds(rules)
    _, found = await _unit_with(ctx, unit_id, repository.get_rules(ctx.tenant_id, unit_id))
    before, after = (msgspec.to_builtins(one) for one in (_rules(found), rules))
    differ = [name for name in after if before[name] != after[name]]
    fact = changed(
        ctx, "unit.rate_rules_changed", unit_id,
        {name: after[name] for name in differ}, {name: before[name] for name in differ},
    )  # fmt: skip
    return await commit(
        ctx, answer(200, rules), [repository.put_rules(ctx.tenant_id, unit_id, rules, ctx.now)], fact
    )  # fmt: skip


async def show_rules(ctx: Context, unit_id: str) -> Answer:
    """The unit's rules."""
    _, found = await _unit_with(ctx, unit_id, repository.get_rules(ctx.tenant_id, unit_id))
    return answer(200, _rules(found))


async def _unit_with(ctx: Context, unit_id: str, statement: Statement) -> tuple[UnitRow, Result]:
    """The unit or NotFound, and what another statement says of it, in one round trip."""
    found = await ctx.bindings.core.batch([units.get(ctx.tenant_id, ctx.caller.properties, unit_id), statement])
    unit = found[0].one(UnitRow)
    if unit is None:
        raise unit_not_found()
    return unit, found[1]


def _rules(found: Result) -> RateRules:
    row = found.one(RulesRow)
    return RateRules() if row is None else msgspec.json.decode(row.rules, type=RateRules)


def changed(ctx: Context, kind: str, unit_id: str, after: dict[str, Any], before: dict[str, Any]) -> Fact:
    """What the audit and the events say of a change."""
    event = Event(type=kind, object_id=unit_id, unit_id=unit_id, changed=after, previous=before)
    fact = noted(ctx, kind, unit_id, before=before, after=after)
    return msgspec.structs.replace(fact, events=(event,))


def view(unit_id: str, currency: str, seasons: list[Season]) -> Rates:
    """A unit's ranges as the API shows them."""
    return Rates(unit_id=unit_id, rates=[_rate(one, currency) for one in seasons])


def _rate(season: Season, currency: str) -> Rate:
    amount = season.nightly_amount
    return Rate(
        start=season.start, end=season.end,
        nightly_rate=None if amount is None else Money(amount=amount, currency=currency),
        min_stay=season.min_stay, max_stay=season.max_stay, closed_to_arrival=season.closed_to_arrival,
        closed_to_departure=season.closed_to_departure,
    )  # fmt: skip
