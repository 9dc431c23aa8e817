"""Statements about the organisation and its owners."""

from propflow import standing
from propflow.bindings.d1 import Statement, sql
from propflow.standing import Standing

GET = f"""
SELECT t.id, t.name, t.plan, t.subscription_status, t.mode, t.version, t.created_at, {standing.COLUMNS}
FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = ?1"""
RENAME = """
UPDATE tenants SET name = ?3, version = version + 1, updated_at = ?4
WHERE id = ?1 AND version = CAST(?2 AS INTEGER)"""

# An owner sees everything, so a restriction goes.
MAKE_OWNER = """
UPDATE memberships SET role = 'owner', property_ids = NULL, version = version + 1, updated_at = ?3
WHERE tenant_id = ?1 AND user_id = ?2 AND role <> 'owner'"""
STEP_DOWN = """
UPDATE memberships SET role = 'admin', version = version + 1, updated_at = ?3
WHERE tenant_id = ?1 AND user_id = ?2 AND role = 'owner'"""


class TenantRow(Standing, frozen=True, kw_only=True):
    """The organisation, and its standing."""

    id: str
    name: str
    plan: str
    subscription_status: str
    mode: str
    version: int
    created_at: int


def get(tenant_id: str) -> Statement:
    """The organisation, as `TenantRow`."""
    return sql(GET, tenant_id)


def rename(tenant_id: str, version: int, name: str, now: int) -> Statement:
    """Another name for exactly the version that was read."""
    return sql(RENAME, tenant_id, version, name, now)


def make_owner(tenant_id: str, user_id: str, now: int) -> Statement:
    """A member becomes an owner; changes nothing for who is one, or no member."""
    return sql(MAKE_OWNER, tenant_id, user_id, now)


def step_down(tenant_id: str, user_id: str, now: int) -> Statement:
    """An owner becomes an admin; changes nothing for who is none by now."""
    return sql(STEP_DOWN, tenant_id, user_id, now)
