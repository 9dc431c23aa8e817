"""Operation ids are names in other people's programs: one may come, none may change or go."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from support.process import ROOT

from api.app import build
from api.edge.openapi import describe
from api.edge.operations import NAMED, operation_id

DOCUMENT: dict[str, Any] = build().openapi()
SERVED = {
    (operation["operationId"], f"{method.upper()} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
FROZEN = [line.split(maxsplit=1) for line in (ROOT / "docs/operations.txt").read_text().splitlines()]


def test_every_id_that_was_ever_given_still_names_its_operation() -> None:
    gone = {(name, place) for name, place in FROZEN} - SERVED
    assert gone == set(), "whoever generated a client calls these"


def test_every_id_is_in_the_list() -> None:
    new = sorted(f"{name}  {place}" for name, place in SERVED - {(name, place) for name, place in FROZEN})
    assert new == [], "add these to docs/operations.txt if they are to stay as they are"


def test_the_list_is_in_order_and_names_each_once() -> None:
    names = [name for name, _ in FROZEN]
    assert names == sorted(set(names))


def test_every_id_is_a_resource_and_a_verb() -> None:
    assert [name for name, _ in SERVED if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name)] == []


def test_every_exception_is_one() -> None:
    places = {(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert NAMED.keys() <= places


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("get", "/v1/bookings", "bookings.list"),
        ("post", "/v1/bookings", "bookings.create"),
        ("get", "/v1/bookings/{booking_id}", "bookings.get"),
        ("patch", "/v1/bookings/{booking_id}", "bookings.update"),
        ("delete", "/v1/blocks/{block_id}", "blocks.delete"),
        ("post", "/v1/bookings/{booking_id}/cancel", "bookings.cancel"),
        ("post", "/v1/bookings/swap", "bookings.swap"),
        ("get", "/v1/tenant", "tenant.get"),
        ("put", "/v1/units/{unit_id}/rates", "units.rates.replace"),
        ("post", "/v1/units/{unit_id}/exports", "units.exports.create"),
        ("get", "/v1/feeds/{feed_id}/runs/{run_id}", "feeds.runs.get"),
    ],
)
def test_an_id_follows_from_method_and_path(method: str, path: str, name: str) -> None:
    assert operation_id(method, path) == name


def test_two_operations_with_one_id_are_refused() -> None:
    app = FastAPI()
    app.add_api_route("/v1/things/{thing_id}", lambda thing_id: None, methods=["GET"])
    app.add_api_route("/things/{thing_id}", lambda thing_id: None, methods=["GET"])
    with pytest.raises(ValueError, match=r"one id: things\.get"):
        describe(app)
