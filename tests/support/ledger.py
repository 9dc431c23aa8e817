"""Reads the final rows of the occupancy ledger for the checker."""

from __future__ import annotations

import time

from support.ledger_checker import Occupancy
from support.suite import Suite


def final_rows(suite: Suite, tenant_id: str) -> list[Occupancy]:
    """Every occupancy of the tenant, live or not."""
    return _rows(suite, "tenant_id = ?", tenant_id)


def main_rows(suite: Suite, tenant_id: str) -> list[Occupancy]:
    """Those that follow no other and, if holds, have not run out."""
    now = time.time_ns() // 1_000_000
    return _rows(suite, "tenant_id = ?1 AND main_id IS NULL AND ifnull(expires_at, ?2) >= ?2", tenant_id, now)


def _rows(suite: Suite, which: str, *params: object) -> list[Occupancy]:
    sql = f"SELECT id, unit_id, start_date, end_date, live FROM occupancies WHERE {which}"
    return [
        Occupancy(row["id"], row["unit_id"], row["start_date"], row["end_date"], bool(row["live"]))
        for row in suite.d1(sql, *params)
    ]
