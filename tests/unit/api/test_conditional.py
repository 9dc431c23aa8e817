"""ETags that come back: which of them name an answer, which name a version, and what is sent then."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.edge.answers import answer
from api.edge.conditional import shortened
from api.edge.etags import is_known, names_version, tag_of

OPAQUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'), max_size=12)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('"3"', True), ('W/"3"', True), ("*", True), (" * ", True), ('"1", "2" ,W/"3"', True), ('"1","3"', True),
        ('"3-ab"', False), ('"33"', False), ("3", False), ('w/"3"x', True), ("", False), ('"', False), (',,"3",', True),
        ('"a,b"', False), ("W/*", False), ('"*"', False), ('"1", "2"', False),
    ],
)  # fmt: skip
def test_a_list_of_tags_names_an_answer_by_weak_comparison(header: str, known: bool) -> None:
    assert is_known(header, '"3"') is known
    assert is_known(header, 'W/"3"') is known


@given(st.lists(st.tuples(st.booleans(), OPAQUE), max_size=5), OPAQUE, st.sampled_from([",", ", ", " ,\t", ",,"]))
def test_exactly_the_tags_of_the_list_are_known_whatever_stands_in_them(
    tags: list[tuple[bool, str]], mine: str, between: str
) -> None:
    header = between.join(f'{"W/" if weak else ""}"{opaque}"' for weak, opaque in tags)
    assert is_known(header, f'"{mine}"') is (mine in [opaque for _, opaque in tags])


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ('"3"', True), ('"3-abcdefghijklmnop"', True), ('"1", "3"', True), ("*", True), ('W/"3"', False), ("3", False),
        ('"4"', False), ('"4-3"', False), ('"3-xyz"', False), ('"3-12"', False), ("", False), ('"-3"', False),
    ],
)  # fmt: skip
def test_a_change_names_the_version_and_not_what_else_was_shown(header: str, named: bool) -> None:
    assert names_version(header, 3) is named


def test_a_living_answer_has_another_tag_when_it_says_something_else() -> None:
    tags = [answer(200, view, version=3, living=True).headers["ETag"] for view in ({"a": 1}, {"a": 1}, {"a": 2})]
    assert tags[0] == tags[1] != tags[2]
    assert all(names_version(tag, 3) for tag in tags)
    assert answer(200, {"a": 1}, version=3).headers["ETag"] == tag_of(3) == '"3"'


Message = dict[str, Any]
HEADERS = [(b"content-type", b"application/json"), (b"Content-Length", b"2"), (b"etag", b'"3"'), (b"vary", b"origin")]


def sent(
    method: str, asked: list[bytes], status: int = 200, headers: list[tuple[bytes, bytes]] = HEADERS
) -> list[Message]:
    """What leaves when an application answers like this."""
    scope = {"type": "http", "method": method, "headers": [(b"if-none-match", one) for one in asked]}
    left: list[Message] = []

    async def send(message: Any) -> None:
        left.append(dict(message))

    async def application() -> None:
        conditional = shortened(scope, send)
        await conditional({"type": "http.response.start", "status": status, "headers": headers})
        await conditional({"type": "http.response.body", "body": b"{", "more_body": True})
        await conditional({"type": "http.response.body", "body": b"}", "more_body": False})

    asyncio.run(application())
    return left


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("asked", [[b'"3"'], [b"*"], [b'"1"', b'W/"3"']])
def test_what_the_caller_has_is_not_sent_again(method: str, asked: list[bytes]) -> None:
    start, *bodies = sent(method, asked)
    assert (start["status"], start["headers"]) == (304, HEADERS[2:])
    assert [(one["body"], one["more_body"]) for one in bodies] == [(b"", True), (b"", False)]


@pytest.mark.parametrize(
    ("method", "asked", "status", "headers"),
    [
        ("GET", [], 200, HEADERS), ("GET", [b'"2"'], 200, HEADERS), ("POST", [b'"3"'], 200, HEADERS),
        ("GET", [b"*"], 404, HEADERS), ("GET", [b"*"], 206, HEADERS), ("GET", [b"*"], 200, HEADERS[:2]),
        ("PATCH", [b"*"], 200, HEADERS), ("GET", [b"\xff"], 200, HEADERS),
    ],
)  # fmt: skip
def test_everything_else_leaves_as_it_is(
    method: str, asked: list[bytes], status: int, headers: list[tuple[bytes, bytes]]
) -> None:
    start, *bodies = sent(method, asked, status, headers)
    assert (start["status"], start["headers"]) == (status, headers)
    assert b"".join(one["body"] for one in bodies) == b"{}"
