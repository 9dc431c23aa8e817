"""SQL of the mails about accounts. What is about a person is theirs, whatever tenants they belong to."""

from collections.abc import Sequence

from notify.delivery import mails_repository
from notify.delivery.budgets import Budget
from propflow.bindings.d1 import Statement, sql
from propflow.messages import AccountMailRequested
from propflow.standing import PROVEN, WRITES_TO_OUTSIDERS

LINK = """
SELECT o.email, u.name, u.disabled_at IS NOT NULL AS disabled, o.key_id, o.token_hash, o.expires_at,
  o.used_at IS NOT NULL AS used, u.email <> o.email AS moved, u.email_verified_at IS NOT NULL AS verified,
  EXISTS (SELECT 1 FROM one_time_tokens AS later
    WHERE later.user_id = o.user_id AND later.purpose = o.purpose AND later.id > o.id) AS superseded
FROM one_time_tokens AS o JOIN users AS u ON u.id = o.user_id
WHERE o.user_id = ?1 AND o.id = ?2 AND o.purpose = ?3"""

INVITATION = f"""
SELECT i.email, i.key_id, i.token_hash, i.revision, i.expires_at, i.role, i.status, t.name AS tenant_name, t.mode,
  {WRITES_TO_OUTSIDERS} AS allowed, {PROVEN} AS proven, t.suspended_at IS NOT NULL AS suspended
FROM invitations AS i JOIN tenants AS t ON t.id = i.tenant_id
WHERE i.tenant_id = ?1 AND i.id = ?2"""

PERSON = """
SELECT email, name, disabled_at IS NOT NULL AS disabled FROM users WHERE id = ?1 AND id = ?2"""

# `made_lately`: how many of the five keys before it are of its last hour, whatever became of them.
KEY = """
SELECT u.email, u.name, u.disabled_at IS NOT NULL AS disabled, t.name AS tenant_name, k.name AS key_name,
  k.created_at AS made_at,
  coalesce((SELECT maker.name FROM users AS maker WHERE maker.id = k.created_by), '') AS made_by,
  (SELECT count(*) FROM (
    SELECT e.created_at FROM api_keys AS e WHERE e.tenant_id = ?1 AND e.id < ?2 ORDER BY e.id DESC LIMIT 5
  ) AS before WHERE before.created_at > k.created_at - 3600000) AS made_lately
FROM api_keys AS k JOIN tenants AS t ON t.id = k.tenant_id
JOIN memberships AS m ON m.tenant_id = k.tenant_id AND m.user_id = ?3 AND m.role = 'owner'
JOIN users AS u ON u.id = m.user_id
WHERE k.tenant_id = ?1 AND k.id = ?2"""

# Whose address it is the environment says.
ALERTS = """
SELECT '' AS email, group_concat(kind || ' ' || subject || ': ' || detail, char(10)) AS alerts
FROM operator_alerts INDEXED BY operator_alerts_told
WHERE told_at = CAST(?1 AS INTEGER) AND resolved_at IS NULL GROUP BY told_at"""


def facts(message: AccountMailRequested) -> Statement:
    """Read what the mail tells of, as `Facts`; nothing when it is gone."""
    match message.mail:
        case "verify_email" | "reset_password":
            return sql(LINK, message.tenant_id, message.object_id, message.mail)
        case "invitation":
            return sql(INVITATION, message.tenant_id, message.object_id)
        case "key_made":
            return sql(KEY, message.tenant_id, message.object_id, message.user_id)
        case "operator_alerts":
            return sql(ALERTS, message.object_id)
    return sql(PERSON, message.tenant_id, message.object_id)


def claim(message: AccountMailRequested, now: int) -> Statement:
    """Take the delivery, unless somebody works on it. Returns `Claim`."""
    return mails_repository.claim(message, message.object_id, message.mail, now)


def claim_with_share(message: AccountMailRequested, budgets: Sequence[Budget], now: int) -> list[Statement]:
    """The same, with what the mail takes: `tried_at` of the `Claim` stays null where one of the budgets is gone."""
    return mails_repository.claim_with_share(message, message.object_id, message.mail, budgets, now)
