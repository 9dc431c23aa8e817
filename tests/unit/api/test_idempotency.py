"""Idempotency keys are scoped to method and route and tied to the request."""

import base64
import hashlib

import msgspec
import pytest

from api.core.idempotency import KEPT, Stored, is_expired, read_key, replay
from api.edge.answers import Answer
from propflow.errors import BadRequest, Unprocessable
from propflow.keyring import Keyring


def ring(current: str, *kids: str) -> Keyring:
    keys = {kid: base64.b64encode(kid.encode() * 16).decode() for kid in (current, *kids)}
    return Keyring.parse(msgspec.json.encode({"current": current, "keys": keys}).decode())


RING = ring("k1")


def test_a_key_belongs_to_its_method_and_route() -> None:
    keys = [read_key(RING, "k", method, path, b"") for method in ("POST", "DELETE") for path in ("/a", "/b")]
    assert len({key.key_hash for key in keys}) == 4


@pytest.mark.parametrize("header", ["", "x" * 256])
def test_an_empty_or_overlong_key_is_refused(header: str) -> None:
    with pytest.raises(BadRequest, match="invalid_idempotency_key"):
        read_key(RING, header, "POST", "/a", b"")


def test_the_longest_key_is_accepted() -> None:
    assert read_key(RING, "x" * 255, "POST", "/a", b"").key_hash


def test_a_replay_is_equal_and_says_so() -> None:
    key = read_key(RING, "k", "POST", "/a", b"{}")
    stored = Stored(key.fingerprint, 201, '{"Location":"/a/1"}', '{"id":1}', 0)
    headers = {"Location": "/a/1", "Idempotency-Replayed": "true"}
    assert replay(stored, key) == Answer(status=201, body='{"id":1}', headers=headers)


def test_another_body_is_refused() -> None:
    key = read_key(RING, "k", "POST", "/a", b"{}")
    with pytest.raises(Unprocessable, match="idempotency_key_reused"):
        replay(Stored("other", 201, "{}", "{}", 0), key)


def fingerprint(query: list[tuple[str, str]], if_match: str | None = None) -> str:
    return read_key(RING, "k", "DELETE", "/a", b"", query, if_match).fingerprint


def test_another_query_or_another_if_match_is_another_request() -> None:
    one, other = [("series", "true")], [("series", "false")]
    asked = [fingerprint([]), fingerprint(one), fingerprint(other), fingerprint([], '"1"'), fingerprint([], '"2"')]
    asked += [fingerprint(one, '"1"'), fingerprint([("series", "true"), ("series", "true")])]
    assert len(set(asked)) == len(asked)


def test_the_order_of_the_query_does_not_count() -> None:
    assert fingerprint([("a", "1"), ("b", "2")]) == fingerprint([("b", "2"), ("a", "1")])


def test_nobody_can_tell_from_a_fingerprint_what_was_sent_without_our_key() -> None:
    assert fingerprint([]) != hashlib.sha256(b"").hexdigest()
    assert len({read_key(ring(kid), "k", "POST", "/a", b"{}").fingerprint for kid in ("k1", "k2")}) == 2


def test_a_retry_finds_its_answer_after_another_key_became_current() -> None:
    stored = Stored(read_key(RING, "k", "POST", "/a", b"{}").fingerprint, 201, "{}", "{}", 0)
    assert replay(stored, read_key(ring("k2", "k1"), "k", "POST", "/a", b"{}")).status == 201
    with pytest.raises(Unprocessable):
        replay(stored, read_key(ring("k2"), "k", "POST", "/a", b"{}"))


def test_a_retry_finds_its_answer_of_the_time_before_fingerprints_had_a_key() -> None:
    stored = Stored(hashlib.sha256(b"{}").hexdigest(), 201, "{}", "{}", 0)
    assert replay(stored, read_key(RING, "k", "POST", "/a", b"{}")).status == 201


def test_a_key_may_be_used_anew_after_72_hours() -> None:
    stored = Stored("f", 201, "{}", "{}", 1000)
    assert not is_expired(stored, 1000 + KEPT - 1)
    assert is_expired(stored, 1000 + KEPT)
