"""Statements about what requests cost."""

from collections.abc import Mapping

from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

ADD = """
INSERT INTO usage_days (tenant_id, day, meter, amount)
SELECT ?1, ?2, key, CAST(value AS INTEGER) FROM json_each(?3) WHERE value > 0
ON CONFLICT (tenant_id, day, meter) DO UPDATE SET amount = amount + excluded.amount"""


def add(tenant_id: str, day: str, amounts: Mapping[str, int]) -> Statement:
    """Add to several meters of one day; what is zero costs nothing."""
    return sql(ADD, tenant_id, day, json_text(amounts))
