"""SQL of the mails about feeds."""

from notify.delivery import mails_repository
from propflow.bindings.d1 import Statement, sql
from propflow.messages import FeedAlertRequested

FACTS = """
SELECT f.name AS feed_name, f.host, f.status, f.error, f.last_success_at, u.name AS unit_name,
  p.name AS property_name, t.mode, who.email, who.name, who.disabled_at IS NOT NULL AS disabled,
  who.email_verified_at IS NOT NULL AS verified,
  coalesce((SELECT group_concat(a.kind) FROM feed_alerts AS a
    WHERE a.tenant_id = ?1 AND a.feed_id = ?2 AND a.active = 1), '') AS alerts,
  (SELECT count(*) FROM conflicts AS c WHERE c.tenant_id = ?1 AND c.feed_id = ?2 AND c.status = 'open') AS conflicts,
  (SELECT count(*) FROM feed_events AS e INDEXED BY feed_events_linked
    CROSS JOIN bookings AS b ON b.tenant_id = ?1 AND b.id = e.booking_id AND b.status IN ('pending', 'confirmed')
    WHERE e.tenant_id = ?1 AND e.booking_id IS NOT NULL AND e.feed_id = ?2 AND e.state = 'removed') AS unlisted,
  (SELECT m.role FROM memberships AS m WHERE m.tenant_id = ?1 AND m.user_id = ?3
    AND (m.property_ids IS NULL OR p.id IN (SELECT value FROM json_each(m.property_ids)))) AS role
FROM feeds AS f
JOIN units AS u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
JOIN properties AS p ON p.tenant_id = u.tenant_id AND p.id = u.property_id
JOIN tenants AS t ON t.id = f.tenant_id
CROSS JOIN users AS who ON who.id = ?3
WHERE f.tenant_id = ?1 AND f.id = ?2 AND f.deleted_at IS NULL"""


def facts(message: FeedAlertRequested) -> Statement:
    """Read what the mail tells of, as `Facts`; nothing when the feed or the person is gone."""
    return sql(FACTS, message.tenant_id, message.feed_id, message.user_id)


def claim(message: FeedAlertRequested, now: int) -> Statement:
    """Take the delivery, unless somebody works on it. Returns `Claim`."""
    return mails_repository.claim(message, message.feed_id, template(message), now)


def template(message: FeedAlertRequested) -> str:
    """The name that `deliveries.template` keeps."""
    return f"feed_{message.alert}"
