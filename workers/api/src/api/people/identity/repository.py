"""Statements about people, their tenants and memberships. A person is not of one tenant: they are found by id."""

import msgspec

from api.core.lifetimes import SESSION_IDLE
from api.plan.plans import repository as plans
from propflow.bindings.d1 import Statement, sql

_COLUMNS = """
u.id, u.email, u.name, u.password_hash, u.password_changed_at, u.email_verified_at, u.google_sub, u.disabled_at"""
_MEMBERSHIPS = """
SELECT m.tenant_id, t.name AS tenant_name, t.plan, m.role
FROM memberships AS m JOIN tenants AS t ON t.id = m.tenant_id"""
# Who acts before who is suspended, live before test, then the first that was joined.
_ORDER = "ORDER BY t.suspended_at IS NOT NULL, t.mode, m.created_at, m.tenant_id"

# Of those who share an address one at most has verified it. Of the others the oldest counts: nobody who comes later
# pushes them aside. Each is one probe of an index, however many there are.
_VERIFIED = "SELECT id FROM users WHERE email = ?1 AND email_verified_at IS NOT NULL"
_OLDEST = "SELECT id FROM users WHERE email = ?1 AND email_verified_at IS NULL ORDER BY created_at, id LIMIT 1"
BY_EMAIL = f"SELECT {_COLUMNS} FROM users AS u WHERE u.id = coalesce(({_VERIFIED}), ({_OLDEST}))"
BY_VERIFIED = f"SELECT {_COLUMNS} FROM users AS u WHERE u.id = ({_VERIFIED})"
BY_OLDEST = f"SELECT {_COLUMNS} FROM users AS u WHERE u.id = ({_OLDEST})"
BY_ID = f"SELECT {_COLUMNS} FROM users AS u WHERE u.id = ?1"
MEMBERSHIPS = f"{_MEMBERSHIPS} WHERE m.user_id = ?1 {_ORDER}"
MEMBERSHIPS_OF_VERIFIED = f"{_MEMBERSHIPS} WHERE m.user_id = ({_VERIFIED}) {_ORDER}"
MEMBERSHIPS_OF_OLDEST = f"{_MEMBERSHIPS} WHERE m.user_id = ({_OLDEST}) {_ORDER}"

INSERT_TENANT = "INSERT INTO tenants (id, name, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)"
INSERT_USER = """
INSERT INTO users (id, email, name, password_hash, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)"""
INSERT_MEMBERSHIP = """
INSERT INTO memberships (tenant_id, user_id, role, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)"""

# Rolls the batch back when the person was disabled or changed the password since they were read.
REQUIRE_UNCHANGED = """
INSERT INTO require_change
SELECT count(*) FROM users WHERE id = ?1 AND disabled_at IS NULL AND password_hash IS ?2"""
REHASH = "UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2"
CHANGE = """
UPDATE users SET password_hash = ?2, password_changed_at = ?3, version = version + 1, updated_at = ?3
WHERE id = ?1 AND disabled_at IS NULL"""
RENAME = "UPDATE users SET name = ?2, version = version + 1, updated_at = ?3 WHERE id = ?1"
VERIFY_EMAIL = """
UPDATE users SET email_verified_at = coalesce(email_verified_at, ?2), version = version + 1, updated_at = ?2
WHERE id = ?1"""
DISABLE = "UPDATE users SET disabled_at = ?2, version = version + 1, updated_at = ?2 WHERE id = ?1"
ENABLE = "UPDATE users SET disabled_at = NULL, version = version + 1, updated_at = ?2 WHERE id = ?1"
SIGNED_IN = f"""
SELECT {_COLUMNS}
FROM sessions AS s JOIN users AS u ON u.id = s.user_id
WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND s.last_seen_at > ?3 AND u.disabled_at IS NULL"""
UNLINK_ANY = """
UPDATE users SET google_sub = NULL, version = version + 1, updated_at = ?2 WHERE id = ?1 AND google_sub IS NOT NULL"""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an account, verified or not."""

    id: str
    email: str
    name: str
    password_hash: str | None = None
    password_changed_at: int | None = None
    email_verified_at: int | None = None
    google_sub: str | None = None
    disabled_at: int | None = None


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant that a person belongs to, and as what."""

    tenant_id: str
    tenant_name: str
    plan: str
    role: str


def by_email(email: str) -> Statement:
    """To whom this folded address leads, as `Person`: who has verified it, else the oldest who has not."""
    return sql(BY_EMAIL, email)


def by_id(user_id: str) -> Statement:
    """One person, as `Person`."""
    return sql(BY_ID, user_id)


def memberships(user_id: str) -> Statement:
    """Where a person belongs, the first choice first, as `Membership`."""
    return sql(MEMBERSHIPS, user_id)


def slots(email: str) -> list[Statement]:
    """Whom a log-in may mean: who has verified the address, and the oldest who has not.

    Of each first the `Person`, then their `Membership`s.
    """
    return [sql(one, email) for one in (BY_VERIFIED, MEMBERSHIPS_OF_VERIFIED, BY_OLDEST, MEMBERSHIPS_OF_OLDEST)]


def insert(person: Person, membership: Membership, now: int) -> list[Statement]:
    """A new tenant with its first member and its first plan."""
    user = sql(INSERT_USER, person.id, person.email, person.name, person.password_hash, now)
    return [user, *found(person.id, membership, now)]


def found(user_id: str, membership: Membership, now: int) -> list[Statement]:
    """A new tenant of somebody who is there, and its first plan."""
    return [
        sql(INSERT_TENANT, membership.tenant_id, membership.tenant_name, now),
        sql(INSERT_MEMBERSHIP, membership.tenant_id, user_id, membership.role, now),
        plans.first(membership.tenant_id, now),
    ]


def require_unchanged(person: Person) -> Statement:
    """`guard_failed` when the person was disabled or has another password by now."""
    return sql(REQUIRE_UNCHANGED, person.id, person.password_hash)


def rehash(person: Person, password_hash: str) -> Statement:
    """The same password, stored better; nothing when it was changed meanwhile."""
    return sql(REHASH, person.id, person.password_hash, password_hash)


def set_password(user_id: str, password_hash: str, now: int) -> Statement:
    """Another password; changes nothing for who is disabled."""
    return sql(CHANGE, user_id, password_hash, now)


def rename(user_id: str, name: str, now: int) -> Statement:
    """Another name."""
    return sql(RENAME, user_id, name, now)


def verify_email(user_id: str, now: int) -> Statement:
    """The address is theirs. It collides as `unique:users` when another person has shown that before."""
    return sql(VERIFY_EMAIL, user_id, now)


def disable(user_id: str, now: int) -> Statement:
    """Nobody signs in as this person any more; their sessions are ended by `sessions`."""
    return sql(DISABLE, user_id, now)


def enable(user_id: str, now: int) -> Statement:
    """They may sign in again."""
    return sql(ENABLE, user_id, now)


def signed_in(credential: str, now: int) -> Statement:
    """The person of a live session, as `Person`."""
    return sql(SIGNED_IN, credential, now, now - SESSION_IDLE)


def unlink_any(user_id: str, now: int) -> Statement:
    """No Google account opens the account, whichever did."""
    return sql(UNLINK_ANY, user_id, now)
