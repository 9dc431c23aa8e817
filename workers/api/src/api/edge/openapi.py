"""The OpenAPI document: input schemas come from pydantic, output schemas from the very Structs that are encoded."""

from collections import Counter
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.edge.declared import declare, surroundings
from api.edge.documentation import PROBLEM, REF, VIEWS
from api.edge.headers import FAILURES, HEADERS, PARAMETERS, KeyUse
from api.edge.operations import operation_id

Document = dict[str, Any]


def every_route(router: Any) -> Iterator[Any]:
    """The routes of a router and of those that it includes, which FastAPI keeps apart."""
    for route in router.routes:
        included = getattr(route, "original_router", None)
        yield from [route] if included is None else every_route(included)


def describe(app: FastAPI) -> Document:
    """The whole document; built once per isolate. Raises ValueError where two things bear one name."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes,
            openapi_version="3.1.0",
        )  # fmt: skip
        parts = document.setdefault("components", {})
        parts["schemas"] = _schemas(parts.get("schemas", {}))
        parts |= {"responses": FAILURES, "parameters": PARAMETERS, "headers": HEADERS}
        parts["securitySchemes"] = {"session": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"session": []}]
        _name(document)
        _complete(document, app)
        app.openapi_schema = document
    return app.openapi_schema


def _schemas(inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs and views, each under its own name, in the order of names whatever was imported first.

    Where two bear one name, pydantic and msgspec would tell them apart by module, and nothing would refer to them.
    """
    inputs = {name: one for name, one in inputs.items() if name not in ("HTTPValidationError", "ValidationError")}
    _, views = msgspec.json.schema_components(VIEWS.values(), ref_template=REF)
    qualified = [name for name in (*inputs, *views) if not name.replace("_", "").isalnum() or "__" in name]
    twice = sorted([*qualified, *(inputs.keys() & {*views, "Problem"}), *(views.keys() & {"Problem"})])
    if twice:
        raise ValueError(f"several schemas bear one name: {', '.join(twice)}")
    for view in views.values():  # Python 3.13 and later dedent docstrings by themselves
        if "description" in view:
            view["description"] = cleandoc(view["description"])
        _pair(view)
    return dict(sorted({**inputs, **views, "Problem": PROBLEM}.items()))


def _pair(schema: Any) -> None:
    """Several values of one kind are a list of so many: what generators and testers read in one way."""
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _pair(part)
    if isinstance(schema, dict) and (kinds := schema.get("prefixItems")) and kinds.count(kinds[0]) == len(kinds):
        schema["items"] = schema.pop("prefixItems")[0]


def _name(document: Document) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            operation["operationId"] = operation_id(method, path)
    found = Counter(one["operationId"] for operations in document["paths"].values() for one in operations.values())
    twice = sorted(name for name, times in found.items() if times > 1)
    if twice:
        raise ValueError(f"several operations bear one id: {', '.join(twice)}")


def _complete(document: Document, app: FastAPI) -> None:
    """What FastAPI does not know: who may call, and the headers."""
    routes = {
        (route.path, method.lower()): route
        for route in every_route(app) if isinstance(route, APIRoute) for method in route.methods or ()
    }  # fmt: skip
    around = surroundings(document["paths"], VIEWS)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            asked = [one.call for one in routes[path, method].dependant.dependencies if hasattr(one.call, "permission")]
            key: KeyUse = getattr(asked[0], "key", "honoured") if asked else "ignored"
            if not asked:  # anybody may call it
                operation["security"] = []
            declare(operation, method, key, _can_try(operation, document), around)


def _can_try(operation: dict[str, Any], document: Document) -> bool:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return "dry_run" in document["components"]["schemas"].get(name, {}).get("properties", {})
