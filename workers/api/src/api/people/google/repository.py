"""Statements about sign-ins that are under way, and about people as Google knows them."""

import msgspec

from propflow.bindings.crypto import sha256
from propflow.bindings.d1 import Statement, sql

INSERT = "INSERT INTO google_sign_ins (state_hash, nonce, verifier_sealed, expires_at) VALUES (?1, ?2, ?3, ?4)"
TAKE = "DELETE FROM google_sign_ins WHERE state_hash = ?1 AND expires_at > ?2 RETURNING nonce, verifier_sealed"
GET = "SELECT nonce, verifier_sealed FROM google_sign_ins WHERE state_hash = ?1 AND expires_at > ?2"
EXPIRE = """
DELETE FROM google_sign_ins WHERE state_hash IN
(SELECT state_hash FROM google_sign_ins WHERE expires_at <= ?1 LIMIT ?2)"""

_PERSON = """
SELECT id, email, name, password_hash, password_changed_at, email_verified_at, google_sub, disabled_at FROM users"""
BY_SUB = f"{_PERSON} WHERE google_sub = ?1"
BY_VERIFIED_EMAIL = f"{_PERSON} WHERE email = ?1 AND email_verified_at IS NOT NULL"
# Whoever is linked by the address alone has verified it; who shows in another way that the account is theirs need not.
LINK_BY_ADDRESS = """
UPDATE users SET google_sub = ?2, version = version + 1, updated_at = ?4
WHERE id = ?1 AND google_sub IS NULL AND email = ?3 AND email_verified_at IS NOT NULL AND disabled_at IS NULL"""
LINK = """
UPDATE users SET google_sub = ?2, version = version + 1, updated_at = ?3
WHERE id = ?1 AND google_sub IS NULL AND disabled_at IS NULL"""
UNLINK = """
UPDATE users SET google_sub = NULL, version = version + 1, updated_at = ?3 WHERE id = ?1 AND google_sub = ?2"""
REQUIRE_LINKED = "INSERT INTO require_change SELECT count(*) FROM users WHERE id = ?1 AND google_sub = ?2"


class SignIn(msgspec.Struct, frozen=True):
    """What must come back unchanged. `verifier_sealed` is empty for a nonce that a client asked for by itself."""

    nonce: str
    verifier_sealed: str


def state_key(state: str) -> str:
    """Under which a state is stored; a nonce is never found there."""
    return sha256(f"state:{state}")


def nonce_key(nonce: str) -> str:
    """Under which a nonce is stored that a client asked for."""
    return sha256(f"nonce:{nonce}")


def insert(key: str, sign_in: SignIn, expires_at: int) -> Statement:
    """A sign-in begins."""
    return sql(INSERT, key, sign_in.nonce, sign_in.verifier_sealed, expires_at)


def take(key: str, now: int) -> Statement:
    """The sign-in, as `SignIn`, which is over with this: only one of many who ask gets it."""
    return sql(TAKE, key, now)


def get(key: str, now: int) -> Statement:
    """The sign-in as it waits, as `SignIn`."""
    return sql(GET, key, now)


def by_sub(sub: str) -> Statement:
    """Who signs in with this Google account, as `accounts.Person`."""
    return sql(BY_SUB, sub)


def by_verified_email(email: str) -> Statement:
    """Who has verified this case-folded address, as `accounts.Person`: nobody else counts."""
    return sql(BY_VERIFIED_EMAIL, email)


def link_by_address(user_id: str, sub: str, email: str, now: int) -> Statement:
    """The Google account opens this one from now on; changes nothing unless the address is verified and theirs."""
    return sql(LINK_BY_ADDRESS, user_id, sub, email, now)


def link(user_id: str, sub: str, now: int) -> Statement:
    """The same for an account that is theirs whatever its address is; `unique:users` when it opens another one."""
    return sql(LINK, user_id, sub, now)


def unlink(user_id: str, sub: str, now: int) -> Statement:
    """This Google account opens the account no more; changes nothing when it did not."""
    return sql(UNLINK, user_id, sub, now)


def require_linked(user_id: str, sub: str) -> Statement:
    """`guard_failed` when this Google account opens the account no more."""
    return sql(REQUIRE_LINKED, user_id, sub)


def expire(now: int, limit: int) -> Statement:
    """Remove sign-ins that nobody finished, a bounded number at a time."""
    return sql(EXPIRE, now, limit)
