"""Nothing that a request brings is without a bound: the API's own document says how long each part may be."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.process import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/openapi.json").read_text())
VERBS = {"get", "post", "put", "patch", "delete"}
# Of an address and of headers the door bounds the whole; what only asks or names a device is compared and kept nowhere.
APART = {"If-None-Match", "PropFlow-Device", "code", "state", "error"}
ENDLESS = re.compile(r"(?<!\\)[*+]|,\}")


def unbounded(schema: dict[str, Any], path: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Where a schema has strings, lists or maps of any length."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from unbounded(DOCUMENT["components"]["schemas"][name], path, seen | {name})
        return
    for part in (*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])):
        yield from unbounded(part, path, seen)
    kind = schema.get("type")
    if kind == "string" and not _is_short(schema):
        yield path
    if kind == "array":
        if "maxItems" not in schema:
            yield f"{path}[]"
        yield from unbounded(schema["items"], f"{path}[]", seen)
    for name, part in schema.get("properties", {}).items():
        yield from unbounded(part, f"{path}.{name}", seen)
    if isinstance(others := schema.get("additionalProperties"), dict):
        if "maxProperties" not in schema:
            yield f"{path}{{}}"
        yield from unbounded(others, f"{path}{{}}", seen)


def resolved(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter that several operations share is described once."""
    name = parameter.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = DOCUMENT["components"]["parameters"][name] if name else parameter
    return found


def _is_short(schema: dict[str, Any]) -> bool:
    if {"maxLength", "enum", "const"} & schema.keys() or schema.get("format") == "date":
        return True
    return "pattern" in schema and not ENDLESS.search(schema["pattern"])


OPERATIONS = [
    (f"{verb} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for verb, operation in operations.items()
    if verb in VERBS
]


@pytest.mark.parametrize("operation", [one for _, one in OPERATIONS], ids=[name for name, _ in OPERATIONS])
def test_every_part_of_a_request_has_a_bound(operation: dict[str, Any]) -> None:
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    found = [place for body in bodies for place in unbounded(body["schema"], "body")]
    for parameter in map(resolved, operation.get("parameters", [])):
        if parameter["name"] not in APART:
            found += unbounded(parameter["schema"], parameter["name"])
    assert found == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"}, {"type": "string", "pattern": "^a+$"}, {"type": "array", "items": {"type": "integer"}},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"type": "string"}}}]},
    ],
)  # fmt: skip
def test_what_has_none_is_found(schema: dict[str, Any]) -> None:
    assert [*unbounded(schema, "body")]
