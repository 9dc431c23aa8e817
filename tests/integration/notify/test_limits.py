"""Messages to guests are counted against the plan, however many are sent at once; a test space sends none."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from support.deliver import BATCH, deliver, deliver_many, deliver_one, envelopes
from support.rows import Rows
from support.standin_client import StandIn
from support.suite import Suite

LIMIT = 20_000  # of the plan pro


@pytest.fixture(autouse=True)
def within_a_month() -> None:
    """The counters are those of a month, which does not end during a test."""
    soon = datetime.now(UTC) + timedelta(minutes=2)
    if soon.strftime("%Y-%m") != month():
        time.sleep(120)


def month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


def spend(rows: Rows, used: int) -> None:
    """The month's counter of a tenant on the plan pro stands there."""
    rows.suite.d1("UPDATE tenants SET plan = 'pro' WHERE id = ?1", rows.tenant_id)
    rows.suite.d1("INSERT INTO usage_counters VALUES (?1, 'messages', ?2, ?3)", rows.tenant_id, month(), used)


def used(rows: Rows) -> int:
    """E-mails and SMS of the month."""
    sql = """SELECT sum(used) AS n FROM usage_counters
      WHERE tenant_id = ?1 AND meter IN ('messages', 'sms') AND period = ?2"""
    return int(rows.suite.d1(sql, rows.tenant_id, month())[0]["n"] or 0)


def written(rows: Rows) -> int:
    """What the days of the tenant sum up to."""
    sql = "SELECT coalesce(sum(amount), 0) AS n FROM usage_days WHERE tenant_id = ?1 AND meter IN ('messages', 'sms')"
    return int(rows.suite.d1(sql, rows.tenant_id)[0]["n"])


def let_time_pass(rows: Rows) -> None:
    """Every lease and every pause is over."""
    rows.suite.d1("UPDATE deliveries SET lease_until = 0 WHERE tenant_id = ?1", rows.tenant_id)


@pytest.mark.parametrize(("count", "left"), [(20, 13), (50, 31)])
def test_deliveries_at_once_never_pass_the_limit(
    suite: Suite, standin: StandIn, rows: Rows, count: int, left: int
) -> None:
    bookings = rows.bookings(count, guest_phone=None)
    facts = rows.facts(bookings)
    spend(rows, LIMIT - left)
    messages = envelopes(fact.body for fact in facts)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: deliver(suite, "notifications", [one]), messages))
    assert all(answer.retried == {} for answer in answers)
    states = [rows.deliveries(fact)["email"] for fact in facts]
    sent = [row for row in states if row["status"] == "sent"]
    refused = [row["reason"] for row in states if row["status"] == "skipped"]
    assert sum(len(standin.emails(booking.email)) for booking in bookings) == len(sent) == left
    assert refused == ["the plan's monthly messages are used up"] * (count - left)
    assert (used(rows), written(rows)) == (LIMIT, left)
    assert all(rows.waiting(fact) == 0 for fact in facts)
    print(f"{count} deliveries at once with {left} messages left: {len(sent)} sent, {len(refused)} skipped")


def test_batches_of_duplicates_are_counted_once(suite: Suite, standin: StandIn, rows: Rows) -> None:
    bookings = rows.bookings(BATCH)
    facts = rows.facts(bookings)
    deliver_many(suite, "notifications", [fact.body for fact in facts] * 2)
    assert sum(len(standin.emails(one.email)) + len(standin.sms(one.phone)) for one in bookings) == 2 * BATCH
    assert (used(rows), written(rows)) == (2 * BATCH, 2 * BATCH)


def test_what_failed_for_good_is_given_back(suite: Suite, rows: Rows) -> None:
    fact = rows.fact(rows.booking(guest_email="nobody", guest_phone="600 123 456"))
    assert deliver_one(suite, "notifications", fact.body) is None
    assert {row["status"] for row in rows.deliveries(fact).values()} == {"failed"}
    assert (used(rows), written(rows)) == (0, 0)


def test_what_is_skipped_is_given_back(suite: Suite, rows: Rows) -> None:
    fact = rows.fact(rows.booking(status="cancelled"))
    assert deliver_one(suite, "notifications", fact.body) is None
    assert (used(rows), written(rows)) == (0, 0)


def test_a_retried_message_is_counted_once(suite: Suite, faults: StandIn, rows: Rows) -> None:
    booking = rows.booking(guest_phone=None)
    fact = rows.fact(booking)
    faults.fault("resend", "429", count=1, to=booking.email)
    assert deliver_one(suite, "notifications", fact.body) is not None
    assert (used(rows), written(rows)) == (1, 0)
    let_time_pass(rows)
    assert deliver_one(suite, "notifications", fact.body, attempts=2) is None
    assert (used(rows), written(rows)) == (1, 1)


def test_failing_providers_and_duplicates_do_not_upset_the_count(suite: Suite, faults: StandIn, rows: Rows) -> None:
    bookings = [*rows.bookings(8), rows.booking(guest_email="nobody"), rows.booking(status="cancelled")]
    facts = rows.facts(bookings)
    faults.faults([
        {"service": "resend", "mode": "drop_after_accept", "count": 3},
        {"service": "resend", "mode": "429", "count": 3},
        {"service": "clicksend", "mode": "drop_after_accept", "count": 3},
        {"service": "clicksend", "mode": "500", "count": 3},
    ])  # fmt: skip
    deliver_many(suite, "notifications", [fact.body for fact in facts], pause=lambda: let_time_pass(rows))
    sent = [row for fact in facts for row in rows.deliveries(fact).values() if row["status"] == "sent"]
    assert (len(sent), used(rows), written(rows)) == (17, 17, 17)


def test_a_plan_without_a_limit_sends_beyond_any(suite: Suite, standin: StandIn, rows: Rows) -> None:
    spend(rows, 10_000_000)
    suite.d1("UPDATE tenants SET plan = 'business' WHERE id = ?1", rows.tenant_id)
    booking = rows.booking()
    assert deliver_one(suite, "notifications", rows.fact(booking).body) is None
    assert len(standin.emails(booking.email)) == 1
    assert used(rows) == 10_000_002


def test_a_test_space_sends_nothing_and_costs_nothing(suite: Suite, faults: StandIn, rows: Rows) -> None:
    standin = faults
    live = Rows(suite)
    suite.d1("UPDATE tenants SET mode = 'test', live_id = ?2 WHERE id = ?1", rows.tenant_id, live.tenant_id)
    booking = rows.booking()
    fact = rows.fact(booking)
    # A call for this guest would use them up; others may be sent something at the same time.
    traps = [{"service": "resend", "to": booking.email}, {"service": "clicksend", "to": booking.phone}]
    standin.faults([trap | {"mode": "ok", "count": 1} for trap in traps])
    assert deliver_one(suite, "notifications", fact.body) is None
    assert {(row["status"], row["reason"]) for row in rows.deliveries(fact).values()} == {("skipped", "test space")}
    assert len(rows.deliveries(fact)) == 2
    assert len(standin.waiting_faults()) == 2
    assert (standin.emails(booking.email), standin.sms(booking.phone)) == ([], [])
    assert (used(rows), written(rows), rows.waiting(fact)) == (0, 0, 0)
