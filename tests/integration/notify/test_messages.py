"""What guests are sent, once, by the state the booking is in when its message is handled."""

from __future__ import annotations

import json

import pytest
from support.deliver import deliver, deliver_many, deliver_one, envelopes
from support.rows import AUTOMATION, NOTIFICATIONS, BookingRow, Rows, row_id
from support.standin_client import StandIn
from support.suite import Suite


def received(standin: StandIn, booking: BookingRow) -> tuple[int, int]:
    """How many emails and SMS the guest was sent."""
    emails = standin.emails(booking.email) if booking.email else []
    return len(emails), len(standin.sms(booking.phone)) if booking.phone else 0


def test_a_confirmed_booking_sends_one_email_and_one_sms(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking(check_in="2029-03-12", check_out="2029-03-15")
    fact = rows.fact(booking)
    assert deliver_one(suite, "notifications", fact.body) is None
    [email], [sms] = standin.emails(booking.email), standin.sms(booking.phone)
    assert (email["subject"], email["idempotency_key"]) == ("Your stay at Casa Azul is confirmed", f"{fact.id}:email")
    assert "Total: EUR 412.00" in email["text"]
    assert sms["body"] == ("Casa Azul: Grace, your stay in Apartment 1 from 12 Mar 2029 to 15 Mar 2029 is confirmed.")
    assert (sms["custom_string"], sms["from"]) == (f"{fact.id}:sms", "PropFlow360")
    deliveries = rows.deliveries(fact)
    assert deliveries["email"]["provider_id"] == email["id"]
    assert deliveries["sms"]["provider_id"] == sms["message_id"]
    assert {row["status"] for row in deliveries.values()} == {"sent"}
    assert rows.waiting(fact) == 0


def test_names_arrive_as_they_were_typed(suite: Suite, standin: StandIn, rows: Rows) -> None:
    guest, place = "علی\u200cرضا 👩🏽\u200d🚀", "Casa 👨\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈"
    booking = rows.booking(guest_name=f"\u202e{guest}")
    suite.d1("UPDATE properties SET name = ? WHERE tenant_id = ?", place, rows.tenant_id)
    assert deliver_one(suite, "notifications", rows.fact(booking).body) is None
    [email], [sms] = standin.emails(booking.email), standin.sms(booking.phone)
    assert email["subject"] == f"Your stay at {place} is confirmed"
    assert guest in email["text"] and guest in email["html"] and "\u202e" not in email["text"]
    assert sms["body"].startswith("Casa: your stay in Apartment 1")


def test_a_cancelled_booking_sends_the_cancellation(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking(status="cancelled")
    assert deliver_one(suite, "notifications", rows.fact(booking, "booking.cancelled").body) is None
    [email], [sms] = standin.emails(booking.email), standin.sms(booking.phone)
    assert email["subject"] == "Your stay at Casa Azul is cancelled"
    assert sms["body"].endswith("is cancelled.")


def test_a_changed_booking_sends_how_it_is_now_once(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking(check_in="2029-04-12", check_out="2029-04-15")
    fact = rows.fact(booking, "booking.changed")
    deliver_many(suite, "notifications", [fact.body] * 3)
    [email], [sms] = standin.emails(booking.email), standin.sms(booking.phone)
    assert email["subject"] == "Your stay at Casa Azul has changed"
    assert "Check-out: Sun 15 April 2029" in email["text"]
    assert sms["body"].endswith("your stay has changed: Apartment 1 from 12 Apr 2029 to 15 Apr 2029.")
    assert rows.waiting(fact) == 0


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("booking.confirmed", "cancelled"), ("booking.cancelled", "confirmed"), ("booking.changed", "cancelled"),
        ("booking.changed", "checked_out"),
    ],
)  # fmt: skip
def test_what_is_no_longer_true_is_not_sent(suite: Suite, standin: StandIn, rows: Rows, kind: str, status: str) -> None:
    booking = rows.booking(status=status)
    fact = rows.fact(booking, kind)
    assert deliver_one(suite, "notifications", fact.body) is None
    assert received(standin, booking) == (0, 0)
    states = {(row["status"], row["reason"]) for row in rows.deliveries(fact).values()}
    assert states == {("skipped", f"the booking is {status} by now")}
    assert rows.waiting(fact) == 0


@pytest.mark.parametrize(
    ("email", "phone", "channels"),
    [("a@example.net", None, ["email"]), (None, "+34611000001", ["sms"]), (None, None, []), ("", "", [])],
)
def test_only_the_ways_by_which_the_guest_can_be_reached(
    suite: Suite, rows: Rows, email: str | None, phone: str | None, channels: list[str]
) -> None:
    fact = rows.fact(rows.booking(guest_email=email, guest_phone=phone))
    assert deliver_one(suite, "notifications", fact.body) is None
    assert sorted(rows.deliveries(fact)) == channels
    assert rows.waiting(fact) == 0


def test_a_bad_phone_number_fails_alone(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking(guest_phone="600 123 456")
    fact = rows.fact(booking)
    assert deliver_one(suite, "notifications", fact.body) is None
    deliveries = rows.deliveries(fact)
    assert (deliveries["sms"]["status"], deliveries["email"]["status"]) == ("failed", "sent")
    assert "international form" in deliveries["sms"]["reason"]
    assert received(standin, booking) == (1, 0)
    assert rows.waiting(fact) == 0


def test_an_address_that_the_provider_refuses_fails_alone(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking(guest_email="nobody")
    fact = rows.fact(booking)
    assert deliver_one(suite, "notifications", fact.body) is None
    deliveries = rows.deliveries(fact)
    assert (deliveries["email"]["status"], deliveries["sms"]["status"]) == ("failed", "sent")
    assert "422 validation_error" in deliveries["email"]["reason"]
    assert len(standin.sms(booking.phone)) == 1


def test_a_defect_in_one_channel_does_not_stop_the_other(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking(lines="{}")  # the email lists them, the SMS does not
    fact = rows.fact(booking)
    assert deliver_one(suite, "notifications", fact.body) is not None
    deliveries = rows.deliveries(fact)
    assert (deliveries["email"]["status"], deliveries["sms"]["status"]) == ("pending", "sent")
    assert "ValidationError" in deliveries["email"]["reason"]
    assert received(standin, booking) == (0, 1)
    assert rows.waiting(fact) == NOTIFICATIONS


def test_shuffled_duplicates_have_one_effect_each(suite: Suite, standin: StandIn, rows: Rows) -> None:
    bookings = rows.bookings(20)
    facts = rows.facts(bookings)
    deliver_many(suite, "notifications", [fact.body for fact in facts] * 2)
    assert [received(standin, booking) for booking in bookings] == [(1, 1)] * 20
    assert all(rows.waiting(fact) == 0 for fact in facts)


def test_poison_harms_no_neighbour(suite: Suite, standin: StandIn, rows: Rows) -> None:
    other = Rows(suite)
    bookings = rows.bookings(4)
    facts = rows.facts(bookings)
    strangers = other.fact(other.booking())
    poison = [
        "not json",
        json.dumps({"type": "booking.confirmed"}),
        json.dumps(json.loads(facts[0].body) | {"type": "unit.calendar_changed"}),
        json.dumps(json.loads(facts[0].body) | {"outbox_id": row_id("obx")}),
        json.dumps(json.loads(strangers.body) | {"tenant_id": rows.tenant_id}),
    ]
    messages = envelopes([*poison[:3], *(fact.body for fact in facts), *poison[3:]])
    assert deliver(suite, "notifications", messages).retried == {}
    assert [received(standin, booking) for booking in bookings] == [(1, 1)] * 4
    marks = ", ".join(f"?{number}" for number in range(1, len(messages) + 1))
    dead = suite.d1(f"SELECT body FROM dead_letters WHERE id IN ({marks})", *[one.id for one in messages])
    assert sorted(row["body"] for row in dead) == sorted(poison)
    assert other.waiting(strangers) == NOTIFICATIONS


def test_automation_has_no_messages_yet(suite: Suite, rows: Rows) -> None:
    fact = rows.fact(rows.booking(), waiting=AUTOMATION)
    [message] = envelopes([fact.body])
    assert deliver(suite, "automation", [message]).retried == {}
    [dead] = rows.dead_letters()
    assert (dead["id"], dead["reason"]) == (message.id, "malformed message")


@pytest.mark.parametrize(("queue", "bit"), [("notifications-dlq", NOTIFICATIONS), ("automation-dlq", AUTOMATION)])
def test_dead_letter_queues_are_buried(suite: Suite, rows: Rows, queue: str, bit: int) -> None:
    fact = rows.fact(rows.booking(), waiting=NOTIFICATIONS | AUTOMATION)
    assert deliver_one(suite, queue, fact.body) is None
    assert len(rows.dead_letters()) == 1
    assert rows.waiting(fact) == (NOTIFICATIONS | AUTOMATION) - bit


def test_health(suite: Suite) -> None:
    answer = json.loads(suite.rpc("notify", "health", "{}"))
    assert answer == {"value": {"worker": "notify", "environment": "local"}}
