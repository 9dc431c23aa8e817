"""Google's key set is read for what it is, and kept for a bounded time."""

import asyncio
import json

import pytest

from api.people.google.keys import LEAST_AGE, LONGEST_AGE, MOST, PAUSE, Keys, lifetime, read
from propflow.bindings import http
from propflow.clock import HOUR, now_ms

GOOD = {"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "n": "n" * 342, "e": "AQAB"}


def keys(*wished: object) -> list[str]:
    return list(read(json.dumps({"keys": wished}).encode()))


def test_a_key_that_signs_is_kept() -> None:
    assert keys(GOOD) == ["k1"]
    assert keys(GOOD, GOOD | {"kid": "k2", "x5c": ["more"]}) == ["k1", "k2"]


@pytest.mark.parametrize(
    "changed", [{"kty": "EC"}, {"use": "enc"}, {"alg": "HS256"}, {"kid": ""}, {"n": "short"}, {"e": ""}]
)
def test_a_key_for_anything_else_is_not(changed: dict[str, str]) -> None:
    assert keys(GOOD | changed) == []


@pytest.mark.parametrize("odd", [GOOD | {"alg": None}, {"kid": 1}, {"keys": []}, [], "text", 1, None])
def test_a_key_that_cannot_be_read_costs_none_of_the_others(odd: object) -> None:
    assert keys(odd, GOOD, odd) == ["k1"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys": 1}', b'{"keys": [1]}', b"\xff", b'{"keys": null}'])
def test_what_is_no_key_set_holds_no_keys(body: bytes) -> None:
    assert read(body) == {}


def test_the_number_of_keys_is_bounded() -> None:
    assert len(keys(*[GOOD | {"kid": str(number)} for number in range(MOST + 5)])) == MOST


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("public, max-age=19793, must-revalidate, no-transform", 19_793_000),
        ("max-age=7200", 2 * HOUR), ("MAX-AGE=7200", 2 * HOUR), ("", LEAST_AGE), ("no-store", LEAST_AGE),
        ("max-age=0", LEAST_AGE), ("max-age=999999999", LONGEST_AGE), ("s-max-age=7200", LEAST_AGE),
        ("max-age=-1", LEAST_AGE), ("max-age=99999999999999999999", LEAST_AGE),
    ],
)  # fmt: skip
def test_keys_are_kept_as_long_as_google_says_within_bounds(header: str, kept: int) -> None:
    assert lifetime(header) == kept


class Google:
    """Answers after a while, with one more key each time."""

    def __init__(self) -> None:
        self.calls = 0

    async def call(self, method: str, url: str, **options: object) -> http.HttpAnswer:
        self.calls += 1
        listed = [GOOD | {"kid": f"k{number}"} for number in range(self.calls)]
        await asyncio.sleep(0.2)
        return http.HttpAnswer(
            status=200, headers={"cache-control": "max-age=7200"}, body=json.dumps({"keys": listed}).encode()
        )


def test_who_comes_while_the_keys_are_fetched_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    google, keys_of_google = Google(), Keys("https://google.example")
    monkeypatch.setattr(http, "call", google.call)
    now = now_ms()

    async def rotated() -> list[dict[str, str] | None]:
        assert await keys_of_google.find("k0", now) is not None
        return list(await asyncio.gather(*[keys_of_google.find("k1", now + PAUSE) for _ in range(5)]))

    assert None not in asyncio.run(rotated())
    assert google.calls == 2
    assert asyncio.run(keys_of_google.find("invented", now + PAUSE)) is None
    assert google.calls == 2, "whoever invents key ids makes no traffic"
