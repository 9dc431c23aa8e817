"""SQL of billing.

A number is taken in the batch that drafts and issues the document, so a batch that is rolled back or repeated leaves
no gap.
"""

import msgspec

from billing.documents import CREDIT_NOTE, INVOICE, invoice_source, sources_end
from propflow import outbox
from propflow.bindings.d1 import Statement, sql
from propflow.clock import tenant_now
from propflow.messages import BillingJob
from propflow.outbox import Destination

BOOKING_STATUS = "SELECT status FROM bookings WHERE tenant_id = ?1 AND id = ?2"

# What a booking owes. A stay is owed with the price that was promised to the guest, from its confirmation on and
# whether or not the guest comes; of a cancelled one what its policy keeps. Nothing is a null.
_OWED = """
SELECT b.tenant_id, b.id, b.currency, b.version,
  CASE WHEN b.invoiced_elsewhere ->> 'currency' = b.currency THEN b.invoiced_elsewhere ->> 'amount' END AS elsewhere,
  CASE WHEN b.status IN ('confirmed', 'checked_in', 'checked_out', 'no_show') THEN b.total_amount
    WHEN b.status = 'cancelled' AND b.refund_amount < b.total_amount THEN b.total_amount - b.refund_amount
    END AS amount,
  CASE WHEN b.status <> 'cancelled' THEN b.lines
    ELSE json_array(json_object('kind', 'fee', 'name', 'Cancellation', 'quantity', 1,
      'amount', b.total_amount - b.refund_amount)) END AS lines
FROM bookings AS b WHERE b.tenant_id = ?1 AND b.id = ?2"""

# What of it is invoiced here: what goes beyond the amount that another system has asked for. Where that was more there
# is nothing to give back: it is credited where it was invoiced.
_DUE = f"""
SELECT tenant_id, id, currency, version,
  CASE WHEN elsewhere IS NULL THEN amount WHEN amount > elsewhere THEN amount - elsewhere END AS amount,
  CASE WHEN coalesce(elsewhere, 0) = 0 THEN lines ELSE json_insert(lines, '$[#]', json_object(
    'kind', 'discount', 'name', 'Invoiced elsewhere', 'quantity', 1, 'amount', -elsewhere)) END AS lines
FROM ({_OWED}) AS owed"""

# The invoice that stands: there is one at most, because another is only issued when the one before was credited.
_STANDING = """
SELECT i.id, i.tenant_id, i.booking_id, i.source_key, i.total_amount, i.currency, i.lines FROM invoices AS i
WHERE i.tenant_id = ?1 AND i.source_key >= ?3 AND i.source_key < ?4 AND i.kind = 'invoice' AND i.status = 'issued'
  AND NOT EXISTS (
    SELECT 1 FROM invoices AS c WHERE c.tenant_id = i.tenant_id AND c.source_key = i.source_key || ':credited')"""

# An invoice that is not what the booking owes is given back to the last line.
DRAFT_CREDIT_NOTE = f"""
WITH due AS ({_DUE}), standing AS ({_STANDING})
INSERT INTO invoices
  (tenant_id, id, kind, series, source_key, booking_id, credits_id, status, total_amount, currency, lines, created_at)
SELECT i.tenant_id, ?5, 'credit_note', ?6, i.source_key || ':credited', i.booking_id, i.id, 'draft', -i.total_amount,
  i.currency,
  (SELECT json_group_array(json_set(line.value, '$.amount', -(line.value ->> 'amount')))
   FROM json_each(i.lines) AS line),
  ?7
FROM standing AS i JOIN due AS d
WHERE d.amount IS NOT i.total_amount OR d.currency <> i.currency OR d.lines <> i.lines
ON CONFLICT (tenant_id, source_key) DO NOTHING"""

DRAFT_INVOICE = f"""
WITH due AS ({_DUE}), standing AS ({_STANDING})
INSERT INTO invoices
  (tenant_id, id, kind, series, source_key, booking_id, status, total_amount, currency, lines, created_at)
SELECT d.tenant_id, ?5, 'invoice', ?6,
  CASE WHEN EXISTS (SELECT 1 FROM invoices AS first WHERE first.tenant_id = ?1 AND first.source_key = ?3)
    THEN ?3 || ':' || d.version ELSE ?3 END,
  d.id, 'draft', d.amount, d.currency, d.lines, ?7
FROM due AS d WHERE d.amount IS NOT NULL AND NOT EXISTS (SELECT 1 FROM standing)
ON CONFLICT (tenant_id, source_key) DO NOTHING"""

TAKE_NUMBER = """
INSERT INTO invoice_sequences (tenant_id, series, n)
SELECT tenant_id, series, 1 FROM invoices WHERE tenant_id = ?1 AND id = ?2 AND status = 'draft'
ON CONFLICT (tenant_id, series) DO UPDATE SET n = n + 1"""

ISSUE = f"""
UPDATE invoices SET status = 'issued', issued_at = {tenant_now("?1", "?3")},
  number = (SELECT n FROM invoice_sequences AS s WHERE s.tenant_id = invoices.tenant_id AND s.series = invoices.series)
WHERE tenant_id = ?1 AND id = ?2 AND status = 'draft'
RETURNING kind, series, number"""


# A message about a booking that does not exist stays open until its dead letter is written.
CLOSE = outbox.CLOSE + " AND EXISTS (SELECT 1 FROM bookings WHERE tenant_id = ?1 AND id = ?4)"


class BookingStatus(msgspec.Struct, frozen=True, kw_only=True):
    status: str


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    series: str
    number: int


def booking_status(tenant_id: str, booking_id: str) -> Statement:
    """Read a `BookingStatus`."""
    return sql(BOOKING_STATUS, tenant_id, booking_id)


def issue_credit_note(tenant_id: str, booking_id: str, new_id: str, now: int) -> list[Statement]:
    """Give back the standing invoice if it is not what the booking owes. Returns `Issued`."""
    return _issue(DRAFT_CREDIT_NOTE, CREDIT_NOTE, tenant_id, booking_id, new_id, now)


def issue_invoice(tenant_id: str, booking_id: str, new_id: str, now: int) -> list[Statement]:
    """Ask for what the booking owes if no invoice stands. Returns `Issued`."""
    return _issue(DRAFT_INVOICE, INVOICE, tenant_id, booking_id, new_id, now)


def close(message: BillingJob) -> Statement:
    """Clear billing's bit of the message's outbox row if its booking exists."""
    return sql(CLOSE, message.tenant_id, message.outbox_id, int(Destination.BILLING), message.booking_id)


def _issue(draft: str, series: str, tenant_id: str, booking_id: str, new_id: str, now: int) -> list[Statement]:
    first, end = invoice_source(booking_id), sources_end(booking_id)
    return [
        sql(draft, tenant_id, booking_id, first, end, new_id, series, now),
        sql(TAKE_NUMBER, tenant_id, new_id), sql(ISSUE, tenant_id, new_id, now),
    ]  # fmt: skip
