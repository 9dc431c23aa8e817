"""The OpenAPI document of the running product, as operations and the places in which they take values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
ID_NAME = re.compile(r"(^|_)ids?$")
ID_PATTERN = re.compile(r"\^?\(?\[?[a-z]+_")
DEEPEST = 6


@dataclass(frozen=True)
class Place:
    """Where a value goes: `path`, `query` or `body`, and its name there. `[]` stands for the items of a list."""

    where: str
    name: str

    def __str__(self) -> str:
        return f"{self.where}.{self.name}"


@dataclass(frozen=True)
class Field:
    """A place with the JSON Schema of what goes there."""

    place: Place
    schema: Json

    @property
    def is_text(self) -> bool:
        """Whether a string may stand there."""
        kinds = [self.schema, *self.schema.get("anyOf", [])]
        return any(kind.get("type", "string") == "string" for kind in kinds if "$ref" not in kind)

    @property
    def bears_id(self) -> bool:
        """Whether its name or its schema says that it holds an identifier or a cursor."""
        name = self.place.name.removesuffix("[]").rpartition(".")[2]
        if not self.is_text:
            return False  # a position or a count
        if ID_NAME.search(name) or (self.place.where == "query" and name in ("after", "before")):
            return True
        kinds = [self.schema, *self.schema.get("anyOf", [])]
        return any(kind.get("format") == "id" or ID_PATTERN.match(kind.get("pattern", "")) for kind in kinds)


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    described: Json
    document: Json

    @property
    def name(self) -> str:
        """`POST /v1/units`."""
        return f"{self.method} {self.path}"

    @property
    def public(self) -> bool:
        """Whether it needs no credential."""
        return self.described.get("security", self.document.get("security")) == []

    @property
    def statuses(self) -> set[int]:
        """Every status that the document names."""
        return {int(code) for code in self.described["responses"]}

    @cached_property
    def body(self) -> Json | None:
        """The schema of its body, or None."""
        content = self.described.get("requestBody", {}).get("content", {})
        return next((one["schema"] for one in content.values()), None)

    @cached_property
    def parameters(self) -> list[Json]:
        """What it takes beside its body."""
        return [self._resolved(one) for one in self.described.get("parameters", [])]

    @cached_property
    def fields(self) -> list[Field]:
        """Every place that takes a value."""
        named = [Field(Place(one["in"], one["name"]), self._resolved(one["schema"])) for one in self.parameters]
        return named + ([] if self.body is None else list(self._walk(self.body, "", 0)))

    @property
    def ids(self) -> list[Place]:
        """The places that hold an identifier or a cursor."""
        return [field.place for field in self.fields if field.bears_id]

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            found: Any = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _walk(self, schema: Json, prefix: str, depth: int) -> Iterator[Field]:
        whole = self._resolved(schema)
        options = [self._resolved(one) for key in ("anyOf", "oneOf", "allOf") for one in whole.get(key, [])]
        if depth > DEEPEST:
            return
        objects = [one for one in [whole, *options] if "properties" in one]
        lists = [one for one in [whole, *options] if "items" in one]
        if prefix and not objects and not lists:
            yield Field(Place("body", prefix), {**whole, "anyOf": options} if options else whole)
        for one in objects:
            for name, inner in one["properties"].items():
                yield from self._walk(inner, f"{prefix}.{name}" if prefix else name, depth + 1)
        for one in lists:
            yield from self._walk(one["items"], f"{prefix}[]", depth + 1)


def operations(url: str) -> list[Operation]:
    """Every operation of the document that the product serves."""
    document = httpx.get(f"{url}/openapi.json", timeout=60).json()
    return [
        Operation(method.upper(), path, described, document)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if method in METHODS
    ]
