"""The schema in the host's own SQLite, for tests of what the database itself guarantees."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from support.process import ROOT

MIGRATIONS = ROOT / "migrations"
MOST_SELECTS = 5  # in one statement with UNION: D1 refuses a sixth, SQLite by itself takes 500


def files(database: str) -> list[Path]:
    """The migrations of `core` or `audit` in their order."""
    return sorted((MIGRATIONS / database).glob("*.sql"))


def migrated(database: str, until: str = "9999") -> sqlite3.Connection:
    """A fresh database in memory with all migrations, or with those whose numbers are less than `until`."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, MOST_SELECTS)
    return migrate(connection, database, until=until)


def migrate(
    connection: sqlite3.Connection, database: str, since: str = "0000", until: str = "9999"
) -> sqlite3.Connection:
    """Apply the migrations from a number on, each in one transaction as D1 does."""
    for path in files(database):
        if since <= path.name[:4] < until:
            connection.executescript(f"BEGIN;\n{path.read_text()}\nCOMMIT;")
    return connection


def with_unit(connection: sqlite3.Connection, tenant: str = "ten_1", unit: str = "unit_1") -> sqlite3.Connection:
    """Add a tenant with one unit."""
    connection.execute("INSERT INTO tenants (id, name, created_at, updated_at) VALUES (?, 'T', 0, 0)", (tenant,))
    connection.execute(
        "INSERT INTO properties (tenant_id, id, name, time_zone, currency, created_at, updated_at)"
        " VALUES (?, 'prop_1', 'P', 'Europe/Zurich', 'EUR', 0, 0)",
        (tenant,),
    )
    connection.execute(
        "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, updated_at)"
        " VALUES (?, ?, 'prop_1', 'U', 2, 100, 0, 0)",
        (tenant, unit),
    )
    return connection
