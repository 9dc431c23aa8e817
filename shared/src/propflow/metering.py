"""What a tenant may spend in a month: reserve before the deed, settle after it, give back what came to nothing.

    reserved, *_ = await db.batch([metering.reserve(tenant_id, "messages", 1, now), …])
    if not reserved.changed: …   # the month's amount is used up

A reservation is one guarded statement, so that no two that run at once pass the limit together. Reserve in the batch
that makes the deed certain; settle or release in the batch that knows its end. Nothing is metered of a test space, so
do not ask for one: a reservation for it is refused.

Each statement takes a condition in SQL whose own parameters are numbered from ?5, for who must not count twice.
"""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from propflow.bindings.d1 import Statement, Value, sql
from propflow.clock import day_of

Meter = Literal["api_calls", "messages", "sms", "ai_calls"]

# The column of `plans` that limits a meter; null is no limit.
LIMITS: dict[Meter, str] = {
    "api_calls": "api_calls_monthly",
    "messages": "messages_monthly",  # e-mails to guests
    "sms": "sms_monthly",  # parts of SMS to guests
    "ai_calls": "ai_calls_monthly",
}

RESERVE = """
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT t.id, ?2, ?3, CAST(?4 AS INTEGER) FROM tenants AS t JOIN plans AS p ON p.id = t.plan
WHERE t.id = ?1 AND t.mode = 'live' AND (p.{column} IS NULL OR p.{column} >= ?4) AND ({when})
ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + excluded.used
WHERE (SELECT p.{column} IS NULL OR p.{column} >= usage_counters.used + excluded.used
  FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = excluded.tenant_id)"""

RELEASE = """
UPDATE usage_counters SET used = max(0, used - CAST(?4 AS INTEGER))
WHERE tenant_id = ?1 AND meter = ?2 AND period = ?3 AND ({when})"""

SETTLE = """
INSERT INTO usage_days (tenant_id, meter, day, amount) SELECT ?1, ?2, ?3, CAST(?4 AS INTEGER) WHERE ({when})
ON CONFLICT (tenant_id, day, meter) DO UPDATE SET amount = amount + excluded.amount"""

STANDING = """
SELECT coalesce(c.used, 0) AS used, p.{column} AS "limit"
FROM tenants AS t JOIN plans AS p ON p.id = t.plan
LEFT JOIN usage_counters AS c ON c.tenant_id = t.id AND c.meter = ?2 AND c.period = ?3
WHERE t.id = ?1"""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What is used, reservations included, of what the plan allows; None is no limit."""

    used: int
    limit: int | None


def period(now: int) -> str:
    """The month of an instant, in UTC: `2026-11`."""
    return day_of(now)[:7]


def resets_at(now: int) -> int:
    """The instant at which the next month begins."""
    month = datetime.fromtimestamp(now / 1000, UTC)
    first = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
    return int(first.timestamp() * 1000)


def reserve(tenant_id: str, meter: Meter, amount: int, now: int, when: str = "true", *params: Value) -> Statement:
    """Take a part of the month's amount. It changes nothing when the plan does not have so much left."""
    return sql(RESERVE.format(column=LIMITS[meter], when=when), tenant_id, meter, period(now), amount, *params)


def release(tenant_id: str, meter: Meter, amount: int, month: str, when: str = "true", *params: Value) -> Statement:
    """Give back what came to nothing, to the month in which it was reserved."""
    return sql(RELEASE.format(when=when), tenant_id, meter, month, amount, *params)


def settle(tenant_id: str, meter: Meter, amount: int, now: int, when: str = "true", *params: Value) -> Statement:
    """Write what was spent under its day, for people to look at. The month's counter has it since `reserve`."""
    return sql(SETTLE.format(when=when), tenant_id, meter, day_of(now), amount, *params)


def standing(tenant_id: str, meter: Meter, now: int) -> Statement:
    """Read how much of this month's amount is used, as `Spent`."""
    return sql(STANDING.format(column=LIMITS[meter]), tenant_id, meter, period(now))
