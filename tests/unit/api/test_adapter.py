"""A request of the platform becomes the scope of an application, and what this answers becomes one response."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from api import adapter, app
from api.adapter import Call, scope_of
from api.door import ANSWERED, Door
from propflow import log
from propflow.bindings.convert import fields_of

CALL = Call(method="GET", url="https://api.example.net/v1/units?limit=3&q=a%20b", fields=[("accept", "*/*")])


def test_headers_are_read_from_one_text() -> None:
    assert fields_of("accept,text/html, */*\nx-empty,\nhost,a") == [
        ("accept", "text/html, */*"), ("x-empty", ""), ("host", "a"),
    ]  # fmt: skip
    assert fields_of("") == []


def test_a_header_is_found_by_its_name() -> None:
    call = Call(method="GET", url="https://a/", fields=[("accept", "*/*"), ("x-empty", "")])
    assert (call.header("accept"), call.header("x-empty"), call.header("host")) == ("*/*", "", None)


def test_the_scope_says_what_was_asked_for() -> None:
    scope = scope_of(CALL, "the bindings")
    assert (scope["scheme"], scope["path"], scope["query_string"]) == ("https", "/v1/units", b"limit=3&q=a%20b")
    assert (scope["headers"], scope["env"]) == ([(b"accept", b"*/*")], "the bindings")


@pytest.mark.parametrize(
    ("url", "path", "raw", "query"),
    [
        ("http://a/", "/", b"/", b""),
        ("http://a/v1/units/%C3%A4%2Fb", "/v1/units/ä/b", b"/v1/units/%C3%A4%2Fb", b""),
        ("http://a/%ff?x?y", "/\ufffd", b"/%ff", b"x?y"),
        ("http://a/b?c#d?e", "/b", b"/b", b"c"),
        ("http://a/b#d", "/b", b"/b", b""),
    ],
)
def test_a_path_is_decoded_once_and_its_query_is_left_as_it_came(url: str, path: str, raw: bytes, query: bytes) -> None:
    scope = scope_of(Call(method="GET", url=url, fields=[]), None)
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (path, raw, query)


async def whole(scope: Scope, receive: Receive, send: Send) -> None:
    assert (await receive())["body"] == b"asked"
    assert (await receive())["type"] == "http.disconnect"
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x", "ä".encode("latin-1"))]})
    await send({"type": "http.response.body", "body": b"one ", "more_body": True})
    await send({"type": "http.response.body", "body": b"whole"})


async def broken_off(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half of it", "more_body": True})
    raise ZeroDivisionError


async def told_already(scope: Scope, receive: Receive, send: Send) -> None:
    error = ZeroDivisionError()
    await app._on_defect(SimpleNamespace(scope=scope), error)  # type: ignore[arg-type]
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})
    assert scope[ANSWERED] is error
    raise error


def asked(application: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[tuple[str, str]], bytes]:
    async def body_of(raw: Any) -> bytes:
        return b"asked"

    monkeypatch.setattr(adapter, "body_of", body_of)
    monkeypatch.setattr(adapter, "answered", lambda *parts: parts)
    return asyncio.run(adapter.fetch(application, None, CALL, None))  # type: ignore[no-any-return]


def test_an_answer_in_pieces_leaves_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(whole, monkeypatch) == (201, [("x", "ä")], b"one whole")


@pytest.fixture
def defects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(log, "exception", lambda event, error, **more: found.append(f"{event} {type(error).__name__}"))
    return found


def test_a_defect_after_an_answer_began_is_recorded_and_answered(
    monkeypatch: pytest.MonkeyPatch, defects: list[str]
) -> None:
    status, fields, body = asked(Door(broken_off), monkeypatch)
    assert (status, json.loads(body)["code"]) == (500, "internal_error")
    assert json.loads(body)["request_id"] == dict(fields)["request-id"]
    assert defects == ["request.failed ZeroDivisionError"]


def test_a_defect_that_was_answered_is_recorded_once(monkeypatch: pytest.MonkeyPatch, defects: list[str]) -> None:
    status, _, body = asked(Door(told_already), monkeypatch)
    assert (status, body, defects) == (500, b"answered", ["request.failed ZeroDivisionError"])
