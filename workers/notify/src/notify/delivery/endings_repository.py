"""SQL of how the attempts at deliveries end, and of what that means for their message."""

from collections.abc import Sequence

import msgspec

from notify.delivery import breakers
from notify.delivery.decisions import Claim, Outcome
from notify.delivery.repository import METERS
from propflow import metering
from propflow.bindings.d1 import Statement, sql
from propflow.messages import Notification
from propflow.outbox import Destination

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
