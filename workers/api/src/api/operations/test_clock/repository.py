"""Statements about test clocks."""

import msgspec

from propflow.bindings.d1 import Statement, sql

GET = "SELECT clock_at FROM tenants WHERE id = ?1"
# Only from where it was seen, so that of two who move it at once one is told.
MOVE = """
UPDATE tenants SET clock_at = ?3 WHERE id = ?1 AND mode = 'test' AND clock_at IS CAST(?2 AS INTEGER)"""


class ClockRow(msgspec.Struct, frozen=True):
    """Milliseconds, or null for the real time."""

    clock_at: int | None


def get(tenant_id: str) -> Statement:
    """The tenant's clock, as `ClockRow`."""
    return sql(GET, tenant_id)


def move(tenant_id: str, before: int | None, after: int | None) -> Statement:
    """Put the clock somewhere, or away; put a guard behind it."""
    return sql(MOVE, tenant_id, before, after)
