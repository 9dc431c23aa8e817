"""Each schema of the document has a name of its own."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pydantic
import pytest
from fastapi import FastAPI

from api.app import build
from api.edge import documentation
from api.edge.documentation import shows
from api.edge.openapi import describe


def view(name: str, domain: str = "lamps", **fields: Any) -> type:
    """A Struct of this name, as the views of a domain define it."""
    return msgspec.defstruct(name, list(fields.items()), module=f"api.{domain}.views")


@pytest.fixture(autouse=True)
def _own_views(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(documentation, "VIEWS", dict(documentation.VIEWS))
    monkeypatch.setattr("api.edge.openapi.VIEWS", documentation.VIEWS)
    yield


def test_two_views_with_one_name_are_refused() -> None:
    shows(200, view("Lamp", watts=int))
    with pytest.raises(ValueError, match="two views bear the name Lamp"):
        shows(200, view("Lamp", "rooms", colour=str))


def test_one_view_is_shown_by_as_many_routes_as_like() -> None:
    lamp = view("Lamp", watts=int)
    assert shows(200, lamp) == shows(200, lamp)


def test_so_are_those_of_which_one_is_part_of_a_view() -> None:
    shows(200, view("Lamp", watts=int))
    shows(200, view("Room", lamp=view("Lamp", "rooms", colour=str)))
    with pytest.raises(ValueError, match=r"one name: .*Lamp"):
        describe(FastAPI())


def test_so_are_an_input_and_a_view_with_one_name() -> None:
    app = FastAPI()
    lamp = pydantic.create_model("Lamp", watts=(int, ...))

    def light(body: Any) -> None:
        """Switch it on."""

    light.__annotations__["body"] = lamp
    app.add_api_route("/v1/lamps", light, methods=["POST"], responses=shows(200, view("Lamp", watts=int)))
    with pytest.raises(ValueError, match="one name: Lamp"):
        describe(app)


def test_a_pair_of_one_kind_is_a_list_of_two() -> None:
    ranges = build().openapi()["components"]["schemas"]["FeedEvent"]["properties"]["ranges"]
    assert ranges["items"] == {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}}
