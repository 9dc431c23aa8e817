"""What the databases hold of a tenant, as one digest per table, and waiting until nothing moves any more."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from support.settling import settle
from support.suite import Suite
from support.surface.world import World

COLUMNS = """
SELECT m.name AS tab, c.name AS col FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_cf_%' AND m.name <> 'd1_migrations'"""
OF_NOBODY = {"plans", "upkeep_runs", "google_sign_ins", "calendar_hosts", "integrity_passes", "database_sizes",
             "message_budgets"}  # fmt: skip
"""Tables that hold nothing of a tenant."""
LATE = {"usage_days", "calendar_turns", "calendar_waits"}
"""Figures of what a tenant's own requests cost: those of usage are written up to ten seconds later, those of calendar
hosts for a request that is refused in the end, too."""


def tables(suite: Suite, binding: str = "DB_CORE") -> dict[str, set[str]]:
    """Every table with its columns."""
    found: dict[str, set[str]] = {}
    for row in suite.d1(COLUMNS, binding=binding):
        found.setdefault(row["tab"], set()).add(row["col"])
    return found


def selection(table: str, columns: set[str], tenant_id: str) -> tuple[str, tuple[str, ...]] | None:
    """The statement that reads what a table holds of the tenant; None for a table that holds nothing of any."""
    if table in OF_NOBODY | LATE:
        return None
    if table == "tenants":
        where = "id = ?1 OR live_id = ?1"
    elif table == "usage_days":  # what requests cost is written some seconds after them
        where = "tenant_id = ?1 AND meter NOT LIKE 'cost_%'"
    elif "tenant_id" in columns:
        where = "tenant_id = ?1"
    elif "user_id" in columns or table == "users":
        column = "id" if table == "users" else "user_id"
        where = f"{column} IN (SELECT user_id FROM memberships WHERE tenant_id = ?1)"
    else:
        raise AssertionError(f"{table}: say in surface/state.py how its rows belong to a tenant")
    return f"SELECT * FROM {table} WHERE {where}", (tenant_id,)


def digest(suite: Suite, tenant_id: str) -> dict[str, str]:
    """One digest per table of both databases over the tenant's sorted rows, with their number."""
    found = {}
    for binding in ("DB_CORE", "DB_AUDIT"):
        named = {table: selection(table, columns, tenant_id) for table, columns in tables(suite, binding).items()}
        asked = {table: statement for table, statement in named.items() if statement}
        for table, rows in zip(asked, suite.d1_batch(asked.values(), binding=binding), strict=True):
            found[f"{binding}.{table}"] = digest_of(rows)
    return found


def digest_of(rows: list[dict[str, Any]]) -> str:
    """`3 rows 1f…` whatever the order of the rows."""
    lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
    return f"{len(lines)} rows {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"


def of_properties(world: World) -> list[str]:
    """The rows of a world's own things, to be compared with the same later."""
    kinds = {"property": "properties", "unit": "units", "quote": "quotes", "booking": "bookings", "feed": "feeds",
             "conflict": "conflicts", "media": "files", "document": "files"}  # fmt: skip
    read = [(f"SELECT * FROM {table} WHERE tenant_id = ?1 AND id = ?2", (world.tenant_id, world.one(kind)))
            for kind, table in kinds.items()]  # fmt: skip
    read.append(
        ("SELECT * FROM occupancies WHERE tenant_id = ?1 AND unit_id = ?2", (world.tenant_id, world.one("unit")))
    )
    read.append(("SELECT * FROM calendar_exports WHERE tenant_id = ?1 AND unit_id = ?2",
                 (world.tenant_id, world.one("unit"))))  # fmt: skip
    return [digest_of(rows) for rows in world.suite.d1_batch(read)]


def settled(suite: Suite) -> None:
    """Wait until the queues have done everything for the worlds. Other tests may have left something on purpose."""
    settle(suite, *sorted(World.owners))
