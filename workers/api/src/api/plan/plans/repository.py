"""Statements about plans and subscriptions."""

import msgspec

from propflow.bindings.d1 import Statement, sql

# What one has, by meter, and the column of `plans` that limits it. The triggers' word is `limit_` and the meter.
HAD = {
    "units": "max_units",
    "users": "max_users",
    "properties": "max_properties",
    "feeds": "max_feeds",
    "push_targets": "max_push_targets",
    "files": "max_files",
    "storage_bytes": "max_storage_bytes",
}

PLANS = """
SELECT id, name, price_amount, currency, max_users, max_units, api_calls_monthly, messages_monthly, sms_monthly,
  emails_daily, sms_daily, ai_calls_monthly, requests_per_minute, max_properties, max_feeds, max_push_targets,
  max_files, max_storage_bytes, features
FROM plans ORDER BY rank"""

# A test space follows its live tenant and has no subscription of its own.
OF_TENANT = "(SELECT coalesce(live_id, id) FROM tenants WHERE id = ?1)"
CURRENT = "SELECT plan, subscription_status AS status, mode FROM tenants WHERE id = ?1"
HISTORY = f"""
SELECT id, plan, status, current_period_start, current_period_end, reason, started_at, ended_at
FROM subscriptions WHERE tenant_id = {OF_TENANT} ORDER BY started_at DESC, id DESC LIMIT ?2"""

END = "UPDATE subscriptions SET ended_at = ?2 WHERE tenant_id = ?1 AND ended_at IS NULL AND started_at <= ?2"
BEGIN = """
INSERT INTO subscriptions (tenant_id, id, plan, status, current_period_end, reason, started_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"""

LIMIT_OF = " ".join(f"WHEN '{meter}' THEN p.{column}" for meter, column in HAD.items())  # within `CASE meter`
STOCK = f"""
SELECT coalesce(c.used, 0) AS used, CASE ?2 {LIMIT_OF} END AS "limit"
FROM tenants AS t JOIN plans AS p ON p.id = t.plan
LEFT JOIN usage_counters AS c ON c.tenant_id = t.id AND c.meter = ?2 AND c.period = ''
WHERE t.id = ?1"""


class PlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """A plan; a limit that is None does not exist, `features` is JSON."""

    id: str
    name: str
    price_amount: int
    currency: str
    max_users: int | None
    max_units: int | None
    api_calls_monthly: int | None
    messages_monthly: int | None
    sms_monthly: int | None
    emails_daily: int | None
    sms_daily: int | None
    ai_calls_monthly: int | None
    requests_per_minute: int
    max_properties: int | None
    max_feeds: int | None
    max_push_targets: int | None
    max_files: int | None
    max_storage_bytes: int | None
    features: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a tenant now."""

    plan: str
    status: str
    mode: str


class SubscriptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of a tenant's subscription."""

    id: str
    plan: str
    status: str
    current_period_start: int | None
    current_period_end: int | None
    reason: str
    started_at: int
    ended_at: int | None


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are, and may be."""

    used: int
    limit: int | None


def all_plans() -> Statement:
    """The catalogue, smallest first, as `PlanRow`."""
    return sql(PLANS)


def current(tenant_id: str) -> Statement:
    """What holds for the tenant, as `Standing`."""
    return sql(CURRENT, tenant_id)


def history(tenant_id: str, limit: int) -> Statement:
    """The newest stretches first, as `SubscriptionRow`."""
    return sql(HISTORY, tenant_id, limit)


def begin(
    tenant_id: str, subscription_id: str, plan: str, status: str, now: int, *,
    current_period_end: int | None = None, reason: str = "",
) -> list[Statement]:  # fmt: skip
    """End the current stretch and begin another; the tenant shows it by trigger.

    When the current one began after `now` it stays, and the new one is refused as `unique:subscriptions`.
    """
    return [
        sql(END, tenant_id, now),
        sql(BEGIN, tenant_id, subscription_id, plan, status, current_period_end, reason, now),
    ]


def first(tenant_id: str, now: int) -> Statement:
    """The free plan, with which the history of a new tenant begins."""
    return sql(BEGIN, tenant_id, f"sub_{tenant_id.removeprefix('ten_')}", "free", "active", None, "", now)


def stock(tenant_id: str, meter: str) -> Statement:
    """What the tenant has of a meter in `HAD`, as `Stock`."""
    return sql(STOCK, tenant_id, meter)
