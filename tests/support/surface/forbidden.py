"""Fields that nobody may set, in every object of every body."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from support.surface.document import Operation

FIELDS: dict[str, Any] = {
    "id": "bkg_00000000000000000000000000", "tenant_id": "ten_00000000000000000000000000",
    "user_id": "usr_00000000000000000000000000", "role": "owner", "roles": ["owner"], "status": "confirmed",
    "version": 99, "created_at": 0, "updated_at": "2020-01-01T00:00:00Z", "is_admin": True, "admin": True,
    "plan": "business", "mode": "live", "total": {"amount": 0, "currency": "EUR"}, "total_amount": 0, "price": 0,
    "paid_at": "2020-01-01T00:00:00Z", "email_verified_at": 1, "email_verified": True, "password_hash": "x",
    "token_hash": "x", "key_hash": "x", "created_by": "usr_00000000000000000000000000", "property_ids": None,
    "__proto__": {"role": "owner"}, "constructor": {"prototype": {}}, "__class__": "x",
    "model_config": {"extra": "allow"},
    "surplus": 1, "": "empty", " name": "blank", "Name": "case",
}  # fmt: skip


def objects(body: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where objects stand in a body, the body itself first."""
    if isinstance(body, dict):
        yield path
        for name, inner in body.items():
            yield from objects(inner, (*path, name))
    if isinstance(body, list):
        for number, inner in enumerate(body):
            yield from objects(inner, (*path, number))


def assigned(operation: Operation, body: Any) -> Iterator[tuple[str, bytes]]:
    """The body with each forbidden field in each of its objects, where the document knows no such field there."""
    for path in objects(body):
        prefix = "".join("[]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
        known = {field.place.name.removeprefix(f"{prefix}." if prefix else "").split(".")[0].removesuffix("[]")
                 for field in operation.fields if field.place.where == "body"
                 and field.place.name.startswith(f"{prefix}." if prefix else "")}  # fmt: skip
        for name, value in FIELDS.items():
            if name not in known:
                changed = copy.deepcopy(body)
                inner = changed
                for part in path:
                    inner = inner[part]
                inner[name] = value
                yield f"{prefix or 'body'}.{name}", json.dumps(changed).encode()


def doubled(body: Any) -> Iterator[tuple[str, bytes]]:
    """The body with each of its names twice: first with another value, then as it was."""
    if isinstance(body, dict):
        for name in body:
            text = json.dumps(body)
            yield name, ("{" + f'{json.dumps(name)}: "another", ' + text[1:]).encode()
