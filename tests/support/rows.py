"""Rows of bookings written straight into the database, for tests of the Workers behind the queues.

What the api Worker commits in one batch is made here by hand, so that a test can choose every detail of it.
"""

from __future__ import annotations

import itertools
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from support.suite import Suite

LINES = [
    {"kind": "night", "name": "3 nights", "quantity": 3, "amount": 36_000},
    {"kind": "fee", "name": "Cleaning", "quantity": 1, "amount": 4_000},
    {"kind": "tax", "name": "City tax", "quantity": 6, "amount": 1_200},
]
TOTAL = 41_200
NOTIFICATIONS, BILLING, CALSYNC, AUTOMATION = 1, 2, 4, 8
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

_days = itertools.count()


def row_id(prefix: str) -> str:
    """An id in the product's form, such as `bkg_` and 26 characters."""
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(26))}"


@dataclass(frozen=True)
class BookingRow:
    """A booking of the factory's tenant; no other test's guest has its email or phone."""

    tenant_id: str
    id: str
    unit_id: str
    email: str | None
    phone: str | None


@dataclass(frozen=True)
class Fact:
    """An outbox row and the body of its message."""

    tenant_id: str
    id: str
    body: str


@dataclass
class Rows:
    """A tenant of its own that may write to anybody, with one property and one unit; `booking` and `fact` add to it."""

    suite: Suite
    property_name: str = "Casa Azul"
    tenant_id: str = field(default_factory=lambda: row_id("ten"))
    unit_id: str = field(default_factory=lambda: row_id("unit"))

    def __post_init__(self) -> None:
        now, property_id, owner = _now(), row_id("prop"), row_id("usr")
        self.suite.d1_batch([
            (
                "INSERT INTO tenants (id, name, plan, created_at, updated_at) VALUES (?1, ?2, 'business', ?3, ?3)",
                [self.tenant_id, "Homes", now],
            ),
            (
                "INSERT INTO users (id, email, name, email_verified_at, created_at, updated_at)"
                " VALUES (?1, ?1 || '@example.net', 'O', ?2, ?2, ?2)",
                [owner, now],
            ),
            (
                "INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at)"
                " VALUES (?1, ?2, 'owner', ?3, ?3)",
                [self.tenant_id, owner, now],
            ),
            (
                "INSERT INTO properties (tenant_id, id, name, time_zone, currency, created_at, updated_at) "
                "VALUES (?1, ?2, ?3, 'Europe/Madrid', 'EUR', ?4, ?4)",
                [self.tenant_id, property_id, self.property_name, now],
            ),
            (
                "INSERT INTO units (tenant_id, id, property_id, name, max_guests, nightly_amount, created_at, "
                "updated_at) VALUES (?1, ?2, ?3, 'Apartment 1', 4, 12000, ?4, ?4)",
                [self.tenant_id, self.unit_id, property_id, now],
            ),
        ])  # fmt: skip

    def booking(self, **chosen: Any) -> BookingRow:
        """A confirmed booking of three nights; `status`, `guest_name`, `guest_email`… choose other values."""
        booking, more = self._booking(chosen)
        self.suite.d1_batch(more)
        return booking

    def bookings(self, count: int, **chosen: Any) -> list[BookingRow]:
        """Several bookings, written in one batch."""
        made = [self._booking(chosen) for _ in range(count)]
        self.suite.d1_batch([statement for _, statements in made for statement in statements])
        return [booking for booking, _ in made]

    def set_status(self, booking: BookingRow, status: str) -> None:
        """Change a booking behind the product's back."""
        sql = "UPDATE bookings SET status = ?3 WHERE tenant_id = ?1 AND id = ?2"
        self.suite.d1(sql, booking.tenant_id, booking.id, status)

    def fact(self, booking: BookingRow, kind: str = "booking.confirmed", waiting: int = NOTIFICATIONS) -> Fact:
        """The outbox row of one business fact, waiting for these destinations, and its message."""
        return self.facts([booking], kind, waiting)[0]

    def facts(self, bookings: list[BookingRow], kind: str = "booking.confirmed", waiting: int = 1) -> list[Fact]:
        """One fact per booking, written in one batch."""
        made = [self._fact(booking, kind, waiting) for booking in bookings]
        self.suite.d1_batch([statement for _, statement in made])
        return [fact for fact, _ in made]

    def waiting(self, fact: Fact) -> int:
        """What the outbox row still waits for; 0 when it is closed."""
        sql = "SELECT waiting FROM outbox WHERE tenant_id = ?1 AND id = ?2"
        return int(self.suite.d1(sql, fact.tenant_id, fact.id)[0]["waiting"])

    def deliveries(self, fact: Fact) -> dict[str, dict[str, Any]]:
        """The deliveries of one fact, by channel."""
        sql = "SELECT * FROM deliveries WHERE tenant_id = ?1 AND outbox_id = ?2"
        return {row["channel"]: row for row in self.suite.d1(sql, fact.tenant_id, fact.id)}

    def documents(self, booking: BookingRow) -> list[dict[str, Any]]:
        """The invoices and credit notes of one booking, oldest first."""
        sql = "SELECT * FROM invoices WHERE tenant_id = ?1 AND booking_id = ?2 ORDER BY created_at, kind DESC"
        return self.suite.d1(sql, booking.tenant_id, booking.id)

    def dead_letters(self) -> list[dict[str, Any]]:
        """The dead letters that name this tenant."""
        return self.suite.d1("SELECT * FROM dead_letters WHERE tenant_id = ?1", self.tenant_id)

    def _booking(self, chosen: dict[str, Any]) -> tuple[BookingRow, list[tuple[str, list[Any]]]]:
        now, first = _now(), date(2030, 1, 1) + timedelta(days=4 * next(_days))
        occupancy, token = row_id("occ"), secrets.token_hex(6)
        row: dict[str, Any] = {
            "tenant_id": self.tenant_id, "id": row_id("bkg"), "unit_id": self.unit_id, "occupancy_id": occupancy,
            "status": "confirmed", "check_in": first.isoformat(),
            "check_out": (first + timedelta(days=3)).isoformat(), "guests": 2, "guest_name": "Grace Guest",
            "guest_email": f"guest-{token}@example.net",
            "guest_phone": "+346" + "".join(secrets.choice("0123456789") for _ in range(8)),
            "total_amount": TOTAL, "currency": "EUR", "lines": json.dumps(LINES),
            "created_at": now, "updated_at": now,
        } | chosen  # fmt: skip
        occupy = (
            "INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, created_at, "
            "updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'booking', ?7, ?8, ?8)",
            [
                self.tenant_id, occupancy, self.unit_id, row["check_in"], row["check_out"],
                int(row["status"] != "cancelled"), row["id"], now,
            ],
        )  # fmt: skip
        marks = ", ".join(f"?{number}" for number in range(1, len(row) + 1))
        book = (f"INSERT INTO bookings ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        made = BookingRow(self.tenant_id, row["id"], self.unit_id, row["guest_email"], row["guest_phone"])
        return made, [occupy, book]

    def _fact(self, booking: BookingRow, kind: str, waiting: int) -> tuple[Fact, tuple[str, list[Any]]]:
        now, outbox_id = _now(), f"obx_{time.time_ns():020}{secrets.token_hex(3)}"  # later ones sort later
        ids = {"tenant_id": self.tenant_id, "outbox_id": outbox_id, "booking_id": booking.id, "unit_id": self.unit_id}
        body = json.dumps({"type": kind, "request_id": "req_test"} | ids)
        insert = (
            "INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            [self.tenant_id, outbox_id, kind, body, waiting, now + 3_600_000, now],
        )
        return Fact(self.tenant_id, outbox_id, body), insert


def _now() -> int:
    return time.time_ns() // 1_000_000
