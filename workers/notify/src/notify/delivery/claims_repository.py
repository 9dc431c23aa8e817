"""SQL by which the deliveries of a message to a guest are taken, and with them their shares of plan and budgets."""

from collections.abc import Sequence

from notify.delivery.budgets import OF_BOOKING_DAILY, OF_BOOKING_HOURLY
from notify.delivery.decisions import CLAIM_LIFE
from notify.delivery.models import Way
from notify.delivery.repository import INSERT, METERS, RETAKE, SPENT, UNSPENT, encoded
from propflow import metering, standing
from propflow.bindings.d1 import Statement, sql
from propflow.clock import DAY, HOUR
from propflow.messages import BookingNotification

UNCHANGED = "INSERT INTO require_change SELECT count(*) FROM bookings WHERE tenant_id = ?1 AND id = ?2 AND version = ?3"

# How often a guest was told of a booking by one channel. The first cancellation is outside of what there may be: who is
# told of every change must not travel to a stay that there is not any more.
_TOLD = """
SELECT coalesce(sum(updated_at >= {hour}), 0) AS hour, coalesce(sum(updated_at >= {day}), 0) AS day,
  {template} = 'booking_cancelled' AND coalesce(sum(template = {template}), 0) = 0 AS outside
FROM deliveries INDEXED BY deliveries_by_object
WHERE tenant_id = ?1 AND object_id = {booking} AND channel = {channel} AND metered IS NOT NULL"""
TOLD = _TOLD.format(booking="?2", channel="?3", hour="?4", day="?5", template="?6")

# A message to a guest takes its share of the plan and of every budget when its delivery is first claimed, and for
# whoever claims it: all of them or none. It is asked here whether the tenant may write at all, too.
_MAY_BE_SENT = """
NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.tenant_id = ?1 AND d.id = ?5 AND
  (d.metered IS NOT NULL OR d.status NOT IN ('pending', 'sending', 'unknown') OR d.lease_until > ?6))
AND {allowed}
AND {unspent}
AND (SELECT outside OR (hour < {hourly} AND day < {daily}) FROM ({told}))"""
_ALLOWED = {"email": standing.WRITES_TO_OUTSIDERS, "sms": standing.SENDS_SMS}

# Behind the reservation, and only where that was made.
TAKE = """
INSERT INTO message_budgets (ends_at, key, used)
SELECT value ->> 1, value ->> 0, 1 FROM json_each(?1) WHERE changes() > 0
ON CONFLICT (ends_at, key) DO UPDATE SET used = used + 1"""

CLAIM = f"""{INSERT}
VALUES (?1, ?3 || ':' || ?7, ?3, ?2, ?7, ?4, 'sending', 1, ?6, CASE WHEN changes() > 0 THEN ?8 END,
  CASE WHEN changes() > 0 THEN ?5 END, ?5, ?5){RETAKE}"""

CLAIM_TO_SKIP = f"""{INSERT}
VALUES (?1, ?3 || ':' || ?7, ?3, ?2, ?7, ?4, 'sending', 1, ?6, NULL, NULL, ?5, ?5){RETAKE}"""

# An address that was removed while its message waited for a turn. What took no share was never handed over.
GONE = """
UPDATE deliveries SET status = 'skipped', reason = 'the guest has no such address any more', updated_at = ?4
WHERE tenant_id = ?1 AND id = ?2 || ':' || ?3 AND status IN ('pending', 'sending', 'unknown') AND metered IS NULL
  AND lease_until <= ?4"""


def claim(
    message: BookingNotification, template: str, version: int, ways: Sequence[Way], now: int
) -> list[Statement]:  # fmt: skip
    """Take the deliveries of this message that nobody works on, one per way. Each returns `Claim`.

    What may be sent takes its share of the plan and of the budgets before; where one of them is used up, nothing is
    taken and `metered` stays null. What waits for a way that there is not any more ends. Everything is rolled back when
    the booking is not the version that was read.
    """
    reached = {way.channel for way in ways}
    gone = [channel for channel in METERS if channel not in reached]
    statements = [
        sql(UNCHANGED, message.tenant_id, message.booking_id, version),
        *(sql(GONE, message.tenant_id, message.outbox_id, channel, now) for channel in gone),
    ]
    for way in ways:
        statements += _claim(message, template, way, now)
    return statements


def _claim(message: BookingNotification, template: str, way: Way, now: int) -> list[Statement]:
    tenant_id, booking_id, outbox_id = message.tenant_id, message.booking_id, message.outbox_id
    row = (tenant_id, booking_id, outbox_id, template, now, now + CLAIM_LIFE, way.channel)
    if way.refusal is not None:
        return [sql(CLAIM_TO_SKIP, *row)]
    told = _TOLD.format(booking="?8", channel="?9", hour="?10", day="?11", template="?12")
    most = {"hourly": OF_BOOKING_HOURLY, "daily": OF_BOOKING_DAILY}
    unspent = UNSPENT.format(budgets="?7")
    may = _MAY_BE_SENT.format(allowed=_ALLOWED[way.channel], unspent=unspent, told=told, **most)
    taken = encoded(way.budgets)
    return [
        metering.reserve(
            tenant_id, METERS[way.channel], 1, now, may, f"{outbox_id}:{way.channel}", now, taken, booking_id,
            way.channel, now - now % HOUR, now - now % DAY, template,
        ),
        sql(TAKE, taken),
        sql(CLAIM, *row, metering.period(now)),
    ]  # fmt: skip


def spent(message: BookingNotification, template: str, way: Way, now: int) -> list[Statement]:
    """What was in the way of a message that took nothing: `metering.Spent`, `budgets.Used` and `Told`."""
    since = (now - now % HOUR, now - now % DAY)
    told = sql(TOLD, message.tenant_id, message.booking_id, way.channel, *since, template)
    return [metering.standing(message.tenant_id, METERS[way.channel], now), sql(SPENT, encoded(way.budgets)), told]
