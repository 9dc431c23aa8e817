"""Statements about sessions. They are a person's, who sees all of theirs, in whatever tenant."""

import msgspec

from api.core.lifetimes import SESSION_IDLE
from propflow.bindings.d1 import Statement, sql

_COLUMNS = "token_hash, id, tenant_id, device, ip, created_at, last_seen_at, expires_at, confirmed_at"
_LIVE = "expires_at > ?2 AND last_seen_at > ?3"

# From the membership, so that neither a removed member nor a disabled person gets one, whatever was read before.
INSERT = """
INSERT INTO sessions (token_hash, id, tenant_id, user_id, device, ip, created_at, last_seen_at, expires_at)
SELECT ?1, ?2, m.tenant_id, m.user_id, ?5, ?6, ?7, ?7, ?8 FROM memberships AS m JOIN users AS u ON u.id = m.user_id
WHERE m.tenant_id = ?3 AND m.user_id = ?4 AND u.disabled_at IS NULL"""
GET = f"SELECT {_COLUMNS} FROM sessions WHERE token_hash = ?1 AND {_LIVE}"
OF_USER = f"SELECT {_COLUMNS} FROM sessions WHERE user_id = ?1 AND {_LIVE} AND id > ?4 ORDER BY id LIMIT ?5"
COUNT_OTHERS = f"SELECT count(*) AS number FROM sessions WHERE user_id = ?1 AND {_LIVE} AND token_hash <> ?4"
RENEW = """
UPDATE sessions SET token_hash = ?2, tenant_id = ?3, last_seen_at = ?4
WHERE token_hash = ?1 AND EXISTS (SELECT 1 FROM memberships WHERE tenant_id = ?3 AND user_id = sessions.user_id)"""
CONFIRM = "UPDATE sessions SET confirmed_at = ?2 WHERE token_hash = ?1"
END = "DELETE FROM sessions WHERE user_id = ?1 AND id = ?2"
END_OTHERS = "DELETE FROM sessions WHERE user_id = ?1 AND token_hash <> ?2"
END_ALL = "DELETE FROM sessions WHERE user_id = ?1"
END_IN_TENANT = "DELETE FROM sessions WHERE tenant_id = ?1 AND user_id = ?2"
EXPIRE = """
DELETE FROM sessions WHERE token_hash IN
(SELECT token_hash FROM sessions WHERE expires_at <= ?1 OR last_seen_at <= ?2 LIMIT ?3)"""


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    token_hash: str
    id: str
    tenant_id: str
    device: str
    ip: str
    created_at: int
    last_seen_at: int
    expires_at: int
    confirmed_at: int | None = None


class Count(msgspec.Struct, frozen=True):
    number: int


def insert(row: SessionRow, user_id: str) -> Statement:
    """A session of a member; changes nothing for who is none or is disabled."""
    return sql(
        INSERT, row.token_hash, row.id, row.tenant_id, user_id, row.device, row.ip, row.created_at, row.expires_at
    )


def get(credential: str, now: int) -> Statement:
    """The live session with this token's hash, as `SessionRow`."""
    return sql(GET, credential, now, now - SESSION_IDLE)


def of_user(user_id: str, now: int, after: str, limit: int) -> Statement:
    """A person's live sessions by id, which is by age, as `SessionRow`."""
    return sql(OF_USER, user_id, now, now - SESSION_IDLE, after, limit)


def count_others(user_id: str, credential: str, now: int) -> Statement:
    """How many live sessions a person has besides this one, as `Count`."""
    return sql(COUNT_OTHERS, user_id, now, now - SESSION_IDLE, credential)


def renew(credential: str, token_hash: str, tenant_id: str, now: int) -> Statement:
    """The same session under a new token, in a tenant of the person; its old token ends. It does not live longer."""
    return sql(RENEW, credential, token_hash, tenant_id, now)


def confirm(credential: str, now: int) -> Statement:
    """The person of the session has repeated the password."""
    return sql(CONFIRM, credential, now)


def end(user_id: str, session_id: str) -> Statement:
    """End one session of a person."""
    return sql(END, user_id, session_id)


def end_others(user_id: str, credential: str) -> Statement:
    """End all of a person's sessions but this one."""
    return sql(END_OTHERS, user_id, credential)


def end_all(user_id: str) -> Statement:
    """End all of a person's sessions."""
    return sql(END_ALL, user_id)


def end_in_tenant(tenant_id: str, user_id: str) -> Statement:
    """End a person's sessions in one tenant: their role there has changed."""
    return sql(END_IN_TENANT, tenant_id, user_id)


def expire(now: int, limit: int) -> Statement:
    """Remove sessions that have ended, a bounded number at a time."""
    return sql(EXPIRE, now, now - SESSION_IDLE, limit)
