"""Putting a value where a Place says: into the path, the query or, however deep, the body of a call."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from support.surface.document import Place

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request without its credential."""

    method: str
    template: str
    path: dict[str, str] = field(default_factory=dict)
    query: Json = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The path with its values, each percent-encoded as a whole."""
        url = self.template
        for name, value in self.path.items():
            url = url.replace(f"{{{name}}}", quote(str(value), safe=""))
        return url

    def put(self, place: Place, value: Any) -> Call:
        """The same call with `value` in this place."""
        if place.where == "path":
            return replace(self, path={**self.path, place.name: value})
        if place.where == "query":
            return replace(self, query={**self.query, place.name: value})
        if place.where == "header":
            return replace(self, headers={**self.headers, place.name: value})
        return replace(self, body=_inside(copy.deepcopy(self.body or {}), place.name.split("."), value))

    def with_headers(self, headers: dict[str, str]) -> Call:
        """The same call with more headers."""
        return replace(self, headers={**self.headers, **headers})


def _inside(body: Any, names: list[str], value: Any) -> Any:
    name, *rest = names
    many = name.endswith("[]")
    key = name.removesuffix("[]") or None
    if key is None:  # the items of the body itself
        items = body if isinstance(body, list) and body else [{}]
        return [_inside(items[0], rest, value) if rest else value]
    inner = body.get(key)
    if many:
        first = inner[0] if isinstance(inner, list) and inner else {}
        body[key] = [_inside(first, rest, value) if rest else value]
    else:
        body[key] = _inside(inner if isinstance(inner, dict) else {}, rest, value) if rest else value
    return body
