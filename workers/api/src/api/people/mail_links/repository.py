"""Statements about one-time tokens. They are a person's; whoever brings one is not known otherwise."""

import msgspec

from propflow.bindings.d1 import Statement, sql
from propflow.one_time import Purpose

# By address as well: anybody can sign up any number of times with an address that is not theirs.
MAILED = """
SELECT count(*) AS number FROM one_time_tokens WHERE email = ?1 AND purpose = ?2 AND created_at > ?3"""
INSERT = """
INSERT INTO one_time_tokens (id, purpose, user_id, email, token_hash, key_id, expires_at, created_at)
SELECT ?1, ?2, u.id, u.email, ?4, ?5, ?6, ?7 FROM users AS u WHERE u.id = ?3 AND u.disabled_at IS NULL
  AND (SELECT count(*) FROM one_time_tokens WHERE user_id = ?3 AND purpose = ?2 AND created_at > ?8) < ?9
  AND (SELECT count(*) FROM one_time_tokens WHERE email = u.email AND purpose = ?2 AND created_at > ?8) < ?10"""
FIND = """
SELECT t.id, t.user_id FROM one_time_tokens AS t JOIN users AS u ON u.id = t.user_id
WHERE t.token_hash = ?1 AND t.purpose = ?2 AND t.used_at IS NULL AND t.expires_at > ?3
  AND u.disabled_at IS NULL AND u.email = t.email"""
SPEND = "UPDATE one_time_tokens SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL AND expires_at > ?2"
VOID = "UPDATE one_time_tokens SET used_at = ?3 WHERE user_id = ?1 AND purpose = ?2 AND used_at IS NULL"
EXPIRE = """
DELETE FROM one_time_tokens WHERE id IN (SELECT id FROM one_time_tokens WHERE expires_at <= ?1 LIMIT ?2)"""
FORGET_UNSENT = """
DELETE FROM outbox
WHERE tenant_id = ?1 AND id = ?2 AND NOT EXISTS (SELECT 1 FROM one_time_tokens WHERE id = ?3)"""


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    purpose: Purpose
    token_hash: str
    key_id: str
    expires_at: int
    created_at: int


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that still opens."""

    id: str
    user_id: str


class Mailed(msgspec.Struct, frozen=True):
    number: int


def mailed(email: str, purpose: Purpose, since: int) -> Statement:
    """How many links of a kind were made for an address, whoever they were for, as `Mailed`."""
    return sql(MAILED, email, purpose, since)


def insert(link: NewLink, user_id: str, *, since: int, most: int, most_to_address: int) -> Statement:
    """A link for a person, unless they got `most` of its kind `since`, or their address `most_to_address`.

    There is none for who is disabled or nobody either.
    """
    return sql(
        INSERT, link.id, link.purpose, user_id, link.token_hash, link.key_id, link.expires_at, link.created_at,
        since, most, most_to_address,
    )  # fmt: skip


def find(token_hash: str, purpose: Purpose, now: int) -> Statement:
    """The link with this token, while it opens, as `Link`."""
    return sql(FIND, token_hash, purpose, now)


def spend(link_id: str, now: int) -> Statement:
    """Use a link; changes nothing when somebody was first."""
    return sql(SPEND, link_id, now)


def void(user_id: str, purpose: Purpose, now: int) -> Statement:
    """No link of this kind that was sent before opens any more."""
    return sql(VOID, user_id, purpose, now)


def forget_unsent(user_id: str, outbox_id: str, link_id: str) -> Statement:
    """Take the mail back when there is no link to send."""
    return sql(FORGET_UNSENT, user_id, outbox_id, link_id)


def expire(now: int, limit: int) -> Statement:
    """Remove links that have expired, a bounded number at a time."""
    return sql(EXPIRE, now, limit)
