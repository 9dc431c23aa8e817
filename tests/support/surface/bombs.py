"""Bodies that are meant to hurt, for every route that takes one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass

from support.surface.document import Operation
from support.surface.recipes import RECIPES
from support.surface.world import World

LIMIT = 256 * 1024
DEEP = 10_000
NUMBERS = ["1e308", "-1e308", "1e400", "NaN", "Infinity", "-Infinity", "9" * 400, "-" + "9" * 30, "1e-400",
           "9223372036854775808", '"1"', "0.1", "true"]  # fmt: skip
"""As they stand in JSON. None of them is a number that some field takes."""


@dataclass(frozen=True)
class Bomb:
    """A request with a body that must be refused."""

    name: str
    operation: Operation
    url: str
    body: bytes
    kind: str = "application/json"
    more: tuple[tuple[str, str], ...] = ()


def bombs(operation: Operation, world: World) -> Iterator[Bomb]:
    """Every bomb for this route."""
    call = RECIPES[operation.name].call(operation, world, world.one)
    good = json.dumps(call.body or {})

    def bomb(name: str, body: bytes, kind: str = "application/json", **more: str) -> Bomb:
        return Bomb(name, operation, call.url, body, kind, tuple(more.items()))

    yield bomb("one byte too many", b'{"a":"' + b"x" * (LIMIT - 7) + b'"}')
    yield bomb("deep lists", b"[" * DEEP + b"]" * DEEP)
    yield bomb("deep objects", b'{"a":' * DEEP + b"1" + b"}" * DEEP)
    yield bomb("deep inside of a string's end", b'{"a":"\\"' + b"[" * DEEP)
    yield bomb("invalid UTF-8", good.encode()[:-1] + b', "\xc3\x28": 1}')
    yield bomb("a lone surrogate", good.encode()[:-1] + b', "x\\ud800": 1}' if len(good) > 2 else b'{"x\\ud800": 1}')
    yield bomb("a byte order mark", b"\xef\xbb\xbf" + json.dumps({**(call.body or {}), "surplus": 1}).encode())
    yield bomb("UTF-16", good.encode("utf-16"))
    yield bomb("gzip", gzip.compress(good.encode()), **{"Content-Encoding": "gzip"})
    yield bomb("a gzip bomb", gzip.compress(b" " * 50_000_000), **{"Content-Encoding": "gzip"})
    yield bomb("XML", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "application/xml")
    yield bomb("a form", b"a=b", "application/x-www-form-urlencoded")
    yield bomb("parts", b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x")
    yield bomb("no type", good.encode(), "")
    yield bomb("many names", json.dumps({f"n{number}": number for number in range(9_000)}).encode())
    if not isinstance(call.body, dict):
        return
    for field in operation.fields:
        kinds = {one.get("type") for one in [field.schema, *field.schema.get("anyOf", [])]}
        if field.place.where == "body" and kinds & {"integer", "number"}:
            for number in NUMBERS:
                text = json.dumps(call.put(field.place, "@@").body).replace('"@@"', number)
                yield bomb(f"{field.place} = {number[:20]}", text.encode())
