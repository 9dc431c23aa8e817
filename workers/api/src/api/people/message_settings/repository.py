"""Statements about the settings of messages. A tenant that has chosen nothing has no row, and version 1.

What was counted of messages is removed here, too, when its hour or day is over.
"""

import msgspec

from propflow.bindings.d1 import Statement, sql

GET = "SELECT countries, version FROM message_settings WHERE tenant_id = ?1"

# The first choice makes version 2, whose row is not there before.
CHANGE = """
INSERT INTO message_settings (tenant_id, countries, version, updated_at)
SELECT ?1, ?2, 2, ?4
WHERE CAST(?3 AS INTEGER) = coalesce((SELECT version FROM message_settings WHERE tenant_id = ?1), 1)
ON CONFLICT (tenant_id) DO UPDATE SET
  countries = excluded.countries, version = version + 1, updated_at = excluded.updated_at"""


FORGET = """
DELETE FROM message_budgets WHERE (ends_at, key) IN (
  SELECT ends_at, key FROM message_budgets WHERE ends_at <= ?1 LIMIT ?2)"""


class SettingsRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `countries` is JSON."""

    countries: str
    version: int


def get(tenant_id: str) -> Statement:
    """What was chosen, as `SettingsRow`; nothing when nothing was."""
    return sql(GET, tenant_id)


def change(tenant_id: str, countries: str, version: int, now: int) -> Statement:
    """Choose anew, for exactly the version that was read."""
    return sql(CHANGE, tenant_id, countries, version, now)


def forget(before: int, limit: int) -> Statement:
    """Remove what was counted until then, a bounded number of rows at a time."""
    return sql(FORGET, before, limit)
