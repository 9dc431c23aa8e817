"""What a message does when its two deliveries end in different ways."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import msgspec
import pytest
from support.in_memory import InMemory
from support.schema import with_unit

from notify.delivery import decisions, endings_repository
from notify.delivery.decisions import Claim
from notify.delivery.endings import conclude
from notify.letters.guests import repository as guests
from notify.letters.guests.models import Later
from propflow import clock, consumer, outbox
from propflow.errors import Transient
from propflow.messages import BookingConfirmed, encode
from propflow.outbox import Destination

MESSAGE = BookingConfirmed(tenant_id="ten_1", outbox_id="obx_1", booking_id="bkg_1", unit_id="unit_1")


class Sent:
    """A message with an e-mail that was tried, and an SMS that waits until `turn`."""

    def __init__(self) -> None:
        self.core = InMemory("core")
        with_unit(self.core.db)
        self.now = clock.now_ms()
        self.turn = self.now + 20 * clock.HOUR
        asyncio.run(self.core.run(outbox.record(MESSAGE, Destination.NOTIFICATIONS, now=self.now)))
        self.add("email", "sending", self.now, self.now)
        self.add("sms", "pending", None, self.turn)

    def add(self, channel: str, status: str, tried_at: int | None, lease_until: int) -> None:
        self.core.db.execute(
            "INSERT INTO deliveries (tenant_id, id, outbox_id, object_id, channel, template, status, attempts,"
            " lease_until, tried_at, created_at, updated_at)"
            " VALUES ('ten_1', 'obx_1:' || ?1, 'obx_1', 'bkg_1', ?1, 'booking_confirmed', ?2, 1, ?3, ?4, ?5, ?5)",
            (channel, status, lease_until, tried_at, self.now),
        )

    def ends(self, error: decisions.DeliveryError) -> None:
        """The attempt at the e-mail is over."""
        claim = Claim(
            id="obx_1:email", channel="email", status="sending", attempts=1, lease_until=self.now, created_at=self.now
        )
        asyncio.run(conclude(self.core, MESSAGE, [(claim, decisions.failed(error, claim, self.now))]))

    def dies(self) -> None:
        """The queue gave the message up."""
        body = SimpleNamespace(id="msg", body=encode(MESSAGE), attempts=4, ack=lambda: None)
        batch = SimpleNamespace(queue="notifications-dlq", messages=[body])
        closing = endings_repository.CLOSE_WHEN_DEAD
        asyncio.run(consumer.bury(batch, self.core, Destination.NOTIFICATIONS, closing=closing))

    def rows(self, table: str, columns: str) -> list[tuple[object, ...]]:
        """What a table holds."""
        return self.core.db.execute(f"SELECT {columns} FROM {table}").fetchall()


def test_what_failed_does_not_wait_for_the_turn_of_the_other() -> None:
    with pytest.raises(Transient) as raised:
        Sent().ends(Transient("busy"))
    assert (raised.value.retry_after or 0) <= 6


def test_a_dead_letter_does_not_end_what_the_other_channel_put_off() -> None:
    sent = Sent()
    sent.dies()
    assert sent.rows("outbox", "waiting, next_attempt_at") == [(1, sent.turn)]
    assert sent.rows("dead_letters", "outbox_id") == [("obx_1",)]
    assert sent.rows("deliveries", "status") == [("sending",), ("pending",)], "whoever replays it finds it open"


def test_a_dead_letter_ends_what_waits_for_nothing_else() -> None:
    sent = Sent()
    sent.core.db.execute("UPDATE deliveries SET status = 'sent' WHERE channel = 'sms'")
    sent.dies()
    assert sent.rows("outbox", "waiting") == [(0,)]


@pytest.mark.parametrize(("waiting", "found"), [(1, [("sms", "pending")]), (0, [])])
def test_a_message_gives_way_to_one_that_waits_and_not_to_one_that_died(
    waiting: int, found: list[tuple[str, str]]
) -> None:
    sent = Sent()
    sent.core.db.execute("UPDATE outbox SET waiting = ?", (waiting,))
    sent.core.db.execute("UPDATE deliveries SET status = 'failed' WHERE channel = 'email'")
    earlier = msgspec.structs.replace(MESSAGE, outbox_id="obx_0")
    later = asyncio.run(sent.core.run(guests.later(earlier))).rows(Later)
    assert [(one.channel, one.status) for one in later] == found
