"""What became of a booking: where it is in the ledger, what happened to it, what was invoiced."""

from __future__ import annotations

from typing import Any

from support.people import Manager
from support.settling import settle
from support.suite import Suite


def taken(suite: Suite, booking: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Where the ledger has the booking, if it has."""
    sql = "SELECT unit_id, start_date, end_date FROM occupancies WHERE id = ?1 AND live = 1"
    return [(row["unit_id"], row["start_date"], row["end_date"]) for row in suite.d1(sql, booking["occupancy_id"])]


def events(suite: Suite, booking_id: str) -> list[str]:
    sql = "SELECT type FROM events WHERE object_id = ?1 ORDER BY sequence"
    return [row["type"] for row in suite.d1(sql, booking_id)]


def documents(suite: Suite, booking_id: str) -> list[int]:
    """The amounts of the booking's invoices and credit notes, in the order in which they were issued."""
    sql = "SELECT total_amount FROM invoices WHERE booking_id = ?1 ORDER BY issued_at, kind"
    return [row["total_amount"] for row in suite.d1(sql, booking_id)]


def wait_until_settled(suite: Suite, manager: Manager) -> None:
    settle(suite, manager.tenant["id"])
