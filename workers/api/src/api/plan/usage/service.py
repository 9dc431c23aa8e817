"""What was used, and how much of the plan that is."""

from api.core.context import Context
from api.edge.answers import Answer, answer, instant
from api.plan.plans.repository import HAD
from api.plan.usage import repository, rules
from api.plan.usage.errors import counted_for_all
from api.plan.usage.repository import DayRow, LimitRow
from api.plan.usage.views import Usage, UsageDay, UsageLimit
from propflow import metering


async def show(ctx: Context, start: str | None, end: str | None) -> Answer:
    """Usage of a range of days, and the present standing. Raises Forbidden for who sees some properties only."""
    if ctx.caller.property_ids is not None:
        raise counted_for_all()
    first, last = rules.range_of(start, end, ctx.real_now)
    found, limits = await ctx.bindings.core.batch([
        repository.days(ctx.tenant_id, first, last),
        repository.limits(ctx.tenant_id, metering.period(ctx.real_now)),
    ])  # fmt: skip
    rows = found.rows(DayRow)
    reset_at = instant(metering.resets_at(ctx.real_now))
    return answer(200, Usage(
        start=first, end=last, data=[UsageDay(day=row.day, meter=row.meter, amount=row.amount) for row in rows],
        totals=_totals(rows), limits={row.meter: _limit(row, reset_at) for row in limits.rows(LimitRow)},
    ))  # fmt: skip


def _totals(rows: list[DayRow]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.meter] = totals.get(row.meter, 0) + row.amount
    return totals


def _limit(row: LimitRow, reset_at: str) -> UsageLimit:
    # What is spent begins anew each month.
    return UsageLimit(used=row.used, limit=row.limit, reset_at=None if row.meter in HAD else reset_at)
