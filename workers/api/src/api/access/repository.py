"""Who stands behind a session token or an API key: one statement, in the first batch of a request."""

import msgspec

from api.core.lifetimes import SESSION_IDLE
from propflow.bindings.d1 import Statement, sql

_OF_TENANT = """t.mode, t.clock_at, t.plan, t.subscription_status, p.features, p.requests_per_minute,
  p.api_calls_monthly, CASE WHEN t.suspended_at IS NOT NULL THEN t.suspended_reads END AS suspended"""

BY_SESSION = f"""
SELECT s.tenant_id, s.user_id AS principal_id, s.id AS credential_id, s.last_seen_at AS seen_at, m.role,
  m.property_ids, {_OF_TENANT}
FROM sessions AS s
JOIN memberships AS m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
JOIN tenants AS t ON t.id = s.tenant_id JOIN plans AS p ON p.id = t.plan
WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND s.last_seen_at > ?3"""

BY_KEY = f"""
SELECT k.tenant_id, k.id AS principal_id, k.id AS credential_id, k.last_used_at AS seen_at, k.last_ip, k.scopes,
  k.networks, {_OF_TENANT}
FROM api_keys AS k JOIN tenants AS t ON t.id = k.tenant_id JOIN plans AS p ON p.id = t.plan
WHERE k.key_hash = ?1 AND k.revoked_at IS NULL AND coalesce(k.expires_at, ?2 + 1) > ?2"""

KEY_SEEN = """
UPDATE api_keys SET last_used_at = ?4, last_ip = ?5
WHERE tenant_id = ?1 AND key_hash = ?2 AND coalesce(last_used_at, 0) = CAST(?3 AS INTEGER)"""
SESSION_SEEN = "UPDATE sessions SET last_seen_at = ?2 WHERE token_hash = ?1 AND last_seen_at < ?2"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A row of either; JSON columns are text. `role` is a person's, `scopes` and `networks` are a key's.

    `suspended` is None while the tenant acts, 1 while it may be read, 0 while it may not.
    """

    tenant_id: str
    principal_id: str
    credential_id: str
    seen_at: int | None
    role: str | None = None
    property_ids: str | None = None
    scopes: str | None = None
    networks: str | None = None
    last_ip: str | None = None
    mode: str
    clock_at: int | None = None
    plan: str
    subscription_status: str
    features: str
    requests_per_minute: int
    api_calls_monthly: int | None
    suspended: int | None = None


def by_session(token_hash: str, now: int) -> Statement:
    """The person behind a live session, as `Principal`."""
    return sql(BY_SESSION, token_hash, now, now - SESSION_IDLE)


def by_key(key_hash: str, now: int) -> Statement:
    """What stands behind a live API key, as `Principal`."""
    return sql(BY_KEY, key_hash, now)


def session_seen(token_hash: str, now: int) -> Statement:
    """The session is in use."""
    return sql(SESSION_SEEN, token_hash, now)


def key_seen(tenant_id: str, key_hash: str, before: int | None, now: int, ip: str) -> Statement:
    """The key is in use; changes nothing when somebody noted that since `before`."""
    return sql(KEY_SEEN, tenant_id, key_hash, before or 0, now, ip)
