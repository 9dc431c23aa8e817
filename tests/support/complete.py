"""What must be true of a tenant when every message is done, whatever was killed in between."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from support.standin_client import StandIn
from support.suite import Suite

OWED = """
SELECT b.id, COALESCE(SUM(i.total_amount), 0) AS asked, MAX(0, CASE b.status WHEN 'pending' THEN 0
  WHEN 'cancelled' THEN COALESCE(b.total_amount - b.refund_amount, 0) ELSE b.total_amount END
  - CASE WHEN b.invoiced_elsewhere ->> 'currency' = b.currency THEN b.invoiced_elsewhere ->> 'amount' ELSE 0 END
  ) AS owed
FROM bookings AS b LEFT JOIN invoices AS i ON i.tenant_id = b.tenant_id AND i.booking_id = b.id AND i.status = 'issued'
WHERE b.tenant_id = ?1 GROUP BY b.id"""
TOLD = """
SELECT d.id, d.status, d.attempts, b.guest_email FROM bookings AS b
JOIN deliveries AS d ON d.tenant_id = b.tenant_id AND d.object_id = b.id AND d.channel = 'email'
WHERE b.tenant_id = ?1 AND b.guest_email IS NOT NULL"""


AUDITED = """
SELECT object_id, request_id FROM audit_events
WHERE tenant_id = ?1 AND object_id IN (SELECT value FROM json_each(?2))"""


def let_leases_end(suite: Suite) -> None:
    """Half a minute later: what a kill cut off may be tried again. Before anything is sent, or two attempts meet."""
    suite.d1("UPDATE deliveries SET lease_until = 0 WHERE status IN ('sending', 'unknown')")


def faults(suite: Suite, standin: StandIn, tenant_id: str) -> list[str]:
    """Numbers with gaps, documents that do not add up, guests told twice, events and audit that disagree."""
    return [
        *_gaps(suite, tenant_id), *_documents(suite, tenant_id), *_messages(suite, standin, tenant_id),
        *_audit(suite, tenant_id),
    ]  # fmt: skip


def _gaps(suite: Suite, tenant_id: str) -> Iterator[str]:
    numbers = suite.d1("SELECT series, number FROM invoices WHERE tenant_id = ?1", tenant_id)
    positions = suite.d1("SELECT 'events' AS series, position AS number FROM events WHERE tenant_id = ?1", tenant_id)
    series: dict[str, list[int]] = {}
    for row in numbers + positions:
        series.setdefault(row["series"], []).append(row["number"])
    for name, found in series.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"{name} is not numbered from 1 to {len(found)}"


def _documents(suite: Suite, tenant_id: str) -> Iterator[str]:
    for row in suite.d1(OWED, tenant_id):
        if row["asked"] != row["owed"]:
            yield f"{row['id']} owes {row['owed']}, its documents ask for {row['asked']}"


def _messages(suite: Suite, standin: StandIn, tenant_id: str) -> Iterator[str]:
    """What is sent was received once. What was cut off may have been received before it was found not to be true any
    more and skipped; what was never begun was not."""
    rows = suite.d1(TOLD, tenant_id)
    guests = {row["guest_email"] for row in rows}
    received = Counter(one["idempotency_key"] for one in standin.emails() if guests & set(one["to"]))
    for row in rows:
        count = received.pop(row["id"], 0)
        possible = (1,) if row["status"] == "sent" else (0, 1) if row["attempts"] else (0,)
        if count not in possible:
            yield f"{row['guest_email']} got {count} e-mails of {row['id']}, which is {row['status']}"
    for key in received:
        yield f"somebody got an e-mail of which nobody knows: {key}"
    open_ = "SELECT id, status FROM deliveries WHERE tenant_id = ?1 AND status NOT IN ('sent', 'skipped')"
    for row in suite.d1(open_, tenant_id):
        yield f"the delivery {row['id']} is {row['status']}"


def _audit(suite: Suite, tenant_id: str) -> Iterator[str]:
    """Every request that is an event about an object is one entry about it. Nobody asked for a hold to run out, and
    what the end of a conflict does to the channel's nights is told with the conflict."""
    asked = """SELECT DISTINCT object_id, request_id FROM events
               WHERE tenant_id = ?1 AND request_id <> '' AND type NOT LIKE 'occupancy.%'"""
    told = suite.d1(asked, tenant_id)
    objects = json.dumps(sorted({row["object_id"] for row in told}))
    noted = Counter(
        (row["object_id"], row["request_id"]) for row in suite.d1(AUDITED, tenant_id, objects, binding="DB_AUDIT")
    )
    for row in told:
        if noted.pop((row["object_id"], row["request_id"]), 0) != 1:
            yield f"the audit does not tell once of {row['object_id']}"
    for object_id, _ in noted:
        yield f"the audit tells of {object_id} what no event does"
