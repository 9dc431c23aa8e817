"""Many ranges of many units at once: each item is answered for itself, and those that are right are one batch."""

from collections import defaultdict
from functools import partial
from typing import Any

import msgspec

from api.core.commit import Fact, commit, noted
from api.core.context import Context
from api.core.retry import retried
from api.edge.answers import Answer, answer
from api.inventory.units.errors import unit_not_found
from api.stays.rates import repository
from api.stays.rates.errors import LONGEST_LIST, changed_meanwhile, too_many_rates
from api.stays.rates.ranges import laid_over, season_of
from api.stays.rates.repository import PricedRow, TouchedRow
from api.stays.rates.seasons import Season, decoded_one
from api.stays.rates.views import BulkItem, BulkResult
from propflow.bindings.d1 import Statement
from propflow.errors import AppError
from propflow.events import Event

RACES = ("rates_overlap",)  # somebody else has just laid a range there


class Change(msgspec.Struct):
    """What happens to the ranges of one unit, as far as they are touched."""

    currency: str
    others: int  # ranges of the unit that are not touched
    before: dict[Season, str]  # with the revision of each
    after: list[Season]

    @property
    def removed(self) -> list[Season]:
        return [season for season in self.before if season not in self.after]

    @property
    def added(self) -> list[Season]:
        return [season for season in self.after if season not in self.before]


async def put(ctx: Context, items: list[dict[str, Any]]) -> Answer:
    """Lay the items over what is there, in their order."""
    return await retried(partial(_put, ctx, items), changed_meanwhile, races=RACES)


async def _put(ctx: Context, items: list[dict[str, Any]]) -> Answer:
    changes = await _load(ctx, items)
    done = BulkResult(items=[_apply(changes, index, item) for index, item in enumerate(items)])
    moved = {unit_id: change for unit_id, change in changes.items() if change.added or change.removed}
    return await commit(ctx, answer(200, done), _statements(ctx, moved), _fact(ctx, moved))


async def _load(ctx: Context, items: list[dict[str, Any]]) -> dict[str, Change]:
    """The units that the caller sees, with their ranges around the items."""
    spans: dict[str, tuple[str, str]] = {}
    for item in items:
        start, end = spans.get(item["unit_id"], (item["start"], item["end"]))
        spans[item["unit_id"]] = (min(start, item["start"]), max(end, item["end"]))
    found = await ctx.bindings.core.batch([
        repository.priced(ctx.tenant_id, ctx.caller.properties, list(spans)),
        repository.touched(ctx.tenant_id, [(unit_id, *span) for unit_id, span in spans.items()]),
    ])  # fmt: skip
    before: dict[str, dict[Season, str]] = defaultdict(dict)
    for row in found[1].rows(TouchedRow):
        before[row.unit_id][decoded_one(row.season)] = row.revision
    return {
        unit.id: Change(
            unit.currency, unit.ranges - len(before[unit.id]), before[unit.id], sorted_list(before[unit.id])
        )
        for unit in found[0].rows(PricedRow)
    }


def sorted_list(seasons: dict[Season, str]) -> list[Season]:
    """Ranges in order of time."""
    return sorted(seasons, key=lambda season: season.start)


def _apply(changes: dict[str, Change], index: int, item: dict[str, Any]) -> BulkItem:
    """Lay one item over its unit's ranges, or say why not."""
    try:
        change = changes.get(item["unit_id"])
        if change is None:
            raise unit_not_found(f"items.{index}.unit_id")
        after = laid_over(change.after, season_of(item, change.currency, f"items.{index}"))
        if change.others + len(after) > LONGEST_LIST:
            raise too_many_rates()
        change.after = after
    except AppError as refused:
        problem = {"code": refused.code, "detail": refused.detail, "param": refused.param}
        return BulkItem(index=index, status=refused.status, problem=problem)
    return BulkItem(index=index, status=200)


def _statements(ctx: Context, changes: dict[str, Change]) -> list[Statement]:
    gone = [
        (unit_id, season.start, change.before[season])
        for unit_id, change in changes.items()
        for season in change.removed
    ]
    new = [(unit_id, season) for unit_id, change in changes.items() for season in change.added]
    statements = repository.remove(ctx.tenant_id, gone) if gone else []
    return [*statements, repository.add(ctx.tenant_id, new, ctx.request_id)] if new else statements


def _fact(ctx: Context, changes: dict[str, Change]) -> Fact | None:
    if not changes:
        return None
    events = tuple(
        Event(
            type="unit.rates_changed", object_id=unit_id, unit_id=unit_id,
            changed={"rates": change.added}, previous={"rates": change.removed},
        )
        for unit_id, change in changes.items()
    )  # fmt: skip
    fact = noted(ctx, "rates.bulk_changed", ctx.tenant_id, unit_ids=list(changes))
    return msgspec.structs.replace(fact, events=events)
