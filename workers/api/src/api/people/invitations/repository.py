"""Statements about invitations. One is pending per address: a second collides as `unique:invitations`."""

import msgspec

from propflow import standing
from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

COLUMNS = """id, email, role, property_ids, status, revision, token_hash, key_id, invited_by, accepted_by, expires_at,
created_at, updated_at"""
GET = f"SELECT {COLUMNS} FROM invitations WHERE tenant_id = ?1 AND id = ?2"
LIST = f"""
SELECT {COLUMNS} FROM invitations
WHERE tenant_id = ?1 AND id > ?2 AND (
  ?5 IS NULL OR CASE WHEN status = 'pending' AND expires_at <= ?3 THEN 'expired' ELSE status END
    IN (SELECT value FROM json_each(?5)))
ORDER BY id LIMIT ?4"""
PENDING = f"""
SELECT {COLUMNS} FROM invitations WHERE tenant_id = ?1 AND email = ?2 AND status = 'pending' AND expires_at > ?3"""

# Members and those who may become one any moment.
_SEATS = """
SELECT coalesce(c.used, 0) + (
  SELECT count(*) FROM invitations AS i INDEXED BY invitations_pending
  WHERE i.tenant_id = t.id AND i.status = 'pending' AND i.expires_at > {now} AND i.id <> {but}
) AS used, p.max_users AS "limit"
FROM tenants AS t JOIN plans AS p ON p.id = t.plan
LEFT JOIN usage_counters AS c ON c.tenant_id = t.id AND c.meter = 'users' AND c.period = ''
WHERE t.id = ?1"""
SEATS = _SEATS.format(now="?2", but="?3")
_ROOM = 'EXISTS (SELECT 1 FROM ({seats}) AS s WHERE s."limit" IS NULL OR s.used < s."limit")'
WRITES = f"SELECT {standing.WRITES_TO_OUTSIDERS} AS allowed FROM tenants AS t WHERE t.id = ?1"
_WRITES = f"({WRITES})"
INSERT = f"""
INSERT INTO invitations (tenant_id, id, email, role, property_ids, token_hash, key_id, invited_by, expires_at,
  created_at, updated_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10 WHERE {_ROOM.format(seats=_SEATS.format(now="?10", but="?2"))}
  AND (SELECT count(*) < ?12 AND coalesce(sum(email = ?3), 0) < ?13 FROM invitations WHERE tenant_id = ?1 AND id > ?11)
  AND {_WRITES}"""
EXPIRE = """
DELETE FROM invitations WHERE (tenant_id, id) IN
(SELECT tenant_id, id FROM invitations WHERE status = 'pending' AND expires_at <= ?1 LIMIT ?2)"""
FORGET_CLOSED = """
DELETE FROM invitations WHERE (tenant_id, id) IN (
  SELECT tenant_id, id FROM invitations INDEXED BY invitations_closed
  WHERE status <> 'pending' AND updated_at <= ?1 LIMIT ?2)"""
FORGET_EXPIRED = """
DELETE FROM invitations WHERE tenant_id = ?1 AND email = ?2 AND status = 'pending' AND expires_at <= ?3"""

# The ids of a day are a range, because they begin with the time.
AMOUNT = """
SELECT count(*) AS today, coalesce(sum(email = ?3), 0) AS to_address FROM invitations
WHERE tenant_id = ?1 AND id > ?2"""
RESEND = f"""
UPDATE invitations SET revision = revision + 1, token_hash = ?4, key_id = ?5, expires_at = ?6, updated_at = ?7
WHERE tenant_id = ?1 AND id = ?2 AND revision = CAST(?3 AS INTEGER) AND status = 'pending'
  AND {_ROOM.format(seats=_SEATS.format(now="?7", but="?2"))} AND {_WRITES}"""
REVOKE = """
UPDATE invitations SET status = 'revoked', updated_at = ?3 WHERE tenant_id = ?1 AND id = ?2 AND status = 'pending'"""
REVOKE_BY = """
UPDATE invitations INDEXED BY invitations_pending SET status = 'revoked', updated_at = ?3
WHERE tenant_id = ?1 AND invited_by = ?2 AND status = 'pending'"""

REVOKE_ALL = """
UPDATE invitations INDEXED BY invitations_pending SET status = 'revoked', updated_at = ?2
WHERE tenant_id = ?1 AND status = 'pending'"""


class InvitationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `property_ids` is JSON. `updated_at` of a pending one is when it was mailed last."""

    id: str
    email: str
    role: str
    property_ids: str | None
    token_hash: str
    key_id: str
    invited_by: str
    expires_at: int
    created_at: int
    updated_at: int
    status: str = "pending"
    revision: int = 1
    accepted_by: str | None = None


class Seats(msgspec.Struct, frozen=True):
    """How many people there are or are invited, and how many the plan includes."""

    used: int
    limit: int | None

    @property
    def full(self) -> bool:
        return self.limit is not None and self.used >= self.limit


class Amount(msgspec.Struct, frozen=True):
    """How many invitations were made lately."""

    today: int
    to_address: int


class Most(msgspec.Struct, frozen=True):
    """How many may be made since an id, by the tenant and to one address."""

    since_id: str
    today: int
    to_address: int


class Writes(msgspec.Struct, frozen=True):
    """Whether the tenant may write to people who are not its own."""

    allowed: bool


def get(tenant_id: str, invitation_id: str) -> Statement:
    """One invitation, as `InvitationRow`."""
    return sql(GET, tenant_id, invitation_id)


def list_after(tenant_id: str, after: str, statuses: tuple[str, ...], now: int, limit: int) -> Statement:
    """Invitations by id, as `InvitationRow`."""
    wanted = json_text(statuses) if statuses else None
    return sql(LIST, tenant_id, after, now, limit, wanted)


def pending(tenant_id: str, email: str, now: int) -> Statement:
    """The invitation of an address that can be accepted now, as `InvitationRow`."""
    return sql(PENDING, tenant_id, email, now)


def seats(tenant_id: str, now: int, but: str = "") -> Statement:
    """What the plan has room for, not counting the invitation `but`, as `Seats`."""
    return sql(SEATS, tenant_id, now, but)


def amount(tenant_id: str, since_id: str, email: str) -> Statement:
    """How many were made since the instant of an id, as `Amount`."""
    return sql(AMOUNT, tenant_id, since_id, email)


def writes(tenant_id: str) -> Statement:
    """Whether the tenant may write to people who are not its own, as `Writes`."""
    return sql(WRITES, tenant_id)


def insert(tenant_id: str, row: InvitationRow, most: Most) -> Statement:
    """A new invitation; changes nothing when the plan has no room, the day's share is gone or nothing may be sent."""
    return sql(
        INSERT, tenant_id, row.id, row.email, row.role, row.property_ids, row.token_hash, row.key_id, row.invited_by,
        row.expires_at, row.created_at, most.since_id, most.today, most.to_address,
    )  # fmt: skip


def forget_expired(tenant_id: str, email: str, now: int) -> Statement:
    """What ran out is in nobody's way."""
    return sql(FORGET_EXPIRED, tenant_id, email, now)


def resend(tenant_id: str, invitation_id: str, revision: int, renewed: InvitationRow) -> Statement:
    """Another token for exactly the revision that was read.

    Changes nothing when the plan has no room or nothing may be sent.
    """
    return sql(
        RESEND, tenant_id, invitation_id, revision, renewed.token_hash, renewed.key_id, renewed.expires_at,
        renewed.updated_at,
    )  # fmt: skip


def revoke(tenant_id: str, invitation_id: str, now: int) -> Statement:
    """Its link opens no more; changes nothing when it is not pending."""
    return sql(REVOKE, tenant_id, invitation_id, now)


def revoke_by(tenant_id: str, user_id: str, now: int) -> Statement:
    """The same for all that somebody has sent."""
    return sql(REVOKE_BY, tenant_id, user_id, now)


def revoke_all(tenant_id: str, now: int) -> Statement:
    """The same for all of the organisation."""
    return sql(REVOKE_ALL, tenant_id, now)


def expire(before: int, limit: int) -> Statement:
    """Remove invitations that nobody accepted in time, a bounded number at a time."""
    return sql(EXPIRE, before, limit)


def forget_closed(before: int, limit: int) -> Statement:
    """Remove invitations that were accepted or revoked long ago, a bounded number at a time."""
    return sql(FORGET_CLOSED, before, limit)
