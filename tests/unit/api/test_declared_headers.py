"""The document declares the headers that the code behind each route reads and sends: no more, and no fewer."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from support.reach import calls, reached, reads, says

from api.app import DOMAINS, build
from api.core import idempotency
from api.core.commit import commit
from api.edge import preconditions
from api.edge.answers import answer
from api.edge.openapi import every_route

DOCUMENT: dict[str, Any] = build().openapi()
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def operations() -> Iterator[Any]:
    """Each operation with its route."""
    for domain in DOMAINS:
        for route in every_route(domain.routes.router):
            assert isinstance(route, APIRoute)
            for method in route.methods:
                yield pytest.param(route, method, id=f"{method} {route.path}")


ALL = list(operations())
every = pytest.mark.parametrize(("route", "method"), ALL)


def described(route: APIRoute, method: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][route.path][method.lower()]
    return found


def taken(route: APIRoute, method: str) -> dict[str, bool]:
    """The headers that may be sent, and whether they must be."""
    named = [one["$ref"].rpartition("/")[2] for one in described(route, method).get("parameters", []) if "$ref" in one]
    found = [DOCUMENT["components"]["parameters"][name] for name in named]
    return {one["name"]: one["required"] for one in found}


def given(route: APIRoute, method: str) -> set[str]:
    """The headers of what is answered when all is well."""
    answers = described(route, method)["responses"].items()
    return {name for status, answer in answers if status[0] in "23" for name in answer["headers"]}


def can_try(route: APIRoute) -> bool:
    """Whether a `dry_run` changes nothing, so that no header is needed."""
    bodies = [one.field_info.annotation for one in route.dependant.body_params]
    return any("dry_run" in getattr(one, "model_fields", {}) for one in bodies)


@every
def test_who_remembers_answers_takes_a_key_and_nobody_else_does(route: APIRoute, method: str) -> None:
    code = reached(route.endpoint)
    remembers = method in CHANGING and commit in code and not any(reads(one, "without_key") for one in code)
    assert ("Idempotency-Key" in taken(route, method)) == remembers
    assert ("Idempotency-Replayed" in given(route, method)) == remembers


@every
def test_a_key_is_required_where_the_code_requires_one(route: APIRoute, method: str) -> None:
    needed = idempotency.require in reached(route.endpoint) and not can_try(route)
    assert taken(route, method).get("Idempotency-Key", False) == needed
    if needed:
        assert "Needs an Idempotency-Key" in (route.endpoint.__doc__ or "")


@every
def test_who_checks_a_version_takes_if_match(route: APIRoute, method: str) -> None:
    checked = preconditions.check in reached(route.endpoint)
    assert ("If-Match" in taken(route, method)) == checked
    if checked:
        assert 412 in route.responses
    needed = 428 in route.responses and not can_try(route)
    assert taken(route, method).get("If-Match", False) == needed


@every
def test_who_has_an_answer_with_an_etag_may_ask_whether_it_is_the_same(route: APIRoute, method: str) -> None:
    assert ("If-None-Match" in taken(route, method)) == (method == "GET" and "ETag" in given(route, method))


@every
def test_who_looks_at_known_devices_takes_their_header(route: APIRoute, method: str) -> None:
    """But for the way back from Google, on which a browser sends cookies."""
    looks = any(reads(one, "known_as") for one in reached(route.endpoint))
    assert ("PropFlow-Device" in taken(route, method)) == (looks and method == "POST")


@every
def test_what_has_a_version_has_an_etag(route: APIRoute, method: str) -> None:
    code = reached(route.endpoint)
    tagged = any(calls(one, "answer", "version") or says(one, "ETag") for one in code - {answer})
    assert ("ETag" in given(route, method)) == tagged


@every
def test_what_is_made_and_can_be_read_says_where_it_is(route: APIRoute, method: str) -> None:
    located = any(calls(one, "answer", "location") for one in reached(route.endpoint))
    shown = {"201", "202"} & described(route, method)["responses"].keys()
    if "303" not in described(route, method)["responses"]:
        assert ("Location" in given(route, method)) == bool(located and shown)


@every
def test_every_answer_has_what_every_answer_has(route: APIRoute, method: str) -> None:
    for status, found in described(route, method)["responses"].items():
        name = found.get("$ref", "").rpartition("/")[2]
        headers = (DOCUMENT["components"]["responses"][name] if name else found)["headers"]
        assert {"Request-Id", "PropFlow-Cost", "RateLimit", "RateLimit-Policy"} <= headers.keys()
        assert ("Retry-After" in headers) == (status in ("429", "503"))
        assert ("WWW-Authenticate" in headers) == (status == "401")


def test_headers_are_described_once() -> None:
    described_operations = [one for methods in DOCUMENT["paths"].values() for one in methods.values()]
    sent = [one for operation in described_operations for one in operation.get("parameters", [])]
    assert not [one for one in sent if one.get("in") == "header"]
