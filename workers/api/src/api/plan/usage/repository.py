"""Statements about usage by day and against the plan."""

import msgspec

from api.plan.plans.repository import HAD, LIMIT_OF
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

DAYS = """
SELECT day, meter, amount FROM usage_days WHERE tenant_id = ?1 AND day >= ?2 AND day < ?3 ORDER BY day, meter"""

SPENT = ("api_calls", "messages", "sms", "ai_calls")
METERS = json_text([*HAD, *SPENT])
LIMITS = f"""
SELECT m.value AS meter, coalesce(c.used, 0) AS used,
  CASE m.value {LIMIT_OF} WHEN 'api_calls' THEN p.api_calls_monthly WHEN 'messages' THEN p.messages_monthly
    WHEN 'sms' THEN p.sms_monthly ELSE p.ai_calls_monthly END AS "limit"
FROM tenants AS t JOIN plans AS p ON p.id = t.plan
JOIN json_each('{METERS}') AS m
LEFT JOIN usage_counters AS c ON c.tenant_id = t.id AND c.meter = m.value
  AND c.period = CASE WHEN m.value IN ({", ".join(f"'{meter}'" for meter in HAD)}) THEN '' ELSE ?2 END
WHERE t.id = ?1"""


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    day: str
    meter: str
    amount: int


class LimitRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is used of one meter, and may be."""

    meter: str
    used: int
    limit: int | None


def days(tenant_id: str, start: str, end: str) -> Statement:
    """What was used on the days `[start, end)`, as `DayRow`."""
    return sql(DAYS, tenant_id, start, end)


def limits(tenant_id: str, month: str) -> Statement:
    """What is used and allowed now, as `LimitRow`."""
    return sql(LIMITS, tenant_id, month)
