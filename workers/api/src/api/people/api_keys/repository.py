"""Statements about API keys and test spaces. A person of the live tenant manages the keys of both."""

import msgspec

from propflow.bindings.d1 import Statement, sql

COLUMNS = """k.id, k.name, t.mode, k.scopes, k.networks, k.hint, k.created_by, k.replaces_id, k.expires_at,
  k.revoked_at, k.last_used_at, k.last_ip, k.created_at"""
OF_TENANT = "(SELECT ?1 UNION ALL SELECT id FROM tenants WHERE live_id = ?1)"
# As the index `api_keys_live` has it, so that what has ended is not read; 2^53 - 1 stands for never.
_LIVE = "revoked_at IS NULL AND coalesce(expires_at, 9007199254740991) >"
LIST = f"""
SELECT {COLUMNS} FROM api_keys AS k JOIN tenants AS t ON t.id = k.tenant_id
WHERE k.tenant_id IN {OF_TENANT} AND k.id > ?2 ORDER BY k.id LIMIT ?3"""
GET = f"""
SELECT {COLUMNS} FROM api_keys AS k JOIN tenants AS t ON t.id = k.tenant_id
WHERE k.tenant_id IN {OF_TENANT} AND k.id = ?2"""

# Two first test keys at once make one test space: the second finds the first one's. That of a tenant which is suspended
# meanwhile is suspended, too.
OPEN_TEST_SPACE = """
INSERT INTO tenants (id, name, mode, live_id, plan, subscription_status, suspended_at, suspended_reason,
  suspended_reads, created_at, updated_at)
SELECT ?2, name, 'test', id, plan, subscription_status, suspended_at, suspended_reason, suspended_reads, ?3, ?3
FROM tenants WHERE id = ?1 AND mode = 'live'
ON CONFLICT (live_id) WHERE live_id IS NOT NULL DO NOTHING"""

# `?9` live keys at most. The one that is being rotated away does not count.
INSERT = f"""
INSERT INTO api_keys
  (tenant_id, key_hash, id, name, hint, scopes, networks, created_by, replaces_id, expires_at, created_at)
SELECT t.id, ?3, ?4, ?5, ?6, ?7, ?8, ?10, ?11, ?12, ?13 FROM tenants AS t
WHERE (t.id = ?1 OR t.live_id = ?1) AND t.mode = ?2 AND ?9 > (
  SELECT COUNT(*) FROM api_keys INDEXED BY api_keys_live
  WHERE tenant_id IN {OF_TENANT} AND {_LIVE} ?13 AND id IS NOT ?11
)"""

SUCCESSORS = f"""
SELECT {COLUMNS} FROM api_keys AS k INDEXED BY api_keys_by_replaced JOIN tenants AS t ON t.id = k.tenant_id
WHERE k.tenant_id IN {OF_TENANT} AND k.replaces_id = ?2 AND k.revoked_at IS NULL"""
END = f"""
UPDATE api_keys SET expires_at = ?3
WHERE tenant_id IN {OF_TENANT} AND id = ?2 AND revoked_at IS NULL AND coalesce(expires_at, ?4 + 1) > ?4
AND NOT EXISTS (
  SELECT 1 FROM api_keys AS later INDEXED BY api_keys_by_replaced
  WHERE later.tenant_id = api_keys.tenant_id AND later.replaces_id = ?2 AND later.revoked_at IS NULL
)"""
REVOKE = f"""
UPDATE api_keys SET revoked_at = ?3 WHERE tenant_id IN {OF_TENANT} AND id = ?2 AND revoked_at IS NULL"""

_OF_MAKER = f"WHERE tenant_id IN {OF_TENANT} AND created_by = ?2 AND {_LIVE} ?3"
MADE_BY = f"SELECT id FROM api_keys INDEXED BY api_keys_live {_OF_MAKER} ORDER BY id"
REVOKE_MADE_BY = f"UPDATE api_keys INDEXED BY api_keys_live SET revoked_at = ?3 {_OF_MAKER}"

REVOKE_ALL = f"""
UPDATE api_keys INDEXED BY api_keys_live SET revoked_at = ?2 WHERE tenant_id IN {OF_TENANT} AND {_LIVE} ?2"""


class KeyId(msgspec.Struct, frozen=True):
    """A key of which only its id is asked."""

    id: str


class ApiKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row without its hash; `scopes` and `networks` are JSON."""

    id: str
    name: str
    mode: str
    scopes: str
    networks: str | None
    hint: str
    created_by: str
    replaces_id: str | None = None
    expires_at: int | None = None
    revoked_at: int | None = None
    last_used_at: int | None = None
    last_ip: str | None = None
    created_at: int


def list_after(tenant_id: str, after: str, limit: int) -> Statement:
    """Keys by id, as `ApiKeyRow`."""
    return sql(LIST, tenant_id, after, limit)


def get(tenant_id: str, key_id: str) -> Statement:
    """One key, as `ApiKeyRow`."""
    return sql(GET, tenant_id, key_id)


def open_test_space(tenant_id: str, test_id: str, now: int) -> Statement:
    """The test space of a live tenant, unless it has one."""
    return sql(OPEN_TEST_SPACE, tenant_id, test_id, now)


def insert(tenant_id: str, row: ApiKeyRow, key_hash: str, most: int) -> Statement:
    """A new key of the live tenant or its test space; changes nothing when there are `most` live ones."""
    return sql(
        INSERT, tenant_id, row.mode, key_hash, row.id, row.name, row.hint, row.scopes, row.networks, most,
        row.created_by, row.replaces_id, row.expires_at, row.created_at,
    )  # fmt: skip


def successors(tenant_id: str, key_id: str) -> Statement:
    """The keys that took the place of one and were not revoked, as `ApiKeyRow`."""
    return sql(SUCCESSORS, tenant_id, key_id)


def end(tenant_id: str, key_id: str, expires_at: int, now: int) -> Statement:
    """A live key that has no successor ends then; changes nothing otherwise."""
    return sql(END, tenant_id, key_id, expires_at, now)


def revoke(tenant_id: str, key_id: str, now: int) -> Statement:
    """A key ends at once; changes nothing when it was revoked before."""
    return sql(REVOKE, tenant_id, key_id, now)


def made_by(tenant_id: str, user_id: str, now: int) -> Statement:
    """The live keys that somebody made for the tenant and its test space, as `KeyId`."""
    return sql(MADE_BY, tenant_id, user_id, now)


def revoke_made_by(tenant_id: str, user_id: str, now: int) -> Statement:
    """End these keys, and those that were made since they were read."""
    return sql(REVOKE_MADE_BY, tenant_id, user_id, now)


def revoke_all(tenant_id: str, now: int) -> Statement:
    """End all live keys of the tenant and its test space."""
    return sql(REVOKE_ALL, tenant_id, now)
