"""Queue batches of messages to guests, what becomes of them, and a database that refuses a part of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from support.deliver import BATCH, Envelope, deliver, envelopes
from support.rows import BookingRow, Fact, Rows
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually


class Group:
    """A queue batch of messages, each about a booking of its own."""

    def __init__(self, rows: Rows, count: int = BATCH, **chosen: Any) -> None:
        self.rows = rows
        self.bookings = rows.bookings(count, **chosen)
        self.facts = rows.facts(self.bookings)
        self.messages = envelopes(fact.body for fact in self.facts)

    def deliver(self, attempts: int = 1) -> list[int | None]:
        """What the consumer answers to each: None is done, else the seconds after which it wants it again."""
        batch = [Envelope(one.body, one.id, attempts) for one in self.messages]
        answer = deliver(self.rows.suite, "notifications", batch)
        return [answer.retried.get(one.id) for one in batch]

    def let_time_pass(self) -> None:
        """Every lease and every pause is over."""
        self.rows.suite.d1("UPDATE deliveries SET lease_until = 0 WHERE tenant_id = ?1", self.rows.tenant_id)

    def told(self, standin: StandIn) -> list[tuple[int, int]]:
        """How many e-mails and SMS each guest was sent."""
        return [received(standin, booking) for booking in self.bookings]

    def waiting(self) -> list[int]:
        return [self.rows.waiting(fact) for fact in self.facts]

    def taken(self) -> dict[str, int]:
        """What the tenant has of the month's messages."""
        sql = "SELECT meter, used FROM usage_counters WHERE tenant_id = ?1 AND meter IN ('messages', 'sms')"
        return {row["meter"]: row["used"] for row in self.rows.suite.d1(sql, self.rows.tenant_id)}

    def states(self, channel: str) -> list[tuple[str, int]]:
        """How each delivery of a channel stands, and how often it was attempted."""
        rows = [self.rows.deliveries(fact)[channel] for fact in self.facts]
        return [(row["status"], row["attempts"]) for row in rows]


def received(standin: StandIn, booking: BookingRow) -> tuple[int, int]:
    return len(standin.emails(booking.email)) if booking.email else 0, len(standin.sms(booking.phone))


@contextmanager
def failing(suite: Suite, when: str, body: str = "SELECT RAISE(ABORT, 'test')") -> Iterator[None]:
    """The database refuses something, or does something more."""
    suite.d1(f"CREATE TRIGGER test_fail {when} BEGIN {body}; END")
    try:
        yield
    finally:
        suite.d1("DROP TRIGGER test_fail")


def ids(facts: Sequence[Fact]) -> str:
    return ", ".join(f"'{fact.id}'" for fact in facts)


def costs(suite: Suite, before: str) -> list[dict[str, int]]:
    """What each group of messages cost that was handled since then, beside the statement that reads the outbox."""

    def lines() -> list[dict[str, Any]]:
        new = [line for line in suite.output()[len(before) :].splitlines() if '"event":"messages.done"' in line]
        return [json.loads(line[line.index("{") :]) for line in new if line.endswith("}")]

    parts = [line["cost"].split(", ") for line in eventually(lines, what="the line of the group") or []]
    return [{name: int(value) for name, value in (part.split("=") for part in cost)} for cost in parts]
