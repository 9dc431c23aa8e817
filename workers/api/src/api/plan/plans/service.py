"""Plans and the subscription: show them, and say which limit was met."""

import msgspec

from api.core.context import Bindings, Context
from api.core.plan_limits import plan_limit_reached
from api.edge.answers import Answer, answer, instant, instant_or_none, page
from api.plan.plans import repository
from api.plan.plans.repository import HAD, PlanRow, Standing, Stock, SubscriptionRow
from api.plan.plans.views import Limits, Plan, Subscription, SubscriptionPeriod
from propflow.bindings.d1 import ConstraintFailed
from propflow.errors import LimitExceeded
from propflow.money import Money

LONGEST_HISTORY = 100
LIMITED = {f"limit_{meter}": meter for meter in HAD}  # the triggers' words, and the meters that they guard


async def list_plans(ctx: Context) -> Answer:
    """The catalogue."""
    rows = (await ctx.bindings.core.run(repository.all_plans())).rows(PlanRow)
    return page([_plan(row) for row in rows], limit=len(rows), cursors=[row.id for row in rows])


async def show_subscription(ctx: Context) -> Answer:
    """What holds now and how it came to that."""
    current, history = await ctx.bindings.core.batch([
        repository.current(ctx.tenant_id),
        repository.history(ctx.tenant_id, LONGEST_HISTORY),
    ])  # fmt: skip
    return answer(200, subscription(current.rows(Standing)[0], history.rows(SubscriptionRow)))


def subscription(standing: Standing, rows: list[SubscriptionRow]) -> Subscription:
    """As the API shows it."""
    period_end = rows[0].current_period_end if rows else None
    return Subscription(
        plan=standing.plan, status=standing.status, current_period_end=instant_or_none(period_end),
        history=[_period(row) for row in rows],
    )  # fmt: skip


async def limit_met(
    bindings: Bindings, tenant_id: str, refused: ConstraintFailed, *, whole: bool
) -> LimitExceeded | None:
    """The 402 that a refused insert of what a plan limits stands for; None when it was refused for another reason.

    Usage and limit are read after the refusal, for the person to see. Who does not see the `whole` inventory is told
    no more of how much is used than that the limit is reached.
    """
    meter = LIMITED.get(refused.name)
    if meter is None:
        return None
    found = (await bindings.core.run(repository.stock(tenant_id, meter))).rows(Stock)[0]
    limit = found.used if found.limit is None else found.limit  # None: the plan has become larger this very moment
    return plan_limit_reached(meter, found.used if whole else limit, limit, bindings.settings.APP_BASE_URL)


async def refusal(ctx: Context, refused: ConstraintFailed) -> Exception:
    """The same 402, as the caller may see it, or, when it was refused for another reason, that."""
    whole = ctx.caller.property_ids is None
    return await limit_met(ctx.bindings, ctx.tenant_id, refused, whole=whole) or refused


def _plan(row: PlanRow) -> Plan:
    return Plan(
        id=row.id, name=row.name, monthly_price=Money(amount=row.price_amount, currency=row.currency),
        features=msgspec.json.decode(row.features, type=list[str]),
        limits=Limits(
            users=row.max_users, units=row.max_units, api_calls_monthly=row.api_calls_monthly,
            messages_monthly=row.messages_monthly, sms_monthly=row.sms_monthly, emails_daily=row.emails_daily,
            sms_daily=row.sms_daily, ai_calls_monthly=row.ai_calls_monthly,
            requests_per_minute=row.requests_per_minute, properties=row.max_properties, feeds=row.max_feeds,
            push_targets=row.max_push_targets, files=row.max_files, storage_bytes=row.max_storage_bytes,
        ),
    )  # fmt: skip


def _period(row: SubscriptionRow) -> SubscriptionPeriod:
    return SubscriptionPeriod(
        id=row.id, plan=row.plan, status=row.status, current_period_start=instant_or_none(row.current_period_start),
        current_period_end=instant_or_none(row.current_period_end), started_at=instant(row.started_at),
        ended_at=instant_or_none(row.ended_at),
    )  # fmt: skip
