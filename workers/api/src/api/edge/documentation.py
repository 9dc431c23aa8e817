"""OpenAPI: input schemas come from pydantic, output schemas from the very Structs that are encoded."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from propflow.money import Money

_VIEWS: dict[str, type] = {"Money": Money}
REF = "#/components/schemas/{name}"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; program against this."},
        "detail": {"type": "string", "description": "A sentence for the person who reads it."},
        "request_id": {"type": "string"}, "param": {"type": "string", "description": "The field at fault."},
        "errors": {"type": "array", "items": {"type": "object"}},
        "conflicts": {"type": "array", "items": {"type": "object"}},
        "lines": {"type": "array", "items": {"type": "object"}},
        "reasons": {"type": "array", "items": {"type": "object"}},
        "usage": {"type": "integer", "description": "On 402 and 429: what was used of `limit`."},
        "limit": {"type": "integer"},
        "reset_at": {"type": "string", "format": "date-time", "description": "When there is more again."},
        "upgrade_url": {"type": "string", "description": "Where a larger plan is taken, when that helps."},
    },
}  # fmt: skip
FAILURE = {
    "description": "A problem document",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
IF_NONE_MATCH = "If-None-Match"
HAVING = {
    "name": IF_NONE_MATCH, "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag of the answer that you have, several by commas, or `*`: 304 when it is still the same.",
}  # fmt: skip
TAGGED = {"ETag": {"description": "Stands for this answer.", "schema": {"type": "string"}}}
ANYWHERE = (400, 401, 402, 403, 404, 414, 422, 429, 431, 503)
ANY_FAILURE: dict[str, Any] = {"$ref": "#/components/responses/Problem"}


def shows(
    status: int, view: type, *others: type, listed: bool = False, tagged: bool = False, fails: tuple[int, ...] = ()
) -> dict[int | str, Any]:
    """The `responses` of a route that answers `view` (or a page of it, or one of `others`) or one of these failures.

    `tagged` is for a GET whose answer has an ETag: it is then answered with 304 to whoever has it.
    """
    for one in (view, *others):
        _VIEWS[one.__name__] = one
    schema: dict[str, Any] = {"$ref": REF.format(name=view.__name__)}
    if others:
        schema = {"anyOf": [{"$ref": REF.format(name=one.__name__)} for one in (view, *others)]}
    if listed:
        schema = {
            "type": "object",
            "required": ["data", "has_more", "next_cursor"],
            "properties": {
                "data": {"type": "array", "items": schema},
                "has_more": {"type": "boolean"},
                "next_cursor": {"type": ["string", "null"]},
            },
        }
    answers: dict[int | str, Any] = {
        status: {"description": "Done", "content": {"application/json": {"schema": schema}}}
    }
    if tagged:
        answers[status]["headers"] = TAGGED
        answers[304] = {"description": "As you have it", "headers": TAGGED}
    return {**answers, **dict.fromkeys((*ANYWHERE, 411, 413, 415, *fails), ANY_FAILURE)}


def no_content(*fails: int) -> dict[int | str, Any]:
    """The `responses` of a route that answers 204, or one of these failures."""
    answers: dict[int | str, Any] = {204: {"description": "Done"}}
    return {**answers, **dict.fromkeys((*ANYWHERE, *fails), ANY_FAILURE)}


def every_route(router: Any) -> Iterator[Any]:
    """The routes of a router and of those that it includes, which FastAPI keeps apart."""
    for route in router.routes:
        included = getattr(route, "original_router", None)
        yield from [route] if included is None else every_route(included)


def _open_operations(route: Any) -> set[tuple[str, str]]:
    """Path and methods of a route that asks for no permission: anybody may call it."""
    if not isinstance(route, APIRoute):
        return set()
    asked = [getattr(one.call, "permission", None) for one in route.dependant.dependencies]
    return set() if any(asked) else {(route.path, method.lower()) for method in route.methods or ()}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document; built once per isolate."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes,
            openapi_version="3.1.0",
        )  # fmt: skip
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        _, views = msgspec.json.schema_components(_VIEWS.values(), ref_template=REF)
        for view in views.values():  # Python 3.13 and later dedent docstrings by themselves
            if "description" in view:
                view["description"] = cleandoc(view["description"])
        schemas.update(views)
        schemas["Problem"] = PROBLEM
        for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own; we answer problem documents
            schemas.pop(name, None)
        document["components"]["responses"] = {"Problem": FAILURE}
        document["components"]["securitySchemes"] = {"session": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"session": []}]
        open_to_all = {found for route in every_route(app) for found in _open_operations(route)}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if (path, method) in open_to_all:
                    operation["security"] = []
                if "304" in operation["responses"]:
                    operation.setdefault("parameters", []).append(HAVING)
                for code, response in operation["responses"].items():
                    if "$ref" in response:  # FastAPI adds a description, which differs between Python versions
                        operation["responses"][code] = dict(ANY_FAILURE)
        app.openapi_schema = document
    return app.openapi_schema
