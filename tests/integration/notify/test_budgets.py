"""Who may write to guests, how often, and that the last state is told however often a booking changes."""

from __future__ import annotations

import time

import pytest
from support.deliver import deliver_many, deliver_one
from support.rows import Fact, Rows
from support.standin_client import StandIn
from support.suite import Suite

HOUR = 3_600_000


@pytest.fixture(autouse=True)
def within_an_hour() -> None:
    """The budgets are those of an hour and a day, which do not end during a test."""
    left = HOUR / 1000 - time.time() % (HOUR / 1000)
    if left < 90:
        time.sleep(left + 1)


def next_attempt(suite: Suite, fact: Fact) -> int:
    sql = "SELECT next_attempt_at FROM outbox WHERE tenant_id = ?1 AND id = ?2"
    return int(suite.d1(sql, fact.tenant_id, fact.id)[0]["next_attempt_at"])


def test_ten_changes_at_once_are_three_messages_and_the_last_one_waits(
    suite: Suite, standin: StandIn, rows: Rows
) -> None:
    booking = rows.booking()
    facts = [rows.fact(booking, "booking.changed") for _ in range(10)]
    for fact in facts:
        assert deliver_one(suite, "notifications", fact.body) is None, "waiting is no failure"
    assert (len(standin.emails(booking.email)), len(standin.sms(booking.phone))) == (3, 3)
    last = rows.deliveries(facts[-1])
    assert {row["status"] for row in last.values()} == {"pending"}
    assert {row["reason"] for row in last.values()} == {"the guest was told enough about this booking for now"}
    due = next_attempt(suite, facts[-1])
    assert due == min(row["lease_until"] for row in last.values()) and rows.waiting(facts[-1]) == 1
    # The hour is over: those that waited come back, and the last of them tells.
    ago = "UPDATE deliveries SET updated_at = updated_at - ?2, lease_until = 0 WHERE tenant_id = ?1"
    suite.d1(ago, rows.tenant_id, 2 * HOUR)
    deliver_many(suite, "notifications", [fact.body for fact in facts])
    assert (len(standin.emails(booking.email)), len(standin.sms(booking.phone))) == (4, 4)
    assert all(rows.waiting(fact) == 0 for fact in facts)


def test_nobody_who_has_shown_nothing_writes_to_guests(suite: Suite, standin: StandIn, rows: Rows) -> None:
    suite.d1("UPDATE tenants SET plan = 'free' WHERE id = ?1", rows.tenant_id)
    first = rows.booking()
    assert deliver_one(suite, "notifications", rows.fact(first).body) is None
    assert (len(standin.emails(first.email)), standin.sms(first.phone)) == (1, [])
    owner = (
        "UPDATE users SET email_verified_at = NULL WHERE id IN (SELECT user_id FROM memberships WHERE tenant_id = ?1)"
    )
    suite.d1(owner, rows.tenant_id)
    second = rows.booking()
    fact = rows.fact(second)
    assert deliver_one(suite, "notifications", fact.body) is None
    assert (standin.emails(second.email), standin.sms(second.phone)) == ([], [])
    assert {row["status"] for row in rows.deliveries(fact).values()} == {"skipped"}
    assert rows.waiting(fact) == 0


def test_an_address_gets_three_mails_a_day_from_all_who_do_not_pay(suite: Suite, standin: StandIn, rows: Rows) -> None:
    tenants = [rows, *(Rows(suite) for _ in range(4))]
    for one in tenants:
        suite.d1("UPDATE tenants SET plan = 'free' WHERE id = ?1", one.tenant_id)
    address = str(rows.booking().email)
    for one in tenants:
        fact = one.fact(one.booking(guest_email=address, guest_phone=None))
        assert deliver_one(suite, "notifications", fact.body) is None
    assert len(standin.emails(address)) == 3


def test_sms_go_where_the_tenant_allows_it(suite: Suite, standin: StandIn, rows: Rows) -> None:
    abroad = rows.booking(guest_phone="+2349012345678", guest_email=None)
    fact = rows.fact(abroad)
    assert deliver_one(suite, "notifications", fact.body) is None
    assert "NG is not one of the countries" in rows.deliveries(fact)["sms"]["reason"]
    suite.d1("INSERT INTO message_settings VALUES (?1, '[\"NG\"]', 2, 0)", rows.tenant_id)
    home = rows.booking(guest_email=None)
    assert deliver_one(suite, "notifications", rows.fact(home).body) is None
    assert standin.sms(home.phone) == []
