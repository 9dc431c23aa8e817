"""Invoices and credit notes follow the booking: once, without gaps, whatever order and however often messages come."""

from __future__ import annotations

import json

import pytest
from support.deliver import deliver_many, deliver_one
from support.rows import BILLING, LINES, TOTAL, BookingRow, Rows
from support.suite import Suite


def numbers(rows: Rows, series: str) -> list[int]:
    """The numbers of the tenant's documents of one series, in order."""
    sql = "SELECT number FROM invoices WHERE tenant_id = ?1 AND series = ?2 ORDER BY number"
    return [int(row["number"]) for row in rows.suite.d1(sql, rows.tenant_id, series)]


def kinds(rows: Rows, booking: BookingRow) -> list[str]:
    return [document["kind"] for document in rows.documents(booking)]


def test_a_confirmed_booking_gets_an_invoice(suite: Suite, rows: Rows) -> None:
    booking = rows.booking()
    fact = rows.fact(booking, waiting=BILLING)
    assert deliver_one(suite, "billing", fact.body) is None
    [invoice] = rows.documents(booking)
    assert (invoice["kind"], invoice["series"], invoice["number"]) == ("invoice", "INV", 1)
    assert (invoice["status"], invoice["total_amount"], invoice["currency"]) == ("issued", TOTAL, "EUR")
    assert json.loads(invoice["lines"]) == LINES
    assert invoice["issued_at"] is not None
    assert rows.waiting(fact) == 0


def test_a_cancelled_booking_gets_one_credit_note(suite: Suite, rows: Rows) -> None:
    booking = rows.booking()
    deliver_one(suite, "billing", rows.fact(booking, waiting=BILLING).body)
    rows.set_status(booking, "cancelled")
    cancelled = rows.fact(booking, "booking.cancelled", BILLING)
    deliver_many(suite, "billing", [cancelled.body] * 3)
    invoice, credit = rows.documents(booking)
    assert (credit["kind"], credit["series"], credit["number"]) == ("credit_note", "CN", 1)
    assert (credit["total_amount"], credit["credits_id"]) == (-TOTAL, invoice["id"])
    assert [line["amount"] for line in json.loads(credit["lines"])] == [-line["amount"] for line in LINES]
    assert rows.waiting(cancelled) == 0


def test_a_confirmation_that_arrives_after_the_cancellation_issues_nothing(suite: Suite, rows: Rows) -> None:
    booking = rows.booking()
    confirmed = rows.fact(booking, waiting=BILLING)
    rows.set_status(booking, "cancelled")
    cancelled = rows.fact(booking, "booking.cancelled", BILLING)
    for fact in (cancelled, confirmed):
        assert deliver_one(suite, "billing", fact.body) is None
        assert rows.waiting(fact) == 0
    assert rows.documents(booking) == []


@pytest.mark.parametrize(
    ("status", "documents"),
    [("pending", []), ("confirmed", ["invoice"]), ("checked_in", ["invoice"]), ("checked_out", ["invoice"]),
     ("no_show", ["invoice"]), ("cancelled", [])],
)  # fmt: skip
def test_the_booking_as_it_is_now_decides(suite: Suite, rows: Rows, status: str, documents: list[str]) -> None:
    booking = rows.booking(status=status)
    deliver_one(suite, "billing", rows.fact(booking, waiting=BILLING).body)
    assert kinds(rows, booking) == documents


def amounts(rows: Rows, booking: BookingRow) -> list[int]:
    sql = "SELECT total_amount FROM invoices WHERE tenant_id = ?1 AND booking_id = ?2 ORDER BY issued_at, kind, number"
    return [int(row["total_amount"]) for row in rows.suite.d1(sql, booking.tenant_id, booking.id)]


def change(rows: Rows, booking: BookingRow, total: int) -> None:
    """Another price behind the product's back, as a move writes it."""
    lines = json.dumps([{"kind": "night", "name": "2 nights", "quantity": 2, "amount": total}])
    sql = "UPDATE bookings SET total_amount = ?3, lines = ?4, version = version + 1 WHERE tenant_id = ?1 AND id = ?2"
    rows.suite.d1(sql, booking.tenant_id, booking.id, total, lines)


def test_a_changed_total_is_credited_and_invoiced_again_once(suite: Suite, rows: Rows) -> None:
    booking = rows.booking()
    confirmed = rows.fact(booking, waiting=BILLING)
    deliver_one(suite, "billing", confirmed.body)
    for total in (50_000, 30_000):
        change(rows, booking, total)
        changed = rows.fact(booking, "booking.changed", BILLING)
        deliver_many(suite, "billing", [changed.body, confirmed.body] * 3)
        assert rows.waiting(changed) == 0
    assert sorted(amounts(rows, booking)) == sorted([TOTAL, -TOTAL, 50_000, -50_000, 30_000])
    assert (numbers(rows, "INV"), numbers(rows, "CN")) == ([1, 2, 3], [1, 2])
    rows.set_status(booking, "cancelled")
    deliver_many(suite, "billing", [rows.fact(booking, "booking.cancelled", BILLING).body, confirmed.body] * 2)
    assert sum(amounts(rows, booking)) == 0


def test_a_change_that_comes_first_invoices_what_is_owed_now(suite: Suite, rows: Rows) -> None:
    booking = rows.booking()
    confirmed = rows.fact(booking, waiting=BILLING)
    change(rows, booking, 50_000)
    changed = rows.fact(booking, "booking.changed", BILLING)
    deliver_many(suite, "billing", [changed.body, confirmed.body])
    assert amounts(rows, booking) == [50_000]


def test_what_a_cancelled_booking_keeps_is_invoiced_in_place_of_the_stay(suite: Suite, rows: Rows) -> None:
    booking = rows.booking()
    deliver_one(suite, "billing", rows.fact(booking, waiting=BILLING).body)
    sql = "UPDATE bookings SET status = 'cancelled', refund_amount = ?3, version = 2 WHERE tenant_id = ?1 AND id = ?2"
    suite.d1(sql, booking.tenant_id, booking.id, TOTAL - 1_000)
    deliver_many(suite, "billing", [rows.fact(booking, "booking.cancelled", BILLING).body] * 3)
    assert sorted(amounts(rows, booking)) == [-TOTAL, 1_000, TOTAL]
    suite.d1("UPDATE bookings SET status = 'confirmed', refund_amount = NULL, version = 3 WHERE id = ?1", booking.id)
    deliver_many(suite, "billing", [rows.fact(booking, waiting=BILLING).body] * 3)
    assert sorted(amounts(rows, booking)) == [-TOTAL, -1_000, 1_000, TOTAL, TOTAL]


def test_any_order_of_changes_leaves_one_standing_invoice(suite: Suite, rows: Rows) -> None:
    bookings = rows.bookings(10)
    bodies = [fact.body for fact in rows.facts(bookings, waiting=BILLING)]
    for number, booking in enumerate(bookings):
        change(rows, booking, 10_000 + number)
    bodies += [fact.body for fact in rows.facts(bookings, "booking.changed", BILLING)]
    deliver_many(suite, "billing", bodies, seed=2)
    assert [sum(amounts(rows, booking)) for booking in bookings] == [10_000 + number for number in range(10)]
    assert all(len(amounts(rows, booking)) in (1, 3) for booking in bookings)


def test_fifty_at_once_leave_no_gap_and_no_duplicate(suite: Suite, rows: Rows) -> None:
    bookings = rows.bookings(50)
    facts = rows.facts(bookings, waiting=BILLING)
    deliver_many(suite, "billing", [fact.body for fact in facts], at_once=8)
    assert numbers(rows, "INV") == list(range(1, 51))
    assert all(kinds(rows, booking) == ["invoice"] for booking in bookings)
    assert all(rows.waiting(fact) == 0 for fact in facts)


def test_any_order_of_confirmations_and_cancellations_ends_even(suite: Suite, rows: Rows) -> None:
    bookings = rows.bookings(12)
    facts = rows.facts(bookings, waiting=BILLING)
    deliver_many(suite, "billing", [fact.body for fact in facts[:4]])
    for booking in bookings[:8]:
        rows.set_status(booking, "cancelled")
    cancelled = rows.facts(bookings[:8], "booking.cancelled", BILLING)
    deliver_many(suite, "billing", [fact.body for fact in [*facts, *cancelled]], seed=1)
    assert [kinds(rows, booking) for booking in bookings[:4]] == [["invoice", "credit_note"]] * 4
    assert [kinds(rows, booking) for booking in bookings[4:8]] == [[]] * 4
    assert [kinds(rows, booking) for booking in bookings[8:]] == [["invoice"]] * 4
    assert (numbers(rows, "INV"), numbers(rows, "CN")) == (list(range(1, 9)), list(range(1, 5)))
    assert all(rows.waiting(fact) == 0 for fact in [*facts, *cancelled])


def test_a_failed_batch_leaves_no_gap(suite: Suite, rows: Rows) -> None:
    first, second = rows.bookings(2)
    bodies = [fact.body for fact in rows.facts([first, second], waiting=BILLING)]
    when = f"CREATE TRIGGER test_fail BEFORE UPDATE ON invoices WHEN NEW.booking_id = '{first.id}'"
    suite.d1(f"{when} BEGIN SELECT RAISE(ABORT, 'test'); END")
    try:
        assert deliver_one(suite, "billing", bodies[0]) is not None
        assert rows.documents(first) == []
        assert deliver_one(suite, "billing", bodies[1]) is None
    finally:
        suite.d1("DROP TRIGGER test_fail")
    assert deliver_one(suite, "billing", bodies[0], attempts=2) is None
    assert [rows.documents(booking)[0]["number"] for booking in (second, first)] == [1, 2]


def test_tenants_have_numbers_of_their_own(suite: Suite, rows: Rows) -> None:
    other = Rows(suite)
    for tenant in (rows, other):
        deliver_one(suite, "billing", tenant.fact(tenant.booking(), waiting=BILLING).body)
    assert numbers(rows, "INV") == numbers(other, "INV") == [1]


@pytest.mark.parametrize("change", ["UPDATE invoices SET total_amount = 0", "DELETE FROM invoices"])
def test_an_issued_document_is_final(suite: Suite, rows: Rows, change: str) -> None:
    booking = rows.booking()
    deliver_one(suite, "billing", rows.fact(booking, waiting=BILLING).body)
    with pytest.raises(AssertionError, match="invoice_is_final"):
        suite.d1(f"{change} WHERE tenant_id = ?1", rows.tenant_id)
    assert rows.documents(booking)[0]["total_amount"] == TOTAL


def elsewhere(amount: int, currency: str = "EUR") -> str:
    return json.dumps({"amount": amount, "currency": currency})


def settle(suite: Suite, rows: Rows, booking: BookingRow, kind: str) -> list[int]:
    """The amounts of its documents, once the message has come three times."""
    deliver_many(suite, "billing", [rows.fact(booking, kind, BILLING).body] * 3)
    return sorted(amounts(rows, booking))


def test_what_another_system_has_invoiced_is_not_asked_for_again(suite: Suite, rows: Rows) -> None:
    booking = rows.booking(invoiced_elsewhere=elsewhere(TOTAL))
    assert settle(suite, rows, booking, "booking.confirmed") == []
    change(rows, booking, TOTAL - 5_000)
    assert settle(suite, rows, booking, "booking.changed") == []
    change(rows, booking, TOTAL + 5_000)
    assert settle(suite, rows, booking, "booking.changed") == [5_000]
    [invoice] = rows.documents(booking)
    assert json.loads(invoice["lines"]) == [
        {"kind": "night", "name": "2 nights", "quantity": 2, "amount": TOTAL + 5_000},
        {"kind": "discount", "name": "Invoiced elsewhere", "quantity": 1, "amount": -TOTAL},
    ]
    change(rows, booking, TOTAL)
    assert settle(suite, rows, booking, "booking.changed") == [-5_000, 5_000]


def test_of_nothing_that_was_invoiced_elsewhere_no_line_is_made(suite: Suite, rows: Rows) -> None:
    booking = rows.booking(invoiced_elsewhere=elsewhere(0))
    change(rows, booking, 0)
    assert settle(suite, rows, booking, "booking.changed") == []
    change(rows, booking, 5_000)
    assert settle(suite, rows, booking, "booking.changed") == [5_000]
    [invoice] = rows.documents(booking)
    assert [line["kind"] for line in json.loads(invoice["lines"])] == ["night"]


@pytest.mark.parametrize("refund", [TOTAL, TOTAL - 1_000, 0])
def test_a_cancellation_gives_back_no_invoice_that_never_was(suite: Suite, rows: Rows, refund: int) -> None:
    booking = rows.booking(invoiced_elsewhere=elsewhere(TOTAL))
    sql = "UPDATE bookings SET status = 'cancelled', refund_amount = ?3, version = 2 WHERE tenant_id = ?1 AND id = ?2"
    suite.d1(sql, booking.tenant_id, booking.id, refund)
    assert settle(suite, rows, booking, "booking.cancelled") == []


def test_what_was_invoiced_in_another_currency_is_not_taken_off(suite: Suite, rows: Rows) -> None:
    booking = rows.booking(invoiced_elsewhere=elsewhere(TOTAL, "CHF"))
    assert settle(suite, rows, booking, "booking.changed") == [TOTAL]
