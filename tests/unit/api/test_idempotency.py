"""Idempotency keys are scoped to method and route and tied to the body."""

import hashlib

import pytest

from api.answers import Answer
from api.idempotency import KEPT, Stored, is_expired, read_key, replay
from propflow.errors import BadRequest, Unprocessable


def test_a_key_belongs_to_its_method_and_route() -> None:
    keys = [read_key("k", method, path, b"") for method in ("POST", "DELETE") for path in ("/a", "/b")]
    assert len({key.key_hash for key in keys if key}) == 4


@pytest.mark.parametrize("header", ["", "x" * 256])
def test_an_empty_or_overlong_key_is_refused(header: str) -> None:
    with pytest.raises(BadRequest, match="invalid_idempotency_key"):
        read_key(header, "POST", "/a", b"")


def test_the_longest_key_is_accepted() -> None:
    assert read_key("x" * 255, "POST", "/a", b"") is not None


def test_a_replay_is_equal_and_says_so() -> None:
    key = read_key("k", "POST", "/a", b"{}")
    assert key is not None
    stored = Stored(key.fingerprint, 201, '{"Location":"/a/1"}', '{"id":1}', 0)
    headers = {"Location": "/a/1", "Idempotency-Replayed": "true"}
    assert replay(stored, key) == Answer(status=201, body='{"id":1}', headers=headers)


def test_another_body_is_refused() -> None:
    key = read_key("k", "POST", "/a", b"{}")
    assert key is not None
    with pytest.raises(Unprocessable, match="idempotency_key_reused"):
        replay(Stored("other", 201, "{}", "{}", 0), key)


def fingerprint(query: list[tuple[str, str]], if_match: str | None = None) -> str:
    key = read_key("k", "DELETE", "/a", b"", query, if_match)
    assert key is not None
    return key.fingerprint


def test_another_query_or_another_if_match_is_another_request() -> None:
    one, other = [("series", "true")], [("series", "false")]
    asked = [fingerprint([]), fingerprint(one), fingerprint(other), fingerprint([], '"1"'), fingerprint([], '"2"')]
    asked += [fingerprint(one, '"1"'), fingerprint([("series", "true"), ("series", "true")])]
    assert len(set(asked)) == len(asked)


def test_the_order_of_the_query_does_not_count() -> None:
    assert fingerprint([("a", "1"), ("b", "2")]) == fingerprint([("b", "2"), ("a", "1")])


def test_a_request_with_nothing_but_a_body_is_found_under_the_fingerprint_that_it_had_before() -> None:
    assert fingerprint([]) == hashlib.sha256(b"").hexdigest()


def test_a_key_may_be_used_anew_after_72_hours() -> None:
    stored = Stored("f", 201, "{}", "{}", 1000)
    assert not is_expired(stored, 1000 + KEPT - 1)
    assert is_expired(stored, 1000 + KEPT)
