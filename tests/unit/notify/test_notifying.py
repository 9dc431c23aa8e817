"""What a guest is told, with the real statements and providers that write down what they are given."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from support.in_memory import InMemory

from notify.channels.contents import Email, Sms
from notify.context import Bindings
from notify.delivery import budgets
from notify.letters.guests.service import Notifier
from notify.letters.guests.templates import BOOKING_CANCELLED, BOOKING_CHANGED, BOOKING_CONFIRMED
from notify.settings import Settings
from propflow import clock
from propflow.bindings.d1 import sql
from propflow.errors import Transient, Unavailable
from propflow.messages import BookingConfirmed
from tests.unit.notify.test_claims import NOW, Messages

KEYS = '{"current":"k","keys":{"k":"bG9jYWwtZGV2ZWxvcG1lbnQtand0LWtleS1rMS0wMDA="}}'
SETTINGS = Settings(
    ENV="local", APP_BASE_URL="", JWT_SIGNING_KEY=KEYS, EMAIL_PROVIDER="", EMAIL_API_URL="", EMAIL_FROM="",
    EMAIL_PROVIDER_KEY="", SMS_PROVIDER="", SMS_API_URL="", SMS_FROM="", SMS_PROVIDER_KEY="", SMS_HOURLY_MOST="1000",
    UNPROVEN_EMAILS_HOURLY_MOST="1000",
)  # fmt: skip


class Provider:
    """Takes everything."""

    def __init__(self) -> None:
        self.sent: list[Email | Sms] = []

    async def send(self, content: Email | Sms, key: str) -> str:
        self.sent.append(content)
        return "P1"

    async def find_earlier(self, content: Email | Sms, key: str, since: int, now: int) -> str | None:
        return None


class Guest(Messages):
    """A tenant with bookings of one guest, and who tells them."""

    def __init__(self) -> None:
        super().__init__()
        self.email, self.sms = Provider(), Provider()

    def tell(self, message: Any, template: str = BOOKING_CONFIRMED, **chosen: str) -> None:
        """One attempt at a message."""
        settings = msgspec.structs.replace(SETTINGS, **chosen)
        bindings = Bindings(core=InMemory("core", db=self.core.db), settings=settings)
        notifier = Notifier(bindings, self.email, self.sms)
        asyncio.run(notifier.tell_guest(message, template))

    def future_booking(self) -> BookingConfirmed:
        """A stay that is still to come."""
        message = self.booking()
        self.core.run("UPDATE bookings SET check_in = '2127-01-01', check_out = '2127-01-03'")
        return message

    def told(self) -> tuple[int, int]:
        """How many e-mails and SMS there were."""
        return len(self.email.sent), len(self.sms.sent)

    def ends(self) -> list[tuple[str, str | None]]:
        """How each delivery stands, and why."""
        return [(row["status"], row["reason"]) for row in self.core.run("SELECT status, reason FROM deliveries")]


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch) -> Guest:
    """At one instant: no hour ends during a test."""
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    return Guest()


def test_a_cancellation_does_not_wait_behind_changes_and_the_second_does(guest: Guest) -> None:
    first = guest.future_booking()
    for number in range(4):
        guest.tell(msgspec.structs.replace(first, outbox_id=f"obx_{number}"), BOOKING_CHANGED)
    assert guest.told() == (3, 3)
    guest.core.run("UPDATE bookings SET status = 'cancelled'")
    for number in range(4, 6):
        guest.tell(msgspec.structs.replace(first, outbox_id=f"obx_{number}"), BOOKING_CANCELLED)
    assert guest.told() == (4, 4)
    assert guest.ends()[-1] == ("pending", budgets.BOOKING)


def test_who_is_suspended_in_the_middle_of_a_batch_is_told_afterwards(guest: Guest) -> None:
    message = guest.future_booking()
    guest.stand(plan="pro", verified=True, suspended=True)
    with pytest.raises(Unavailable):
        guest.tell(message)
    assert (guest.told(), guest.ends()) == ((0, 0), [])
    guest.stand(plan="pro", verified=True)
    guest.tell(message)
    assert guest.told() == (1, 1)


def test_what_was_put_off_ends_when_its_address_is_removed(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    message = guest.future_booking()
    guest.record(message)
    guest.tell(message, SMS_HOURLY_MOST="0")
    assert guest.due["waiting"] == 1
    guest.core.run("UPDATE bookings SET guest_phone = NULL")
    guest.tell(message)
    assert guest.due["waiting"] == 1, "it has not had its turn"
    monkeypatch.setattr(clock, "now_ms", lambda: guest.due["next_attempt_at"])
    guest.tell(message)
    assert guest.ends() == [("sent", None), ("skipped", "the guest has no such address any more")]
    assert (guest.told(), guest.due["waiting"]) == ((1, 0), 0)


def test_a_budget_that_cannot_be_read_stops_one_channel_only(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    message = guest.future_booking()
    guest.record(message)
    monkeypatch.setattr("notify.delivery.budgets.EMAILS_TO_ONE", 0)
    monkeypatch.setattr("notify.delivery.shares.claims_repository.spent", lambda *_: [sql("SELECT * FROM nowhere")])
    with pytest.raises(Transient):
        guest.tell(message)
    assert guest.told() == (0, 1)
    assert [status for status, _ in guest.ends()] == ["pending", "sent"]


BREAKERS = [
    ("pro", {"SMS_HOURLY_MOST": "0"}, (1, 0), "sms_breaker"),
    ("free", {"UNPROVEN_EMAILS_HOURLY_MOST": "0"}, (0, 0), "email_breaker"),
    ("pro", {"UNPROVEN_EMAILS_HOURLY_MOST": "0"}, (1, 1), None),
]


@pytest.mark.parametrize(("plan", "chosen", "told", "alert"), BREAKERS)
def test_what_all_together_send_stops_for_the_hour_and_operators_are_told(
    guest: Guest, plan: str, chosen: dict[str, str], told: tuple[int, int], alert: str | None
) -> None:
    guest.stand(plan=plan, verified=True)
    guest.tell(guest.future_booking(), **chosen)
    assert guest.told() == told
    found = guest.core.run("SELECT kind, detail FROM operator_alerts")
    assert [one["kind"] for one in found] == ([alert] if alert else [])
    assert all(" were sent within an hour" in str(one["detail"]) for one in found)


def test_operators_are_told_of_a_breaker_once_an_hour(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        monkeypatch.setattr(clock, "now_ms", lambda at=NOW - NOW % clock.HOUR + number: at)
        guest.tell(guest.future_booking(), SMS_HOURLY_MOST="0")
    assert guest.core.run("SELECT times FROM operator_alerts") == [{"times": 1}]
    monkeypatch.setattr(clock, "now_ms", lambda: NOW + clock.HOUR)
    guest.tell(guest.future_booking(), SMS_HOURLY_MOST="0")
    assert guest.core.run("SELECT times FROM operator_alerts") == [{"times": 2}]


BROKEN = [{"JWT_SIGNING_KEY": "{"}, {"SMS_HOURLY_MOST": "many"}, {"UNPROVEN_EMAILS_HOURLY_MOST": "-1"}]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_the_operator_must_repair_lets_messages_wait(guest: Guest, broken: dict[str, str]) -> None:
    with pytest.raises(Unavailable):
        guest.tell(guest.future_booking(), **broken)
    assert guest.ends() == []
