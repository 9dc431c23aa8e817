"""Statements about suspended tenants. A test space goes with its live tenant, in the same statement."""

from collections.abc import Sequence

import msgspec

from propflow.bindings.d1 import Statement, sql

NO_OWNER = "No owner of this organisation can sign in: all of them are disabled."

_BOTH = "(SELECT ?1 UNION ALL SELECT id FROM tenants WHERE live_id = ?1)"
_OWNED = """(
  SELECT m.tenant_id FROM memberships AS m WHERE m.user_id = ?1 AND m.role = 'owner'
  UNION SELECT s.id FROM memberships AS m JOIN tenants AS s ON s.live_id = m.tenant_id
  WHERE m.user_id = ?1 AND m.role = 'owner')"""
_HAS_OWNER = """EXISTS (
  SELECT 1 FROM memberships AS o JOIN users AS u ON u.id = o.user_id
  WHERE o.tenant_id = coalesce(t.live_id, t.id) AND o.role = 'owner' AND u.disabled_at IS NULL{but})"""

GET = """
SELECT id, mode, suspended_at, suspended_reason AS reason, suspended_reads = 1 AS reads FROM tenants WHERE id = ?1"""
SUSPEND = f"""
UPDATE tenants SET suspended_at = coalesce(suspended_at, ?2), suspended_reason = ?3, suspended_reads = ?4
WHERE id IN {_BOTH}"""
RESUME = f"""
UPDATE tenants AS t SET suspended_at = NULL, suspended_reason = NULL, suspended_reads = 0, resumed_at = ?2
WHERE t.id IN {_BOTH} AND t.suspended_at IS NOT NULL AND {_HAS_OWNER.format(but="")}"""

# With this owner disabled, or enabled, these tenants have none who can sign in, or one again.
_ORPHANS = f"t.id IN {_OWNED} AND t.suspended_at IS NULL AND NOT {_HAS_OWNER}"
_ADOPTED = f"t.id IN {_OWNED} AND t.suspended_reason = ?2"
ORPHANS = f"SELECT t.id, t.live_id FROM tenants AS t WHERE {_ORPHANS.format(but=' AND u.id <> ?1')}"
ADOPTED = f"SELECT t.id, t.live_id FROM tenants AS t WHERE {_ADOPTED}"
SUSPEND_ORPHANS = f"""
UPDATE tenants AS t SET suspended_at = ?2, suspended_reason = ?3, suspended_reads = 0
WHERE {_ORPHANS.format(but="")}"""
RESUME_ADOPTED = f"""
UPDATE tenants AS t SET suspended_at = NULL, suspended_reason = NULL, suspended_reads = 0, resumed_at = ?3
WHERE {_ADOPTED}"""


class Suspended(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a tenant is suspended, since when and why; `reads`: its people may read meanwhile."""

    id: str
    mode: str
    suspended_at: int | None
    reason: str | None
    reads: bool


class Touched(msgspec.Struct, frozen=True):
    """A tenant that goes with a person; `live_id` is null for all but a test space."""

    id: str
    live_id: str | None


def get(tenant_id: str) -> Statement:
    """One tenant, as `Suspended`."""
    return sql(GET, tenant_id)


def suspend(tenant_id: str, reason: str, reads: bool, now: int) -> Statement:
    """From now on nothing acts for it; who was suspended before stays so since then."""
    return sql(SUSPEND, tenant_id, now, reason, int(reads))


def resume(tenant_id: str, now: int) -> Statement:
    """It acts again; changes nothing for who is not suspended or has no owner who can sign in."""
    return sql(RESUME, tenant_id, now)


def orphans(user_id: str) -> Statement:
    """The tenants that will have no owner who can sign in once this person is disabled, as `Touched`."""
    return sql(ORPHANS, user_id)


def suspend_orphans(user_id: str, now: int) -> Statement:
    """Suspend these; put it behind the statement that disables the person."""
    return sql(SUSPEND_ORPHANS, user_id, now, NO_OWNER)


def adopted(user_id: str) -> Statement:
    """The tenants of this owner that are suspended for having none, as `Touched`."""
    return sql(ADOPTED, user_id, NO_OWNER)


def resume_adopted(user_id: str, now: int) -> Statement:
    """Resume these; put it behind the statement that enables the person."""
    return sql(RESUME_ADOPTED, user_id, NO_OWNER, now)


def live(touched: Sequence[Touched]) -> list[str]:
    """Those that have an audit for people to read: a test space goes along."""
    return [one.id for one in touched if one.live_id is None]
