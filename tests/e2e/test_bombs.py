"""Bodies, headers and connections that are meant to hurt: refused in bounded time and memory, and nobody else waits."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from support.client import Api
from support.standin_client import StandIn
from support.suite import Suite
from support.surface.bombs import Bomb, bombs
from support.surface.document import operations
from support.surface.raw import Heard, head, say
from support.surface.state import digest, settled
from support.surface.world import World, new_world

BOUND = 60.0  # seconds, on a machine that does other things too
PATIENCE = 2 * BOUND  # who is not answered at all must exceed the bound
OTHERS = 30.0  # seconds that somebody else may take; who had to wait for the slow would be there longer
GROWTH = 150_000  # KiB by which the runtime may grow: the largest body is 1 MiB
SLOW = 50
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def world(suite: Suite, standin: StandIn) -> Iterator[World]:
    made = new_world(suite, standin, "Alice").everything()
    settled(suite)
    yield made
    made.manager.api.close()


@pytest.fixture
def grown(suite: Suite) -> Callable[[], int]:
    """By how many KiB the runtime has grown since the test began."""
    before = suite.stats()["rss_kb"]
    return lambda: int(suite.stats()["rss_kb"] - before)


def test_every_route_refuses_every_bomb(suite: Suite, world: World, grown: Callable[[], int]) -> None:
    thrown = [bomb for operation in operations(suite.url) if operation.body for bomb in bombs(operation, world)]
    stay_noted(suite, world)
    before = digest(suite, world.tenant_id)
    found = asyncio.run(throw(suite, world, thrown))
    slowest = max(seconds for _, seconds in found)
    print(f"\nbombs: {len(thrown)} requests, slowest {slowest * 1000:.0f} ms, RSS {grown():+} KiB")
    wrongly = [f"{bomb.operation.name} {bomb.name}: {answer.status_code} {answer.text[:200]}"
               for bomb, (answer, _) in zip(thrown, found, strict=True)
               if answer.status_code not in (400, 401, 411, 413, 415, 422)]  # fmt: skip
    assert wrongly == []
    assert slowest < BOUND and grown() < GROWTH
    settled(suite)
    after = digest(suite, world.tenant_id)
    assert {name for name in before if before[name] != after[name]} <= {"DB_CORE.usage_days"}


def stay_noted(suite: Suite, world: World) -> None:
    """That a session is in use is written every five minutes: not of this one, however long the bombs take."""
    ahead = time.time_ns() // 1_000_000 + 3_600_000
    suite.d1("UPDATE sessions SET last_seen_at = ?2 WHERE tenant_id = ?1", world.tenant_id, ahead)


async def throw(suite: Suite, world: World, thrown: list[Bomb]) -> list[tuple[httpx.Response, float]]:
    gate = asyncio.Semaphore(8)

    async def one(client: httpx.AsyncClient, bomb: Bomb) -> tuple[httpx.Response, float]:
        headers = {"Authorization": f"Bearer {world.manager.token}", "Content-Type": bomb.kind, **dict(bomb.more)}
        headers |= {"Idempotency-Key": f"bomb-{id(bomb)}", "If-Match": '"1"'}
        async with gate:
            begun = time.perf_counter()
            answer = await client.request(bomb.operation.method, bomb.url, content=bomb.body, headers=headers)
            return answer, time.perf_counter() - begun

    async with httpx.AsyncClient(base_url=suite.url, timeout=PATIENCE) as client:
        return list(await asyncio.gather(*[one(client, bomb) for bomb in thrown]))


def test_an_endless_body_is_answered_before_it_ends(suite: Suite, grown: Callable[[], int]) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    start = head("POST", "/v1/auth/login", "Content-Type: application/json", "Transfer-Encoding: chunked")

    def endless() -> Iterator[bytes]:
        yield start
        while True:
            yield chunk

    heard = say(suite.url, endless(), PATIENCE)
    print(f"\nendless body: {heard.status} after {heard.seconds:.2f} s, RSS {grown():+} KiB")
    assert heard.refused and heard.seconds < BOUND, heard
    assert grown() < GROWTH


def odd_requests() -> list[tuple[str, list[bytes]]]:
    """Heads that no client sends."""
    plenty = [f"X-N{number}: {number}" for number in range(200)]
    heavy = [f"X-N{number}: {'x' * 1_000}" for number in range(100)]
    body = ["Content-Type: application/json", "Authorization: Bearer x"]
    login = "/v1/auth/login"
    return [
        ("200 headers", [head("GET", "/v1/me", *plenty)]),
        ("100 KB of headers", [head("GET", "/v1/me", *heavy)]),
        ("a header of 64 KB", [head("GET", "/v1/me", "X-Long: " + "x" * 65_536)]),
        ("a token of 1 MB", [head("GET", "/v1/me", "Authorization: Bearer " + "x" * 1_000_000)]),
        ("a cookie of 64 KB", [head("GET", "/v1/me", "Cookie: __Host-session=" + "x" * 65_536)]),
        ("10,000 cookies", [head("GET", "/v1/me", "Cookie: " + "; ".join(f"a{n}=b" for n in range(10_000)))]),
        ("a path of 100 KB", [head("GET", "/v1/units/" + "x" * 100_000)]),
        ("a query of 100 KB", [head("GET", "/v1/units?property_id=" + "x" * 100_000)]),
        ("10,000 parameters", [head("GET", "/v1/units?" + "&".join(f"a{n}=b" for n in range(10_000)))]),
        ("two lengths", [head("POST", login, *body, "Content-Length: 2", "Content-Length: 3") + b"{}x"]),
        ("a length and chunks",
         [head("POST", login, *body, "Content-Length: 2", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n"]),
        ("a length below zero", [head("POST", login, *body, "Content-Length: -1") + b"{}"]),
        ("a length of 30 digits", [head("POST", login, *body, "Content-Length: " + "9" * 30) + b"{}"]),
        ("a length that is no number", [head("POST", login, *body, "Content-Length: two") + b"{}"]),
        ("a length of 1 GB", [head("POST", login, *body, "Content-Length: 1000000000") + b"{}"]),
        ("no body at all", [head("POST", login, *body, "Content-Length: 0")]),
        ("a NUL in a header", [head("GET", "/v1/me", "X-Nul: a\0b")]),
        ("a path that climbs", [head("GET", "/v1/../../../../etc/passwd")]),
        ("no such version", [b"GET /v1/me HTTP/9.9\r\nHost: a\r\n\r\n"]),
        ("no HTTP", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n"]),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "parts"), odd_requests(), ids=lambda one: one if isinstance(one, str) else "")
def test_an_odd_request_is_refused(suite: Suite, name: str, parts: list[bytes]) -> None:
    heard = say(suite.url, parts, PATIENCE)
    assert heard.refused, f"{name}: {heard.text[:300]}"
    assert heard.seconds < BOUND, f"{name} took {heard.seconds:.1f} s"


def test_slow_uploads_keep_nobody_waiting(suite: Suite, world: World, grown: Callable[[], int]) -> None:
    """Fifty clients send a byte now and then; others are served meanwhile, and the fifty are answered in the end."""
    stop = threading.Event()
    body = b'{"email": "slow@example.net", "password": "' + b"x" * 300 + b'"}'

    def drip() -> Heard:
        start = head("POST", "/v1/auth/login", "Content-Type: application/json", f"Content-Length: {len(body)}")

        def bytes_now_and_then() -> Iterator[bytes]:
            yield start
            for position in range(len(body)):
                if stop.wait(0.5):
                    yield body[position:]
                    return
                yield body[position : position + 1]

        return say(suite.url, bytes_now_and_then(), patience=300)

    with ThreadPoolExecutor(SLOW) as pool:
        slow = [pool.submit(drip) for _ in range(SLOW)]
        time.sleep(1)
        served = [timed(suite, world) for _ in range(20)]
        stop.set()
        heard = [one.result() for one in slow]
    print(f"\nslow uploads: {SLOW}, others waited at most {max(served) * 1000:.0f} ms, RSS {grown():+} KiB")
    assert max(served) < OTHERS
    assert all(one.status == 422 for one in heard), {one.status for one in heard}
    assert grown() < GROWTH


def test_connections_that_say_nothing_keep_nobody_waiting(suite: Suite, world: World) -> None:
    host, port = suite.url.removeprefix("http://").split(":")
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            line = stack.enter_context(socket.create_connection((host, int(port)), timeout=BOUND))
            line.sendall(b"POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nX-Slow:")
        assert max(timed(suite, world) for _ in range(10)) < OTHERS


def timed(suite: Suite, world: World) -> float:
    begun = time.perf_counter()
    api = Api(suite.url, world.manager.token)
    assert api.me().status_code == 200
    api.close()
    return time.perf_counter() - begun
