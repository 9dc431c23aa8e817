"""Statements about an account whose address nobody has verified yet, and what its organisations hold."""

import msgspec

from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

# `own`: an organisation that the account owns and no other owner with a verified address does.
_STANDING = """
SELECT m.tenant_id, m.role, m.property_ids, m.role = 'owner' AND NOT EXISTS (
  SELECT 1 FROM memberships AS o INDEXED BY memberships_owners JOIN users AS u ON u.id = o.user_id
  WHERE o.tenant_id = m.tenant_id AND o.role = 'owner' AND o.user_id <> ?1 AND u.email_verified_at IS NOT NULL
    AND u.disabled_at IS NULL
) AS own
FROM memberships AS m WHERE m.user_id = ?1 ORDER BY m.tenant_id"""
_SPACES = "tenant_id IN (s.tenant_id, space.id)"
_KEYS = "revoked_at IS NULL AND coalesce(expires_at, 9007199254740991) > ?2"  # as the index `api_keys_live` has it
HELD = f"""
SELECT s.tenant_id, s.role, s.property_ids, s.own, space.id AS test_id,
  (SELECT json_group_array(user_id) FROM memberships WHERE tenant_id = s.tenant_id AND user_id <> ?1) AS members,
  (SELECT json_group_array(id) FROM invitations INDEXED BY invitations_pending
    WHERE tenant_id = s.tenant_id AND status = 'pending') AS invitations,
  (SELECT json_group_array(id) FROM api_keys INDEXED BY api_keys_live
    WHERE {_SPACES} AND {_KEYS} AND (s.own OR created_by = ?1)) AS api_keys,
  (SELECT json_group_array(id) FROM calendar_exports WHERE {_SPACES}) AS exports,
  (SELECT json_group_array(id) FROM feeds WHERE {_SPACES} AND deleted_at IS NULL) AS feeds,
  (SELECT json_group_array(id) FROM push_targets WHERE {_SPACES}) AS push_targets
FROM ({_STANDING}) AS s LEFT JOIN tenants AS space ON space.live_id = s.tenant_id
ORDER BY s.tenant_id"""

# Rolls the batch back when the address was verified meanwhile, or another organisation or owner came or went.
REQUIRE = f"""
INSERT INTO require_change SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND email_verified_at IS NULL)
  AND (SELECT json_group_array(json_array(tenant_id, own)) FROM ({_STANDING})) = ?2"""
LEAVE = "DELETE FROM memberships WHERE tenant_id = ?1 AND user_id = ?2"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation of the account; what it holds, as JSON lists of ids, those of its test space among them."""

    tenant_id: str
    role: str
    property_ids: str | None
    own: bool
    test_id: str | None
    members: str
    invitations: str
    api_keys: str
    exports: str
    feeds: str
    push_targets: str


def held(user_id: str, now: int) -> Statement:
    """The organisations of a person and what ends with them, as `Held`."""
    return sql(HELD, user_id, now)


def require(user_id: str, found: list[Held]) -> Statement:
    """`guard_failed` when the account is verified by now or stands otherwise than it was found."""
    standing = [[one.tenant_id, int(one.own)] for one in found]
    return sql(REQUIRE, user_id, json_text(standing))


def leave(tenant_id: str, user_id: str) -> Statement:
    """The account belongs to this organisation no more; `last_owner` when nobody else would own it."""
    return sql(LEAVE, tenant_id, user_id)
