"""Statements about memberships. The triggers refuse to take the last owner away, as `last_owner`."""

from collections.abc import Sequence

import msgspec

from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

# CROSS JOIN keeps the order: nothing is read of people who are no members, whoever they are.
SELECT = """
SELECT m.user_id, u.name, u.email, u.disabled_at, m.role, m.property_ids, m.version, m.created_at
FROM memberships AS m CROSS JOIN users AS u ON u.id = m.user_id"""
GET = f"{SELECT} WHERE m.tenant_id = ?1 AND m.user_id = ?2"
LIST = f"{SELECT} WHERE m.tenant_id = ?1 AND m.user_id > ?2 ORDER BY m.user_id LIMIT ?3"
BY_EMAIL = """
SELECT m.user_id AS id FROM memberships AS m CROSS JOIN users AS u ON u.id = m.user_id
WHERE m.tenant_id = ?1 AND u.email = ?2 LIMIT 1"""
UNKNOWN_PROPERTY = """
SELECT wanted.value AS id FROM json_each(?2) AS wanted
WHERE NOT EXISTS (SELECT 1 FROM properties WHERE tenant_id = ?1 AND id = wanted.value) LIMIT 1"""

INSERT = """
INSERT INTO memberships (tenant_id, user_id, role, property_ids, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?5)"""

CHANGE = """
UPDATE memberships SET role = ?4, property_ids = ?5, version = version + 1, updated_at = ?6
WHERE tenant_id = ?1 AND user_id = ?2 AND version = CAST(?3 AS INTEGER)"""
REMOVE = "DELETE FROM memberships WHERE tenant_id = ?1 AND user_id = ?2 AND role = ?3"
STANDING = """
SELECT count(*) AS number FROM memberships AS m
JOIN sessions AS s ON s.tenant_id = m.tenant_id AND s.user_id = m.user_id
WHERE m.tenant_id = ?1 AND m.user_id = ?2 AND m.role = ?3 AND s.token_hash = ?4"""
REQUIRE_CALLER = f"INSERT INTO require_change {STANDING}"

OWNERS = """
SELECT user_id AS id FROM memberships INDEXED BY memberships_owners WHERE tenant_id = ?1 AND role = 'owner' LIMIT 20"""
REMOVE_OTHERS = "DELETE FROM memberships WHERE tenant_id = ?1 AND user_id <> ?2"


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A membership with its person; `property_ids` is JSON."""

    user_id: str
    name: str
    email: str
    disabled_at: int | None
    role: str
    property_ids: str | None
    version: int
    created_at: int


class Named(msgspec.Struct, frozen=True):
    """A row of which only its id is asked."""

    id: str


class Number(msgspec.Struct, frozen=True):
    number: int


def get(tenant_id: str, user_id: str) -> Statement:
    """One member, as `MemberRow`."""
    return sql(GET, tenant_id, user_id)


def list_after(tenant_id: str, after: str, limit: int) -> Statement:
    """Members by their user id, as `MemberRow`."""
    return sql(LIST, tenant_id, after, limit)


def by_email(tenant_id: str, email: str) -> Statement:
    """A member with this case-folded address: as `Named`."""
    return sql(BY_EMAIL, tenant_id, email)


def unknown_property(tenant_id: str, property_ids: Sequence[str] | None) -> Statement:
    """The first of these that the tenant does not have, as `Named`."""
    return sql(UNKNOWN_PROPERTY, tenant_id, encoded(property_ids))


def insert(tenant_id: str, user_id: str, role: str, property_ids: str | None, now: int) -> Statement:
    """A new member; `limit_users` when the plan has no more room, `unique:memberships` when they are one."""
    return sql(INSERT, tenant_id, user_id, role, property_ids, now)


def change(tenant_id: str, row: MemberRow, role: str, property_ids: Sequence[str] | None, now: int) -> Statement:
    """Another role or restriction for exactly the version that was read."""
    return sql(CHANGE, tenant_id, row.user_id, row.version, role, encoded(property_ids), now)


def remove(tenant_id: str, row: MemberRow) -> Statement:
    """End a membership, unless the role is another by now; its sessions end with it."""
    return sql(REMOVE, tenant_id, row.user_id, row.role)


def owners(tenant_id: str) -> Statement:
    """The owners of a tenant, twenty at most, as `Named`."""
    return sql(OWNERS, tenant_id)


def remove_others(tenant_id: str, user_id: str) -> Statement:
    """Leave an organisation to one person; `last_owner` when they do not own it."""
    return sql(REMOVE_OTHERS, tenant_id, user_id)


def standing(tenant_id: str, user_id: str, role: str, credential: str) -> Statement:
    """Whether somebody is still what they were when the request was judged, with the same session: as `Number`."""
    return sql(STANDING, tenant_id, user_id, role, credential)


def require_caller(tenant_id: str, user_id: str, role: str, credential: str) -> Statement:
    """`guard_failed` when they are not."""
    return sql(REQUIRE_CALLER, tenant_id, user_id, role, credential)


def encoded(property_ids: Sequence[str] | None) -> str | None:
    """A restriction as it is stored."""
    return None if property_ids is None else json_text(property_ids)


def decoded(property_ids: str | None) -> list[str] | None:
    """A restriction as it was stored."""
    return None if property_ids is None else msgspec.json.decode(property_ids, type=list[str])
