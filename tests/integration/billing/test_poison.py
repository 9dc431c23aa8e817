"""Messages that can never succeed become dead letters, and their neighbours are not harmed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from support.deliver import Envelope, deliver, deliver_one, envelopes
from support.rows import BILLING, Rows, row_id
from support.suite import Suite


@contextmanager
def unwritable(suite: Suite, *refused: Envelope) -> Iterator[None]:
    """The database refuses to keep the dead letters of these messages."""
    ids = ", ".join(f"'{one.id}'" for one in refused)
    when = f"BEFORE INSERT ON dead_letters WHEN NEW.id IN ({ids})"
    suite.d1(f"CREATE TRIGGER test_fail {when} BEGIN SELECT RAISE(ABORT, 'test'); END")
    try:
        yield
    finally:
        suite.d1("DROP TRIGGER test_fail")


def test_poison_among_good_messages(suite: Suite) -> None:
    rows, other = Rows(suite), Rows(suite)
    bookings = rows.bookings(4)
    facts = rows.facts(bookings, waiting=BILLING)
    strangers = other.fact(other.booking(), waiting=BILLING)
    poison = [
        "not json",
        "[]",
        json.dumps({"type": "booking.confirmed"}),
        json.dumps(json.loads(facts[0].body) | {"type": "booking.exploded"}),
        json.dumps(json.loads(facts[0].body) | {"outbox_id": row_id("obx")}),
        json.dumps(json.loads(strangers.body) | {"tenant_id": rows.tenant_id}),
    ]
    messages = envelopes([part for pair in zip(poison, [fact.body for fact in facts], strict=False) for part in pair])
    messages += envelopes(poison[4:])
    assert deliver(suite, "billing", messages).retried == {}
    assert all(len(rows.documents(booking)) == 1 for booking in bookings)
    marks = ", ".join(f"?{number}" for number in range(1, len(messages) + 1))
    dead = suite.d1(f"SELECT body, reason FROM dead_letters WHERE id IN ({marks})", *[one.id for one in messages])
    assert sorted(row["body"] for row in dead) == sorted(poison)
    assert other.waiting(strangers) == BILLING


def test_a_booking_that_does_not_exist_is_dead_and_closed(suite: Suite) -> None:
    rows = Rows(suite)
    booking = rows.booking()
    fact = rows.fact(booking, waiting=BILLING)
    assert deliver_one(suite, "billing", json.dumps(json.loads(fact.body) | {"booking_id": row_id("bkg")})) is None
    [dead] = rows.dead_letters()
    assert dead["reason"] == "the booking does not exist"
    assert rows.waiting(fact) == 0


def test_the_dead_letter_queue_is_buried(suite: Suite) -> None:
    rows = Rows(suite)
    fact = rows.fact(rows.booking(), waiting=BILLING | 1)
    messages = envelopes([fact.body, "not json"])
    assert deliver(suite, "billing-dlq", messages).retried == {}
    [dead] = rows.dead_letters()
    assert (dead["outbox_id"], dead["reason"], dead["queue"]) == (
        fact.id,
        "every attempt failed",
        "propflow360-billing-dlq-local",
    )
    assert rows.waiting(fact) == 1
    assert suite.d1("SELECT body FROM dead_letters WHERE id = ?1", messages[1].id) == [{"body": "not json"}]


def test_a_dead_letter_that_cannot_be_written_comes_back_alone(suite: Suite) -> None:
    rows = Rows(suite)
    bookings = rows.bookings(3)
    facts = rows.facts(bookings, waiting=BILLING)
    bad = json.dumps(json.loads(facts[2].body) | {"booking_id": row_id("bkg")})
    first, poison, second = envelopes([facts[0].body, bad, facts[1].body])
    with unwritable(suite, poison):
        assert set(deliver(suite, "billing", [first, poison, second]).retried) == {poison.id}
    assert [len(rows.documents(booking)) for booking in bookings] == [1, 1, 0]
    assert [rows.waiting(fact) for fact in facts] == [0, 0, BILLING]
    assert deliver(suite, "billing", [Envelope(poison.body, poison.id, 2)]).retried == {}
    assert [dead["id"] for dead in rows.dead_letters()] == [poison.id]
    assert rows.waiting(facts[2]) == 0


def test_a_malformed_message_that_cannot_be_recorded_comes_back_alone(suite: Suite) -> None:
    rows = Rows(suite)
    booking = rows.booking()
    good, stuck, other = envelopes([rows.fact(booking, waiting=BILLING).body, "not json", "[]"])
    with unwritable(suite, stuck):
        assert set(deliver(suite, "billing", [stuck, other, good]).retried) == {stuck.id}
    assert len(rows.documents(booking)) == 1
    assert suite.d1("SELECT body FROM dead_letters WHERE id IN (?1, ?2)", stuck.id, other.id) == [{"body": "[]"}]


def test_a_dead_letter_that_cannot_be_buried_comes_back_alone(suite: Suite) -> None:
    rows = Rows(suite)
    facts = rows.facts(rows.bookings(2), waiting=BILLING)
    stuck, other = envelopes([fact.body for fact in facts])
    with unwritable(suite, stuck):
        assert set(deliver(suite, "billing-dlq", [stuck, other]).retried) == {stuck.id}
    assert [rows.waiting(fact) for fact in facts] == [BILLING, 0]
