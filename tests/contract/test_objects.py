"""Durable Objects."""

import asyncio
import json

import aiohttp
import pytest

from .conftest import Host, Refused

IMPATIENT = aiohttp.ClientWSTimeout(ws_receive=60, ws_close=0.3)
"""A close is not answered here: test_differences.py."""


def room(host: Host, name: str, method: str, *args: object) -> object:
    """A method of a Room."""
    return host.rpc("Objects", "call", "ROOM", name, method, *args)


def test_sqlite_keeps_rows_and_stores_true_as_text(host: Host) -> None:
    room(host, "sql", "note", "one", 1)
    room(host, "sql", "note", "true", True)
    assert room(host, "sql", "notes") == [["one", 1], ["true", "true"]]
    with pytest.raises(Refused, match=r"UNIQUE constraint failed: notes\.text"):
        room(host, "sql", "note", "one", 2)


def test_transaction_sync_rolls_back_and_raises_the_original_exception(host: Host) -> None:
    assert room(host, "transaction", "rolled_back") == "KeyError changed my mind"
    assert room(host, "transaction", "notes") == []
    assert room(host, "transaction", "committed") == 42


def test_reading_then_writing_storage_is_atomic(host: Host) -> None:
    assert host.rpc("Objects", "five", "atomic", "increment") == [1, 2, 3, 4, 5]


def test_waiting_for_anything_else_between_them_is_not(host: Host) -> None:
    counted = host.rpc("Objects", "five", "loose", "increment_loosely")
    assert counted[-1] < 5, "some have read what others had not written yet; how many depends on the machine"


def test_a_lock_on_the_instance_orders_calls(host: Host) -> None:
    assert host.rpc("Objects", "five", "locked", "increment_locked") == [1, 2, 3, 4, 5]


def test_9a_an_alarm_gets_a_raw_argument_and_is_retried_when_it_raises(host: Host) -> None:
    for name, fail, expected in (("calm", False, [[0, False]]), ("failing", True, [[0, False], [1, True]])):
        assert host.rpc("Objects", "call", "CLOCK", name, "set", fail)
        look = lambda name=name: host.rpc("Objects", "call", "CLOCK", name, "rung")  # noqa: E731
        assert host.eventually(look, lambda rung, expected=expected: len(rung) >= len(expected)) == expected


async def _talk(url: str) -> list[dict[str, object]]:
    answers = []
    async with aiohttp.ClientSession() as session, session.ws_connect(url, timeout=IMPATIENT) as socket:
        await socket.send_str("hello")
        answers.append(json.loads(await socket.receive_str(timeout=60)))
        await socket.send_bytes(b"\x00\xff")
        answers.append(json.loads(await socket.receive_str(timeout=60)))
        await socket.close(code=4001, message=b"bye")
    return answers


def test_9a_a_hibernating_socket_keeps_its_tags_and_attachment_and_hears_the_close(host: Host) -> None:
    text, binary = asyncio.run(_talk(f"{host.url}/socket/chat"))
    assert (text["user"], text["text"], text["tagged"]) == (7, "hello", 1)
    assert binary["text"] == "bytes b'\\x00\\xff'"
    assert host.eventually(lambda: room(host, "chat", "notes"), bool) == [["closed 4001 bye", 1]]


async def _sleep_between(url: str, seconds: float) -> tuple[str, str]:
    async with aiohttp.ClientSession() as session, session.ws_connect(url, timeout=IMPATIENT) as socket:
        await socket.send_str("before")
        before = json.loads(await socket.receive_str(timeout=60))
        await asyncio.sleep(seconds)
        await socket.send_str("after")
        after = json.loads(await socket.receive_str(timeout=60))
        return before["born"], after["born"]


def test_an_idle_object_hibernates_and_its_socket_wakes_it(host: Host) -> None:
    for seconds in (12, 20, 40):  # a busy machine may end it later
        before, after = asyncio.run(_sleep_between(f"{host.url}/socket/sleepy-{seconds}", seconds))
        if before != after:
            break
    assert before != after, "ten idle seconds should have ended the instance but not the socket"
