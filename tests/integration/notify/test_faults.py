"""Providers that fail, and attempts that are killed: in the end there is exactly one email and one SMS."""

from __future__ import annotations

import time

import pytest
from support.deliver import deliver_many, deliver_one
from support.rows import BookingRow, Fact, Rows
from support.standin_client import StandIn
from support.suite import Suite
from support.waiting import eventually

MODES = ["500", "429", "refuse", "drop_after_accept", "garbage", "timeout"]


def let_time_pass(rows: Rows) -> None:
    """Every lease and every pause of the tenant's deliveries is over."""
    rows.suite.d1("UPDATE deliveries SET lease_until = 0 WHERE tenant_id = ?1", rows.tenant_id)


def hold(rows: Rows, channel: str) -> None:
    """As if another attempt, or its pause, had some minutes left."""
    until = time.time_ns() // 1_000_000 + 300_000
    sql = "UPDATE deliveries SET lease_until = ?2 WHERE tenant_id = ?1 AND channel = ?3"
    rows.suite.d1(sql, rows.tenant_id, until, channel)


def put_back(rows: Rows, fact: Fact, status: str, **columns: int) -> None:
    """As if the Worker had been killed after sending and before writing that it had."""
    changes = "".join(f", {name} = {value}" for name, value in columns.items())
    sql = f"UPDATE deliveries SET status = ?3, provider_id = NULL, lease_until = 0{changes}"
    rows.suite.d1_batch([
        (f"{sql} WHERE tenant_id = ?1 AND outbox_id = ?2", [fact.tenant_id, fact.id, status]),
        ("UPDATE outbox SET waiting = 1 WHERE tenant_id = ?1 AND id = ?2", [fact.tenant_id, fact.id]),
    ])  # fmt: skip


def assert_told_once(standin: StandIn, rows: Rows, booking: BookingRow, fact: Fact) -> None:
    assert len(standin.emails(booking.email)) == 1
    assert len(standin.sms(booking.phone)) == 1
    assert {row["status"] for row in rows.deliveries(fact).values()} == {"sent"}
    assert rows.waiting(fact) == 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("service", ["resend", "clicksend"])
def test_one_of_each_in_the_end(suite: Suite, faults: StandIn, rows: Rows, service: str, mode: str) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    faults.fault(service, mode, count=1, to=booking.email if service == "resend" else booking.phone)
    assert deliver_one(suite, "notifications", fact.body) is not None
    assert rows.waiting(fact) == 1
    failed = rows.deliveries(fact)["email" if service == "resend" else "sms"]
    assert failed["status"] == ("pending" if mode == "429" else "unknown")
    let_time_pass(rows)
    assert deliver_one(suite, "notifications", fact.body, attempts=2) is None
    assert_told_once(faults, rows, booking, fact)


def test_an_sms_of_unknown_fate_is_looked_up_before_it_is_repeated(suite: Suite, faults: StandIn, rows: Rows) -> None:
    booking = rows.booking(guest_email=None)
    fact = rows.fact(booking)
    faults.fault("clicksend", "drop_after_accept", count=1, to=booking.phone)
    deliver_one(suite, "notifications", fact.body)
    # Used up if it looks, and not if it sends: messages of others may be on their way.
    faults.fault("clicksend", "ok", count=1, operation="history", to=booking.phone)
    let_time_pass(rows)
    deliver_one(suite, "notifications", fact.body, attempts=2)
    assert faults.waiting_faults() == [], "the history was asked"
    assert len(faults.sms(booking.phone)) == 1
    assert rows.deliveries(fact)["sms"]["provider_id"] == faults.sms(booking.phone)[0]["message_id"]


def test_a_history_that_does_not_answer_decides_nothing(suite: Suite, faults: StandIn, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    faults.fault("clicksend", "500", count=2, to=booking.phone)
    for attempt in (1, 2):
        assert deliver_one(suite, "notifications", fact.body, attempt) is not None
        assert rows.deliveries(fact)["sms"]["status"] == "unknown"
        let_time_pass(rows)
    assert deliver_one(suite, "notifications", fact.body, 3) is None
    assert_told_once(faults, rows, booking, fact)


def test_retry_after_is_kept(suite: Suite, faults: StandIn, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    faults.fault("resend", "429", count=1, retry_after=77, to=booking.email)
    # What the SMS takes after it is over then: of a pause that is not kept five seconds would be left.
    assert 60 <= (deliver_one(suite, "notifications", fact.body) or 0) <= 86
    let_time_pass(rows)
    assert deliver_one(suite, "notifications", fact.body) is None
    assert_told_once(faults, rows, booking, fact)


@pytest.mark.parametrize("asked", [0, 1])
def test_a_short_retry_after_does_not_use_up_the_attempts(
    suite: Suite, faults: StandIn, rows: Rows, asked: int
) -> None:
    booking = rows.booking(guest_phone=None)  # whose SMS would take a part of the pause
    fact = rows.fact(booking)
    faults.fault("resend", "429", count=4, retry_after=asked, to=booking.email)
    pauses = []
    for attempt in (1, 2, 3, 4):
        pauses.append(deliver_one(suite, "notifications", fact.body, attempt) or 0)
        let_time_pass(rows)
    assert all(pause >= least for pause, least in zip(pauses, (5, 60, 1_200, 1_200), strict=True)), pauses


def test_both_providers_failing_for_a_while_under_duplicates(suite: Suite, faults: StandIn, rows: Rows) -> None:
    bookings = rows.bookings(10)
    facts = rows.facts(bookings)
    faults.faults([
        {"service": "resend", "mode": "drop_after_accept", "count": 4},
        {"service": "resend", "mode": "500", "count": 4},
        {"service": "clicksend", "mode": "drop_after_accept", "count": 4},
        {"service": "clicksend", "mode": "429", "count": 4},
    ])  # fmt: skip
    deliver_many(suite, "notifications", [fact.body for fact in facts], pause=lambda: let_time_pass(rows))
    for booking, fact in zip(bookings, facts, strict=True):
        assert_told_once(faults, rows, booking, fact)


def test_a_kill_after_sending_sends_nothing_twice(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    deliver_one(suite, "notifications", fact.body)
    put_back(rows, fact, "sending")
    assert deliver_one(suite, "notifications", fact.body) is None
    assert_told_once(standin, rows, booking, fact)


def test_a_kill_before_sending_loses_nothing(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    now = time.time_ns() // 1_000_000
    for channel in ("email", "sms"):
        suite.d1(
            "INSERT INTO deliveries (tenant_id, id, outbox_id, object_id, channel, template, status, attempts, "
            "lease_until, created_at, updated_at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, 'booking_confirmed', 'sending', 1, 0, ?6, ?6)",
            rows.tenant_id, f"{fact.id}:{channel}", fact.id, booking.id, channel, now,
        )  # fmt: skip
    assert deliver_one(suite, "notifications", fact.body) is None
    assert_told_once(standin, rows, booking, fact)


def test_a_copy_leaves_to_the_holder_what_the_holder_has(suite: Suite, faults: StandIn, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    faults.fault("resend", "429", count=1, to=booking.email)
    assert deliver_one(suite, "notifications", fact.body) is not None
    assert deliver_one(suite, "notifications", fact.body, attempts=4) is None  # nothing is counted against the copy
    assert rows.waiting(fact) == 1
    assert len(faults.emails(booking.email)) == 0
    let_time_pass(rows)
    assert deliver_one(suite, "notifications", fact.body, attempts=2) is None
    assert_told_once(faults, rows, booking, fact)


def test_a_copy_that_did_its_part_does_not_wait_for_the_holder(suite: Suite, faults: StandIn, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    faults.faults([
        {"service": "resend", "mode": "429", "count": 1, "to": booking.email},
        {"service": "clicksend", "mode": "429", "count": 1, "to": booking.phone},
    ])  # fmt: skip
    assert deliver_one(suite, "notifications", fact.body) is not None
    let_time_pass(rows)
    hold(rows, "sms")
    assert deliver_one(suite, "notifications", fact.body) is None
    assert {channel: row["status"] for channel, row in rows.deliveries(fact).items()} == {
        "email": "sent",
        "sms": "pending",
    }
    assert rows.waiting(fact) == 1
    let_time_pass(rows)
    assert deliver_one(suite, "notifications", fact.body, attempts=2) is None
    assert_told_once(faults, rows, booking, fact)


def test_the_sweeper_repeats_what_a_dead_holder_held(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    deliver_one(suite, "notifications", fact.body)
    put_back(rows, fact, "sending")
    hold(rows, "email")
    hold(rows, "sms")
    assert deliver_one(suite, "notifications", fact.body) is None
    assert (rows.waiting(fact), len(standin.sms(booking.phone))) == (1, 1)
    let_time_pass(rows)
    suite.d1("UPDATE outbox SET next_attempt_at = 0 WHERE tenant_id = ?1", rows.tenant_id)
    assert suite.cron("api")["outcome"] == "ok"
    eventually(lambda: rows.waiting(fact) == 0, what="the swept message to be handled")
    assert_told_once(standin, rows, booking, fact)


def test_an_end_that_cannot_be_written_is_found_out_after_the_lease(suite: Suite, standin: StandIn, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    when = f"BEFORE UPDATE ON deliveries WHEN NEW.status = 'sent' AND NEW.tenant_id = '{rows.tenant_id}'"
    suite.d1(f"CREATE TRIGGER test_fail {when} BEGIN SELECT RAISE(ABORT, 'test'); END")
    try:
        assert 10 <= (deliver_one(suite, "notifications", fact.body) or 0) <= 30
    finally:
        suite.d1("DROP TRIGGER test_fail")
    assert rows.waiting(fact) == 1
    let_time_pass(rows)
    assert deliver_one(suite, "notifications", fact.body, attempts=2) is None
    assert_told_once(standin, rows, booking, fact)


def test_an_email_of_unknown_fate_is_not_repeated_when_its_key_is_forgotten(
    suite: Suite, standin: StandIn, rows: Rows
) -> None:
    booking = rows.booking()
    fact = rows.fact(booking)
    deliver_one(suite, "notifications", fact.body)
    put_back(rows, fact, "unknown", tried_at=time.time_ns() // 1_000_000 - 24 * 3_600_000)
    assert deliver_one(suite, "notifications", fact.body) is None
    deliveries = rows.deliveries(fact)
    assert (deliveries["email"]["status"], deliveries["sms"]["status"]) == ("failed", "sent")
    assert "by hand" in deliveries["email"]["reason"]
    assert (len(standin.emails(booking.email)), len(standin.sms(booking.phone))) == (1, 1)
    assert rows.waiting(fact) == 0
