"""The OpenAPI document as HTML: pure."""

import json
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem }
section { border-top: 1px solid #8884; padding: .75rem 0 }
summary { cursor: pointer } code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { overflow: auto; background: #8881; padding: .75rem; border-radius: .5rem }
b { display: inline-block; min-width: 4rem } table { border-collapse: collapse } td { padding: .1rem 1rem .1rem 0 }
"""
INTRODUCTION = """
<p>Send <code>Authorization: Bearer …</code> with the token of <code>POST /v1/auth/login</code>, and an
<code>Idempotency-Key</code> of your own with every POST but sign-up and log-in: the same key and body get the same
answer and one effect.
Money is integer minor units; nights are half-open local dates; failures are problem documents with a stable
<code>code</code>. The same as a file: <a href="/openapi.json">openapi.json</a>.</p>"""


def render(document: dict[str, Any]) -> str:
    """One section per operation, with its parameters, its body and what it answers."""
    sections = [
        _operation(method.upper(), path, operation, document["components"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>{title} API</h1>{INTRODUCTION}{''.join(sections)}</body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any], shared: dict[str, Any]) -> str:
    text, schemas = escape(operation.get("description", "")), shared["schemas"]
    sent = [
        shared["parameters"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for one in operation.get("parameters", [])
    ]
    parts = [_parameters(sent)]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        parts.append(f"<p>Body</p>{_schema(body, schemas)}")
    for status, answer in operation["responses"].items():
        shown = answer.get("content", {}).get("application/json", {}).get("schema")
        if shown is not None:
            parts.append(f"<p>Answers {status}</p>{_schema(shown, schemas)}")
    details = f"<details><summary>{text}</summary>{''.join(parts)}</details>"
    return f"<section><b>{method}</b> <code>{escape(path)}</code>{details}</section>"


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}"
        f"{', required' if one.get('required') else ''}</td><td>{escape(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    return f"<table>{rows}</table>" if rows else ""


def _schema(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(_example(schema, schemas, ()), indent=2, ensure_ascii=False))}</pre>"


def _example(schema: dict[str, Any], schemas: dict[str, Any], seen: tuple[str, ...]) -> Any:
    """A schema as the JSON it describes, each value saying what it may be."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        return name if name in seen else _example(schemas[name], schemas, (*seen, name))
    choices = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if choices:
        return _example(choices[0], schemas, seen)
    if "properties" in schema:
        required = schema.get("required", [])
        return {
            key if key in required else f"{key}?": _example(one, schemas, seen)
            for key, one in schema["properties"].items()
        }
    if schema.get("type") == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})]
        return [_example(one, schemas, seen) for one in items]
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    return str(schema.get("format") or schema.get("type", "any"))
