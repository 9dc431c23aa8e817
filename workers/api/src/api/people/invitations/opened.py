"""Statements about an invitation that somebody opens: the token is the credential, so no tenant is known before."""

import msgspec

from api.people.identity.repository import Person
from propflow import standing
from propflow.bindings.d1 import Statement, sql

# Of a suspended tenant no invitation opens; it does again when the tenant acts again.
FIND = f"""
SELECT i.tenant_id, i.id, i.email, i.role, i.property_ids, t.name AS tenant_name, t.plan
FROM invitations AS i JOIN tenants AS t ON t.id = i.tenant_id
WHERE i.token_hash = ?1 AND i.status = 'pending' AND i.expires_at > ?2 AND {standing.ACTS}"""
SPEND = """
UPDATE invitations SET status = 'accepted', accepted_by = ?4, updated_at = ?5
WHERE tenant_id = ?1 AND id = ?2 AND token_hash = ?3 AND status = 'pending' AND expires_at > ?5"""
INSERT_PERSON = """
INSERT INTO users (id, email, name, password_hash, email_verified_at, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)"""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation whose link still opens, and where it leads."""

    tenant_id: str
    id: str
    email: str
    role: str
    property_ids: str | None
    tenant_name: str
    plan: str


def find(token_hash: str, now: int) -> Statement:
    """The invitation with this token, while it opens, as `Opened`."""
    return sql(FIND, token_hash, now)


def spend(one: Opened, token_hash: str, user_id: str, now: int) -> Statement:
    """Use it; changes nothing when it was used, revoked, sent again or has expired."""
    return sql(SPEND, one.tenant_id, one.id, token_hash, user_id, now)


def insert_person(person: Person, now: int) -> Statement:
    """A new person whose address is verified; `unique:users` when somebody else has verified it."""
    return sql(INSERT_PERSON, person.id, person.email, person.name, person.password_hash, person.email_verified_at, now)
