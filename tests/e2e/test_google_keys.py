"""Google's keys: asked for rarely, followed when they rotate, missed without a crash; and a product without Google."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from support.client import Api
from support.people import ok
from support.standin_client import StandIn
from support.suite import Suite

GARBAGE = 50
PAUSE = 60  # seconds between two looks for an unknown key


@pytest.fixture
def cold(suite: Suite, faults: StandIn) -> StandIn:
    """The product has just started and knows no keys."""
    suite.restart()
    faults.clear()
    return faults


def sign_in(api: Api, standin: StandIn, **token: Any) -> httpx.Response:
    nonce = str(ok(api.post("/v1/auth/google/nonce"), 200)["nonce"])
    claims = {"sub": "7" + secrets.token_hex(8), "email": f"k-{secrets.token_hex(6)}@example.net", "nonce": nonce}
    made = standin.google_token(claims=claims, **token)
    return api.post("/v1/auth/google", {"id_token": made, "nonce": nonce})


def asked(standin: StandIn) -> int:
    return len(standin.calls("google", "keys"))


def test_keys_are_fetched_kept_and_followed(cold: StandIn, api: Api) -> None:
    for mode in ("500", "429", "garbage", "refuse", "timeout"):
        cold.fault("google", mode, operation="keys")  # until cleared: a GET that is hung up on may be sent again
        answer = sign_in(api, cold)
        assert answer.status_code == 503 and answer.json()["code"] == "google_unreachable", mode
        assert answer.headers["retry-after"]
    cold.clear_faults()
    before = asked(cold)
    for _ in range(5):
        ok(sign_in(api, cold), 200)
    kept = asked(cold) - before
    cold.google_rotate()
    begun = time.monotonic()
    ok(sign_in(api, cold), 200)
    assert sign_in(api, cold, key="retired").status_code == 401
    followed = asked(cold) - before - kept
    refused = [sign_in(api, cold, header={"kid": secrets.token_hex(20)}) for _ in range(GARBAGE)]
    garbage = asked(cold) - before - kept - followed
    pauses = int((time.monotonic() - begun) / PAUSE)  # none, unless the machine is very slow
    print(
        f"fetches of the keys: {kept} for 5 sign-ins, {followed} for a rotation, {garbage} for {GARBAGE} invented kids"
    )
    assert {answer.status_code for answer in refused} == {401}
    assert (kept, followed) == (1, 1) and garbage <= pauses
    ok(sign_in(api, cold), 200)


def test_an_unknown_key_while_google_is_down_is_no_crash(cold: StandIn, api: Api) -> None:
    ok(sign_in(api, cold), 200)
    cold.fault("google", "500", operation="keys")
    begun = time.monotonic()
    first = sign_in(api, cold, header={"kid": "unknown"})
    rest = [sign_in(api, cold, header={"kid": "unknown"}).status_code for _ in range(5)]
    pauses = int((time.monotonic() - begun) / PAUSE)  # none, unless the machine is very slow
    assert first.status_code == 503 and set(rest) <= {401, 503} and rest.count(503) <= pauses
    ok(sign_in(api, cold), 200)  # who brings a known key is not concerned


@pytest.mark.parametrize("n", ["!" * 342, "A" * 342, "é" * 342])
def test_a_key_that_is_none_is_no_crash(cold: StandIn, api: Api, n: str) -> None:
    cold.google_rotate({"kty": "RSA", "kid": "broken", "use": "sig", "alg": "RS256", "n": n, "e": "AQAB"})
    answer = sign_in(api, cold, header={"kid": "broken"})
    assert (answer.status_code, answer.json()["code"]) in {(503, "google_unreachable"), (401, "google_token_invalid")}
    ok(sign_in(api, cold), 200)


@pytest.fixture(scope="module")
def bare(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The product without Google, and with limits."""
    settings = {"api": {"GOOGLE_CLIENT_ID": "", "GOOGLE_CLIENT_SECRET": ""}}
    runtime = Suite(standin.url, state=tmp_path_factory.mktemp("bare"), limits="on", vars=settings).start()
    yield runtime
    runtime.stop()


def test_without_google_every_door_says_so_and_is_limited(bare: Suite) -> None:
    api = Api(bare.url)
    token = {"id_token": "x", "nonce": "n" * 43}
    doors: list[tuple[str, Any]] = [("start", {}), ("nonce", {}), ("", token)]
    for name, body in doors:
        answer = api.post(f"/v1/auth/google/{name}".rstrip("/"), body)
        assert (answer.status_code, answer.json()["code"]) == (404, "google_not_configured")
    back = api.get("/v1/auth/google/callback", code="x", state="y")
    assert back.headers["location"] == f"{bare.url}/login?error=google_not_configured"
    # Until one is refused, and not a fixed number: a minute after the first attempt all would be let in again.
    starts = (api.post("/v1/auth/google/start", {}) for _ in range(60))
    let_in = list(itertools.takewhile(lambda answer: answer.status_code != 429, starts))
    print(f"after {len(let_in)} starts from one address the next was refused by the limit")
    refused = [api.post("/v1/auth/google/start", {}) for _ in range(5)]
    assert {answer.status_code for answer in refused} == {429}
    assert all(answer.headers["retry-after"] for answer in refused)
    assert api.get("/v1/auth/google/callback").headers["location"].endswith("error=too_many_attempts")
    api.close()
