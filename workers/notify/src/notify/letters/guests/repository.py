"""SQL of what guests are told: their bookings, who tells them, and what is told later."""

from propflow import standing
from propflow.bindings.d1 import Statement, sql
from propflow.messages import BookingNotification

BOOKING = """
SELECT b.id, b.version, b.status, b.check_in, b.check_out, b.guests, b.guest_name, b.guest_email, b.guest_phone,
  b.total_amount, b.currency, b.lines, u.name AS unit_name, p.name AS property_name, t.mode,
  CASE b.later_parts WHEN '[]' THEN '[]' ELSE (
    SELECT json_group_array(json_array(v.name, part.value ->> 'start'))
    FROM json_each(b.later_parts) AS part
    CROSS JOIN units AS v ON v.tenant_id = b.tenant_id AND v.id = part.value ->> 'unit_id') END AS later_units
FROM bookings AS b
JOIN units AS u ON u.tenant_id = b.tenant_id AND u.id = b.unit_id
JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id
JOIN tenants AS t ON t.id = b.tenant_id
WHERE b.tenant_id = ?1 AND b.id = ?2"""

SENDER = f"""
SELECT {standing.COLUMNS}, p.emails_daily, p.sms_daily, s.countries
FROM tenants AS t JOIN plans AS p ON p.id = t.plan LEFT JOIN message_settings AS s ON s.tenant_id = t.id
WHERE t.id = ?1"""

# What was recorded later about the same booking, and was told, is being told or waits for its turn. What is pending of
# a dead letter waits for nothing.
LATER = """
SELECT d.channel, d.template, d.status FROM deliveries AS d INDEXED BY deliveries_by_object
WHERE d.tenant_id = ?1 AND d.object_id = ?2 AND d.outbox_id > ?3 AND (d.status IN ('sending', 'unknown', 'sent')
  OR d.status = 'pending' AND EXISTS (
    SELECT 1 FROM outbox AS o WHERE o.tenant_id = ?1 AND o.id = d.outbox_id AND o.waiting & 1))"""


def booking(message: BookingNotification) -> Statement:
    """Read what a message tells of, as `Booking`."""
    return sql(BOOKING, message.tenant_id, message.booking_id)


def sender(tenant_id: str) -> Statement:
    """Who writes, as `Sender`."""
    return sql(SENDER, tenant_id)


def later(message: BookingNotification) -> Statement:
    """What was recorded after this message about its booking, and was told or waits, as `Later`."""
    return sql(LATER, message.tenant_id, message.booking_id, message.outbox_id)
