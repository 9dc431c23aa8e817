"""Where this host is not like production, and known not to be. Each test stands in the table of infra/local/README.md.

When one of these fails, the difference is gone: change the table.
"""

import asyncio
import time

import aiohttp
import httpx

from .conftest import Host


def test_pbkdf2_may_have_more_than_100_000_iterations(host: Host) -> None:
    assert len(host.rpc("Crypto", "pbkdf2", 100_001)) == 64


def test_kv_shows_a_write_at_once(host: Host) -> None:
    assert host.rpc("Storage", "kv_is_immediate")


def test_kv_takes_more_than_one_write_per_second_to_a_key(host: Host) -> None:
    assert all(host.rpc("Storage", "kv_is_immediate") for _ in range(3))


def test_fetch_reaches_this_machine(host: Host) -> None:
    assert "/canary" in host.rpc("Boot", "text_of", f"{host.url}/canary")


def test_javascript_objects_may_be_made_at_import(host: Host) -> None:
    assert host.rpc("Boot", "javascript_object_at_import") == "[object Object]"


def test_webassembly_may_be_compiled(host: Host) -> None:
    assert host.rpc("Boot", "has_unsafe_eval")


def test_an_uncaught_error_is_shown_to_the_http_client(host: Host) -> None:
    assert "the fetch handler failed" in httpx.get(f"{host.url}/fail", timeout=60).text


async def _close(url: str) -> int | None:
    patience = aiohttp.ClientWSTimeout(ws_close=1)
    async with aiohttp.ClientSession() as session, session.ws_connect(url, timeout=patience) as socket:
        await socket.close(code=4001)
        return socket.close_code


def test_the_close_of_a_hibernating_socket_is_not_answered(host: Host) -> None:
    assert asyncio.run(_close(f"{host.url}/socket/closing")) == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


def test_the_clock_runs_while_python_computes(host: Host) -> None:
    assert host.rpc("Boot", "clock_runs")


def test_memory_is_not_limited(host: Host) -> None:
    assert host.rpc("Boot", "allocate", 200) == 200


def test_processor_time_is_not_limited(host: Host) -> None:
    begun = time.monotonic()
    host.rpc("Boot", "compute", 0.5)
    assert time.monotonic() - begun >= 0.5, "production's free plan ends a call after 10 ms"


def test_a_queue_is_delivered_in_order(host: Host) -> None:
    host.rpc("Messages", "order", 20)
    look = lambda: host.rpc("Messages", "ordered")  # noqa: E731
    assert host.eventually(look, lambda seen: len(seen) == 20) == list(range(20))
