"""SQL of deliveries.

A delivery's `lease_until` is the instant before which nobody else touches it: the lease while it is `sending`, the
pause before the next attempt while it is `pending` or `unknown`.
"""

from collections.abc import Sequence

import msgspec

from notify.delivery import breakers
from notify.delivery.budgets import OF_BOOKING_DAILY, OF_BOOKING_HOURLY, Budget
from notify.delivery.decisions import LEASE, Claim, Outcome
from notify.delivery.models import Way
from propflow import metering, standing
from propflow.bindings.d1 import Statement, sql
from propflow.clock import DAY, HOUR
from propflow.messages import BookingNotification, Notification
from propflow.metering import Meter
from propflow.outbox import Destination

# What a message takes of the plan. An SMS has one part, which composer.py sees to.
METERS: dict[str, Meter] = {"email": "messages", "sms": "sms"}

UNSPENT = """NOT EXISTS (SELECT 1 FROM json_each({budgets}) AS one
  LEFT JOIN message_budgets AS b ON b.ends_at = one.value ->> 1 AND b.key = one.value ->> 0
  WHERE coalesce(b.used, 0) >= one.value ->> 2)"""

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

SPENT = """
SELECT b.key, b.used FROM json_each(?1) AS one
CROSS JOIN message_budgets AS b ON b.ends_at = one.value ->> 1 AND b.key = one.value ->> 0"""

UNCHANGED = "INSERT INTO require_change SELECT count(*) FROM bookings WHERE tenant_id = ?1 AND id = ?2 AND version = ?3"

# A row that was left `sending` when its lease ended may have been sent: it comes back as `unknown`. The provider may
# have it since `tried_at`; where that is null, the row has not had its turn.
RETAKE = """
ON CONFLICT (tenant_id, id) DO UPDATE SET
  status = CASE status WHEN 'pending' THEN 'sending' ELSE 'unknown' END,
  tried_at = CASE WHEN tried_at IS NULL THEN excluded.tried_at WHEN status = 'pending' THEN ?5 ELSE tried_at END,
  metered = coalesce(metered, excluded.metered),
  attempts = attempts + 1, lease_until = excluded.lease_until, updated_at = excluded.updated_at
WHERE status IN ('pending', 'sending', 'unknown') AND lease_until <= ?5
RETURNING id, channel, status, attempts, lease_until, metered, created_at, tried_at"""

INSERT = """
INSERT INTO deliveries (tenant_id, id, outbox_id, object_id, channel, template, status, attempts, lease_until, metered,
  tried_at, created_at, updated_at)"""

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

# Only the latest attempt speaks for a delivery; that the provider took it is true whoever says so. What was given back
# was none.
FINISH = """
UPDATE deliveries SET status = ?3, provider_id = ?4, reason = ?5, lease_until = ?6, updated_at = ?7,
  attempts = attempts - CAST(?9 AS INTEGER),
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

# What was put off comes back by its outbox row, when the first of it has its turn: the sweeper sends the message again.
# While other destinations wait for the same row, it is due as they need it; and while a delivery is tried, or is to be
# tried again, as soon as it would be without what was put off.
_CLOSE_OR_WAKE = f"""
UPDATE outbox SET
  waiting = CASE WHEN {{closes}} THEN waiting & ~CAST(?3 AS INTEGER) ELSE waiting END,
  next_attempt_at = CASE WHEN {{wakes}} THEN open.turn ELSE next_attempt_at END,
  attempts = CASE WHEN {{wakes}} THEN 0 ELSE attempts END
FROM (SELECT count(*) AS number, sum(status = 'pending' AND tried_at IS NULL) AS put_off,
  min(CASE WHEN status = 'pending' AND tried_at IS NULL THEN lease_until END) AS turn {_OPEN}) AS open
WHERE outbox.tenant_id = ?1 AND outbox.id = ?2 AND waiting & CAST(?3 AS INTEGER) AND ({{closes}} OR {{wakes}})"""
_WAKES = "(open.turn IS NOT NULL AND waiting & ~16 = CAST(?3 AS INTEGER))"
# A dead letter of one channel does not end what the other put off. What died stays open, for whoever replays it.
CLOSE_WHEN_DEAD = _CLOSE_OR_WAKE.format(closes="open.turn IS NULL", wakes=_WAKES)
CLOSE_WHEN_FINAL = _CLOSE_OR_WAKE.format(
    closes="open.number = 0", wakes=f"({_WAKES} AND open.put_off = open.number)"
)  # fmt: skip


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is not final, and when it may be tried again."""

    id: str
    status: str
    reason: str | None
    not_before: int


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
    row = (tenant_id, booking_id, outbox_id, template, now, now + LEASE, way.channel)
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


def encoded(budgets: Sequence[Budget]) -> str:
    """Budgets as statements take them."""
    return msgspec.json.encode([[one.key, one.ends_at, one.most] for one in budgets]).decode()


def finish(message: Notification, ended: Sequence[tuple[Claim, Outcome]], now: int) -> list[Statement]:
    """Write how the attempts ended. The outbox row closes when no delivery of it is open, and is due when the first
    that was put off has its turn, whoever moved it before. Operators are told of what put it off. Last comes `Open`.
    """
    done: list[Statement] = []
    for one, how in ended:
        done += [*_meter(message.tenant_id, one, how, now), _finish(message.tenant_id, one, how, now)]
        if (notice := breakers.told(how.awaits, now)) is not None:
            done.append(notice)
    close = sql(CLOSE_WHEN_FINAL, message.tenant_id, message.outbox_id, int(Destination.NOTIFICATIONS))
    return [*done, close, sql(STILL_OPEN, message.tenant_id, message.outbox_id)]


def _finish(tenant_id: str, one: Claim, how: Outcome, now: int) -> Statement:
    return sql(
        FINISH, tenant_id, one.id, how.status, how.provider_id, how.reason, how.not_before, now, one.attempts,
        int(how.given_back),
    )  # fmt: skip


def _meter(tenant_id: str, one: Claim, how: Outcome, now: int) -> list[Statement]:
    once = (_WILL_FINISH, one.id, one.attempts, how.status)
    if one.metered is None or how.status in ("pending", "unknown"):
        return []
    meter = METERS[one.channel]
    if how.status == "sent":
        return [metering.settle(tenant_id, meter, 1, now, *once)]
    return [metering.release(tenant_id, meter, 1, one.metered, *once)]
