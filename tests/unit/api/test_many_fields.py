"""What is at fault is counted before it is described: a fault costs much more than the few bytes that make it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import api
from api.edge.schemas import MOST_FIELDS, Input
from api.inventory.properties.schemas import MOST_CUSTOM_FIELDS, PropertyChange
from api.inventory.units.schemas import UnitChange

ROOT = Path(api.__path__[0])
NAMES = sorted(".".join(path.relative_to(ROOT.parent).with_suffix("").parts) for path in ROOT.rglob("schemas.py"))


def inputs() -> list[type[Input]]:
    """Everything that a body may be or hold."""
    found = [vars(importlib.import_module(name)) for name in NAMES]
    kinds = {one for names in found for one in names.values() if isinstance(one, type) and issubclass(one, Input)}
    return sorted(kinds - {Input}, key=lambda one: f"{one.__module__}.{one.__name__}")


def faults(kind: type[BaseModel], body: dict[str, Any]) -> list[tuple[tuple[Any, ...], str]]:
    with pytest.raises(ValidationError) as refused:
        kind.model_validate(body)
    return [(error["loc"], error["type"]) for error in refused.value.errors()]


@pytest.mark.parametrize("kind", inputs(), ids=lambda kind: kind.__name__)
def test_an_object_with_very_many_fields_is_one_fault(kind: type[Input]) -> None:
    assert faults(kind, {f"{number:x}": None for number in range(20_000)}) == [((), "value_error")]
    assert len(kind.model_fields) * 2 < MOST_FIELDS


@pytest.mark.parametrize("kind", [UnitChange, PropertyChange])
@pytest.mark.parametrize("value", [None, [], "x" * 3_000, 1])
@pytest.mark.parametrize("name", ["a{}", "*{}"])
def test_so_are_very_many_custom_fields(kind: type[Input], value: Any, name: str) -> None:
    fields = {name.format(number): value for number in range(20_000)}
    assert faults(kind, {"custom_fields": fields}) == [(("custom_fields",), "too_long")]
    enough = {f"a{number}": 1 for number in range(MOST_CUSTOM_FIELDS)}
    assert len(kind.model_validate({"custom_fields": enough}).model_dump()["custom_fields"]) == MOST_CUSTOM_FIELDS
