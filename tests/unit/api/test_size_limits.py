"""What is refused before any work."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effort import effort

from api.edge.size_limits import (
    DEEPEST,
    LARGEST_BODY,
    LARGEST_HEADERS,
    LARGEST_IMPORT,
    LONGEST_URL,
    MOST_HEADERS,
    is_text,
    is_too_deep,
    refused_by_headers,
    refused_by_size,
)

UNITS, FILE = "/v1/units", "/v1/imports/units"
VALUES = st.recursive(st.none() | st.integers() | st.text(alphabet='[]{}"\\ab'), lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='[]{}"\\'), inner))  # fmt: skip  # noqa: E501


def depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((depth(one) for one in inner), default=0)


@given(VALUES, st.integers(0, 40))
def test_depth_is_counted_as_a_parser_would(value: object, wrappers: int) -> None:
    for _ in range(wrappers):
        value = [value]
    assert is_too_deep(json.dumps(value).encode()) == (depth(value) > DEEPEST)


@pytest.mark.parametrize("body", [b"[" * 100, b'{"a":' * 100, b'["\\"",' * 100])
def test_a_body_that_never_closes_is_too_deep(body: bytes) -> None:
    assert is_too_deep(body)


@pytest.mark.parametrize("tail", [b'\\"', b'"', b"\\", b'\\"\\'])
def test_a_hostile_body_costs_linear_time(tail: bytes) -> None:
    body = b"[" * 33 + tail * (LARGEST_BODY // len(tail))
    bodies = (body[:LARGEST_BODY], body[: LARGEST_BODY - 1] + b"\\")
    most = 20
    _, spent = effort(lambda: [is_too_deep(one) for one in bodies], most)
    print(f"{spent:.1f} units of work")
    assert spent < most


def test_a_body_in_another_encoding_is_not_read_at_all() -> None:
    sly = '["\u0122",' + "[" * 200 + "]" * 200 + ',"\u0122"]'
    assert not is_text(sly.encode("utf-16-le"))
    assert not is_text(sly.encode("utf-32"))
    assert not is_text(b"\xff")
    assert is_text(sly.encode())


@pytest.mark.parametrize(
    ("length", "kind", "has_body", "status", "path"),
    [
        (None, None, False, None, UNITS),
        (str(LARGEST_BODY), "application/json; charset=utf-8", True, None, UNITS),
        ("0", None, True, None, UNITS),
        (str(LARGEST_BODY + 1), "application/json", True, 413, UNITS),
        (str(LARGEST_BODY + 1), "application/json", True, None, FILE),
        (str(LARGEST_IMPORT), "application/json", True, None, FILE),
        (str(LARGEST_IMPORT + 1), "application/json", True, 413, FILE),
        (None, "application/json", True, 411, UNITS),
        ("-1", "application/json", True, 411, UNITS),
        ("2", "text/plain", True, 415, UNITS),
        ("2", None, True, 415, FILE),
    ],
)
def test_headers_alone_may_be_reason_enough(
    length: str | None, kind: str | None, has_body: bool, status: int | None, path: str
) -> None:
    found = refused_by_headers("POST", path, length, kind, has_body)
    assert (found[0] if found else None) == status


@pytest.mark.parametrize(
    ("url", "headers", "status"),
    [
        ("h" * LONGEST_URL, "a,1", None),
        ("h" * (LONGEST_URL + 1), "a,1", 414),
        ("h", "\n".join(["a,1"] * MOST_HEADERS), None),
        ("h", "\n".join(["a,1"] * (MOST_HEADERS + 1)), 431),
        ("h", "a," + "1" * (LARGEST_HEADERS - 2), None),
        ("h", "a," + "1" * (LARGEST_HEADERS - 1), 431),
        ("h", "", None),
    ],
)
def test_an_address_and_headers_have_a_size(url: str, headers: str, status: int | None) -> None:
    found = refused_by_size(url, headers)
    assert (found[0] if found else None) == status
