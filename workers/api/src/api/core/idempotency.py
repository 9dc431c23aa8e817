"""Idempotency keys: the first answer is written in the batch that holds its effect and replayed ever after.

A concurrent twin loses on the primary key, its whole batch is rolled back, and it answers what the winner wrote;
so there is no "still running" state to get stuck in. Kept 72 hours; a long answer lies elsewhere (`kept_answers.py`).
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from api.core.context import Caller, Context, Key
from api.edge.answers import Answer
from api.edge.headers import LONGEST_KEY
from propflow.bindings.d1 import Statement, sql
from propflow.clock import HOUR
from propflow.errors import BadRequest, Unprocessable
from propflow.json_text import json_text
from propflow.keyring import Keyring

KEPT = 72 * HOUR
LONGEST_BODY = 16 * 1024  # bytes that a row holds
COUNTED_BODY = 4 * 1024  # characters: what is longer counts for the amount below, as the triggers on the table have it
MOST_KEPT = 64 * 1024 * 1024  # bytes of long answers that a tenant has kept at a time
PURPOSE = "idempotency"
NOT_KEPT = "none"  # stands for the place of an answer that nobody has

COLUMNS = "k.fingerprint, k.status, k.headers, k.body, k.created_at, k.kept_id"
FIND = f"""
SELECT {COLUMNS} FROM idempotency_keys AS k WHERE k.tenant_id = ?1 AND k.principal_id = ?2 AND k.key_hash = ?3"""

# Joined with the credential so that authenticating and looking up the key are one round trip.
# An answer from before a restriction to some properties may show another one, so it is not found here: the request is
# judged again, and only when nothing it names lies outside does it run into the stored row, and get that answer.
FIND_BY_SESSION = f"""
SELECT {COLUMNS} FROM sessions AS s
JOIN idempotency_keys AS k ON k.tenant_id = s.tenant_id AND k.principal_id = s.user_id AND k.key_hash = ?2
WHERE s.token_hash = ?1 AND NOT EXISTS (
  SELECT 1 FROM memberships AS m WHERE m.tenant_id = s.tenant_id AND m.user_id = s.user_id
    AND m.property_ids IS NOT NULL AND m.updated_at >= k.created_at)"""
FIND_BY_API_KEY = f"""
SELECT {COLUMNS} FROM api_keys AS a
JOIN idempotency_keys AS k ON k.tenant_id = a.tenant_id AND k.principal_id = a.id AND k.key_hash = ?2
WHERE a.key_hash = ?1"""

INTO = """
INTO idempotency_keys (tenant_id, principal_id, key_hash, fingerprint, status, headers, body, created_at, kept_id)"""
SHORT = f"{INTO} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
LONG = f"""{INTO}
SELECT ?1, ?2, ?3, ?4, ?5, ?6, iif(fits, ?7, ''), ?8, iif(fits, ?9, '{NOT_KEPT}') FROM (
  SELECT length(?7) + coalesce((SELECT used FROM usage_counters
    WHERE tenant_id = ?1 AND meter = 'answer_bytes' AND period = ''), 0) <= {MOST_KEPT} AS fits)"""

# Only what has expired: a twin may just have written the fresh answer.
FORGET = """
DELETE FROM idempotency_keys WHERE tenant_id = ?1 AND principal_id = ?2 AND key_hash = ?3 AND created_at <= ?4"""

EXPIRE = """
DELETE FROM idempotency_keys WHERE (tenant_id, principal_id, key_hash) IN
(SELECT tenant_id, principal_id, key_hash FROM idempotency_keys WHERE created_at <= ?1 LIMIT ?2)"""


class Replayed(Exception):
    """Not a failure: the request was carried out before, and this is what it answered."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("replayed")
        self.answer = answer


class Stored(msgspec.Struct, frozen=True):
    """The answer that a key got before."""

    fingerprint: str
    status: int
    headers: str
    body: str
    created_at: int
    kept_id: str | None = None


class Kept(msgspec.Struct, frozen=True):
    """What a row holds of an answer: its body, or where it lies."""

    body: str
    kept_id: str | None = None


def read_key(
    keyring: Keyring, header: str, method: str, path: str, body: bytes, query: Sequence[tuple[str, str]] = (),
    if_match: str | None = None,
) -> Key:  # fmt: skip
    """The key of a request. Raises BadRequest for an empty or overlong one.

    Bodies may hold a password beside what the database knows, so a digest that anybody can compute would let whoever
    has the database guess it fast: fingerprints are made with a key of ours.
    """
    if not 0 < len(header) <= LONGEST_KEY:
        raise BadRequest(
            "invalid_idempotency_key", f"Idempotency-Key must have 1 to {LONGEST_KEY} characters.",
            param="Idempotency-Key",
        )  # fmt: skip
    scope = "\n".join((method, path, header))
    asked = _digest(body, query, if_match)
    former = [_fingerprint(keyring, kid, asked) for kid in keyring.keys if kid != keyring.current]
    return Key(
        key_hash=hashlib.sha256(scope.encode()).hexdigest(),
        fingerprint=_fingerprint(keyring, keyring.current, asked), former=(*former, asked),
    )  # fmt: skip


def _digest(body: bytes, query: Sequence[tuple[str, str]], if_match: str | None) -> str:
    """What a request asks for: its body, its query in any order, and the version that it has seen.

    Rows of the time before fingerprints had a key hold this; of a request with nothing but a body it is what it was
    before the others counted. So retries find their answers across a deploy.
    """
    digest = hashlib.sha256(body).hexdigest()
    if not query and if_match is None:
        return digest
    rest = msgspec.json.encode([sorted(query), if_match])
    return f"{digest}.{hashlib.sha256(rest).hexdigest()}"


def _fingerprint(keyring: Keyring, kid: str, asked: str) -> str:
    return hmac.new(keyring.derived(kid, PURPOSE), asked.encode(), hashlib.sha256).hexdigest()


def find_first(credential: str, is_api_key: bool, key: Key) -> Statement:
    """Look the key up for whoever owns the credential, before it is known who that is; as `Stored`."""
    return sql(FIND_BY_API_KEY if is_api_key else FIND_BY_SESSION, credential, key.key_hash)


def find(caller: Caller, key: Key) -> Statement:
    """Look the key up, as `Stored`."""
    return sql(FIND, caller.tenant_id, caller.principal_id, key.key_hash)


def is_expired(stored: Stored, now: int) -> bool:
    """Whether the key may be used anew although its row has not been swept yet."""
    return stored.created_at <= now - KEPT


def replay(stored: Stored, key: Key) -> Answer:
    """The stored answer, marked as a replay. Raises Unprocessable when the request was another one."""
    if stored.fingerprint not in (key.fingerprint, *key.former):
        raise Unprocessable(
            "idempotency_key_reused", "This Idempotency-Key was used before with another request.",
            param="Idempotency-Key",
        )  # fmt: skip
    headers = {**msgspec.json.decode(stored.headers, type=dict[str, str]), "Idempotency-Replayed": "true"}
    return Answer(status=stored.status, body=stored.body, headers=headers)


def remember(caller: Caller, key: Key, answer: Answer, kept: Kept, now: int) -> list[Statement]:
    """Store the answer in the batch of its effect: the first statement, so that a twin fails on it before all else."""
    return [*_forget(caller, key, now), _insert("INSERT", caller, key, answer, kept, now)]


def remember_failure(caller: Caller, key: Key, answer: Answer, kept: Kept, now: int) -> list[Statement]:
    """Store a business conflict, so that the same key gives the same answer although nothing was changed.

    The last statement reads what is stored now, as `Stored`: a twin may have been first, and then it counts.
    """
    insert = _insert("INSERT OR IGNORE", caller, key, answer, kept, now)
    return [*_forget(caller, key, now), insert, find(caller, key)]


def is_ours(stored: Stored, answer: Answer, kept: Kept) -> bool:
    """Whether the row holds this answer and not a twin's."""
    if stored.kept_id == NOT_KEPT:
        return stored.status == answer.status
    return (stored.body, stored.kept_id) == (kept.body, kept.kept_id)


def _forget(caller: Caller, key: Key, now: int) -> list[Statement]:
    return [sql(FORGET, caller.tenant_id, caller.principal_id, key.key_hash, now - KEPT)] if key.expired else []


def _insert(verb: str, caller: Caller, key: Key, answer: Answer, kept: Kept, now: int) -> Statement:
    headers = json_text(answer.headers)
    text = verb + (LONG if len(kept.body) > COUNTED_BODY else SHORT)
    return sql(
        text, caller.tenant_id, caller.principal_id, key.key_hash, key.fingerprint,
        answer.status, headers, kept.body, now, kept.kept_id,
    )  # fmt: skip


def require(ctx: Context) -> None:
    """Where a unit or money is taken a client must be able to retry safely."""
    if ctx.key is None:
        raise BadRequest(
            "idempotency_key_required",
            "Send an Idempotency-Key header: any string of your own that is unique to this attempt.",
            param="Idempotency-Key",
        )


def expire(now: int, limit: int) -> Statement:
    """Forget what is older than 72 hours, a bounded number at a time."""
    return sql(EXPIRE, now - KEPT, limit)
