"""SQL of alerts: what people were told of a feed, and the messages that tell them, one for each person.

A row of `feed_alerts` is changed only when there is something to tell, and the messages are written only when it was:
so whoever comes twice or at the same time tells nothing twice.
"""

from propflow import clock
from propflow.bindings.d1 import Statement, sql
from propflow.messages import Alert, FeedAlertRequested, encode
from propflow.outbox import FIRST_SWEEP, new_outbox_id

QUIET = clock.DAY  # at least, between two messages about the same of the same feed
MOST_PEOPLE = 20  # who are told, owners first


def _raise(condition: str) -> str:
    """Nobody outside hears of a test space."""
    return f"""
INSERT INTO feed_alerts (tenant_id, feed_id, kind, active, told_at)
SELECT ?1, ?2, ?3, ?4, ?5 FROM tenants AS t WHERE t.id = ?1 AND t.mode = 'live' AND {condition}
ON CONFLICT (tenant_id, feed_id, kind) DO UPDATE SET active = excluded.active, told_at = excluded.told_at
WHERE feed_alerts.active = 0 AND feed_alerts.told_at <= ?6"""


NEW_CONFLICT = """
EXISTS (
  SELECT 1 FROM conflicts AS c INDEXED BY conflicts_open
  WHERE c.tenant_id = ?1 AND c.feed_id = ?2 AND c.status = 'open' AND c.created_at > coalesce(
    (SELECT a.told_at FROM feed_alerts AS a WHERE a.tenant_id = ?1 AND a.feed_id = ?2 AND a.kind = ?3), -1))"""

# While its booking stands somebody is to decide about it.
NEWLY_UNLISTED = """
EXISTS (
  SELECT 1 FROM feed_events AS e INDEXED BY feed_events_linked
  CROSS JOIN bookings AS b ON b.tenant_id = ?1 AND b.id = e.booking_id AND b.status IN ('pending', 'confirmed')
  WHERE e.tenant_id = ?1 AND e.booking_id IS NOT NULL AND e.feed_id = ?2 AND e.state = 'removed'
    AND e.updated_at > coalesce(
      (SELECT a.told_at FROM feed_alerts AS a WHERE a.tenant_id = ?1 AND a.feed_id = ?2 AND a.kind = ?3), -1))"""

RAISE_STATE = _raise("true")
RAISE_CONFLICTS = _raise(NEW_CONFLICT)
RAISE_UNLISTED = _raise(NEWLY_UNLISTED)

# Who was told of the end within a day hears of the next one later: until then it goes on for them.
SETTLE = """
UPDATE feed_alerts SET active = 0, settled_at = ?4
WHERE tenant_id = ?1 AND feed_id = ?2 AND kind = ?3 AND active = 1 AND (settled_at IS NULL OR settled_at <= ?5)"""
FORGET = "UPDATE feed_alerts SET active = 0 WHERE tenant_id = ?1 AND feed_id = ?2 AND kind = ?3 AND active = 1"

# Everybody who may change the feed and has shown that their address is theirs.
TELL = """
INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)
SELECT ?1, slot.value, 'feed.alert_requested',
  json_set(?4, '$.outbox_id', slot.value, '$.user_id', who.user_id), 1, ?6, ?5
FROM (
  SELECT m.user_id, row_number() OVER (ORDER BY m.role = 'owner' DESC, m.role = 'admin' DESC, m.user_id) - 1 AS place
  FROM feeds AS f
  JOIN units AS u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
  CROSS JOIN memberships AS m ON m.tenant_id = f.tenant_id
  CROSS JOIN users AS p ON p.id = m.user_id
  WHERE changes() > 0 AND f.tenant_id = ?1 AND f.id = ?2 AND m.role IN ('owner', 'admin', 'manager')
    AND p.disabled_at IS NULL AND p.email_verified_at IS NOT NULL
    AND (m.property_ids IS NULL OR u.property_id IN (SELECT value FROM json_each(m.property_ids)))
) AS who
JOIN json_each(?3) AS slot ON slot.key = who.place
RETURNING message"""


def raised(tenant_id: str, feed_id: str, alert: Alert, now: int) -> list[Statement]:
    """Something goes wrong from now on. The last statement returns the messages, `message`."""
    put = sql(RAISE_STATE, tenant_id, feed_id, alert, 1, now, now - QUIET)
    return [put, _tell(tenant_id, feed_id, alert, now)]


def conflicts(tenant_id: str, feed_id: str, now: int) -> list[Statement]:
    """There are open conflicts that nobody was told of; what came too soon after another is told by a later run."""
    put = sql(RAISE_CONFLICTS, tenant_id, feed_id, "conflicts", 0, now, now - QUIET)
    return [put, _tell(tenant_id, feed_id, "conflicts", now)]


def unlisted(tenant_id: str, feed_id: str, now: int) -> list[Statement]:
    """The channel no longer lists stays that are bookings of ours, and nobody was told of it."""
    put = sql(RAISE_UNLISTED, tenant_id, feed_id, "unlisted", 0, now, now - QUIET)
    return [put, _tell(tenant_id, feed_id, "unlisted", now)]


def settled(tenant_id: str, feed_id: str, now: int) -> list[Statement]:
    """The trouble is over, and who was told of it is told so."""
    put = sql(SETTLE, tenant_id, feed_id, "trouble", now, now - QUIET)
    return [put, _tell(tenant_id, feed_id, "recovered", now)]


def forgotten(tenant_id: str, feed_id: str, kind: str) -> list[Statement]:
    """It is over, which is nobody's concern."""
    return [sql(FORGET, tenant_id, feed_id, kind)]


def _tell(tenant_id: str, feed_id: str, alert: Alert, now: int) -> Statement:
    message = FeedAlertRequested(tenant_id=tenant_id, outbox_id="", alert=alert, feed_id=feed_id, user_id="")
    return sql(TELL, tenant_id, feed_id, _slots(now), encode(message), now, now + FIRST_SWEEP)


def _slots(now: int) -> str:
    return "[" + ",".join(f'"{new_outbox_id(now)}"' for _ in range(MOST_PEOPLE)) + "]"
