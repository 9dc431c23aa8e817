"""SQL of notify: deliveries, and the bookings that guests are told of.

A delivery's `lease_until` is the instant before which nobody else touches it: the lease while it is `sending`, the
pause before the next attempt while it is `pending` or `unknown`.
"""

from collections.abc import Sequence

import msgspec

from notify.decisions import LEASE, Claim, Outcome
from propflow import metering, outbox
from propflow.bindings.d1 import Statement, sql
from propflow.messages import BookingNotification, Notification
from propflow.outbox import Destination

BOOKING = """
SELECT b.id, b.status, b.check_in, b.check_out, b.guests, b.guest_name, b.guest_email, b.guest_phone,
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

_REACHED = "coalesce(CASE {channel} WHEN 'email' THEN b.guest_email ELSE b.guest_phone END, '') <> ''"

# A message to a guest is taken from the plan when its delivery is first claimed, and by whoever claims it: this says
# what CLAIM will say in the next statement of the same batch, of a delivery that nothing was taken for yet.
_UNMETERED = f"""
EXISTS (SELECT 1 FROM bookings AS b WHERE b.tenant_id = ?1 AND b.id = ?5 AND {_REACHED.format(channel="?6")})
AND NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.tenant_id = ?1 AND d.id = ?7 AND
  (d.metered IS NOT NULL OR d.status NOT IN ('pending', 'sending', 'unknown') OR d.lease_until > ?8))"""

# A row that was left `sending` when its lease ended may have been sent: it comes back as `unknown`.
RETAKE = """
ON CONFLICT (tenant_id, id) DO UPDATE SET
  status = CASE status WHEN 'pending' THEN 'sending' ELSE 'unknown' END, metered = coalesce(metered, excluded.metered),
  attempts = attempts + 1, lease_until = excluded.lease_until, updated_at = excluded.updated_at
WHERE status IN ('pending', 'sending', 'unknown') AND lease_until <= ?5
RETURNING id, channel, status, attempts, lease_until, metered, created_at"""

INSERT = """
INSERT INTO deliveries (tenant_id, id, outbox_id, object_id, channel, template, status, attempts, lease_until, metered,
  created_at, updated_at)"""

CLAIM = f"""{INSERT}
SELECT b.tenant_id, ?3 || ':' || ?7, ?3, b.id, ?7, ?4, 'sending', 1, ?6, CASE WHEN changes() > 0 THEN ?8 END, ?5, ?5
FROM bookings AS b WHERE b.tenant_id = ?1 AND b.id = ?2 AND {_REACHED.format(channel="?7")}{RETAKE}"""

# Only the latest attempt speaks for a delivery; that the provider took it is true whoever says so.
FINISH = """
UPDATE deliveries SET status = ?3, provider_id = ?4, reason = ?5, lease_until = ?6, updated_at = ?7,
  metered = CASE WHEN ?3 IN ('failed', 'skipped') THEN NULL ELSE metered END
WHERE tenant_id = ?1 AND id = ?2 AND status <> 'sent' AND (attempts = ?8 OR ?3 = 'sent')"""

# Beside FINISH and before it, so that what it counts is counted once.
_WILL_FINISH = """
EXISTS (SELECT 1 FROM deliveries AS d WHERE d.tenant_id = ?1 AND d.id = ?5 AND d.metered IS NOT NULL
  AND d.status <> 'sent' AND (d.attempts = ?6 OR ?7 = 'sent'))"""

_OPEN = """
FROM deliveries WHERE tenant_id = ?1 AND id IN (?2 || ':email', ?2 || ':sms')
  AND status IN ('pending', 'sending', 'unknown')"""

STILL_OPEN = "SELECT id, status, reason, lease_until AS not_before" + _OPEN

CLOSE_WHEN_FINAL = outbox.CLOSE + " AND NOT EXISTS (SELECT 1" + _OPEN + ")"


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is not final, and when it may be tried again."""

    id: str
    status: str
    reason: str | None
    not_before: int


def booking(message: BookingNotification) -> Statement:
    """Read what a message tells of, as `composer.Booking`."""
    return sql(BOOKING, message.tenant_id, message.booking_id)


def claim(message: BookingNotification, template: str, now: int) -> list[Statement]:
    """Take the deliveries of this message that nobody works on, one per address of the guest. Returns `Claim`.

    Each is taken from the month's amount of the tenant's plan before; where that fails, `metered` stays null.
    """
    tenant_id, booking_id, outbox_id = message.tenant_id, message.booking_id, message.outbox_id
    statements = []
    for channel in ("email", "sms"):
        once = (_UNMETERED, booking_id, channel, f"{outbox_id}:{channel}", now)
        statements += [
            metering.reserve(tenant_id, "messages", 1, now, *once),
            sql(CLAIM, tenant_id, booking_id, outbox_id, template, now, now + LEASE, channel, metering.period(now)),
        ]
    return statements


def finish(message: Notification, ended: Sequence[tuple[Claim, Outcome]], now: int) -> list[Statement]:
    """Write how the attempts ended and close the outbox row when no delivery of it is open. Last comes `Open`."""
    done: list[Statement] = []
    for one, how in ended:
        done += [*_meter(message.tenant_id, one, how, now), _finish(message.tenant_id, one, how, now)]
    close = sql(CLOSE_WHEN_FINAL, message.tenant_id, message.outbox_id, int(Destination.NOTIFICATIONS))
    return [*done, close, sql(STILL_OPEN, message.tenant_id, message.outbox_id)]


def _finish(tenant_id: str, one: Claim, how: Outcome, now: int) -> Statement:
    return sql(
        FINISH, tenant_id, one.id, how.status, how.provider_id, how.reason, how.not_before, now, one.attempts
    )  # fmt: skip


def _meter(tenant_id: str, one: Claim, how: Outcome, now: int) -> list[Statement]:
    once = (_WILL_FINISH, one.id, one.attempts, how.status)
    if one.metered is None or how.status in ("pending", "unknown"):
        return []
    if how.status == "sent":
        return [metering.settle(tenant_id, "messages", 1, now, *once)]
    return [metering.release(tenant_id, "messages", 1, one.metered, *once)]
