"""Which functions of the api a route may get to, read from the source: what it names, and what that names."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

Function = Callable[..., Any]


def reached(start: Function) -> set[Function]:
    """Every function of the api on the way, `start` included."""
    seen: set[Function] = set()
    waiting = [start]
    while waiting:
        function = inspect.unwrap(waiting.pop())
        if function not in seen:
            seen.add(function)
            waiting += _named_by(function)
    return seen


@cache
def tree_of(function: Function) -> ast.Module:
    """Its source."""
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def calls(function: Function, name: str, keyword: str) -> bool:
    """Whether it calls `name(…, keyword=…)`."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        and any(one.arg == keyword for one in node.keywords)
        for node in ast.walk(tree_of(function))
    )  # fmt: skip


def says(function: Function, text: str) -> bool:
    """Whether the string stands in it."""
    return any(isinstance(node, ast.Constant) and node.value == text for node in ast.walk(tree_of(function)))


def reads(function: Function, attribute: str) -> bool:
    """Whether `.attribute` of something stands in it."""
    return any(isinstance(node, ast.Attribute) and node.attr == attribute for node in ast.walk(tree_of(function)))


@cache
def _named_by(function: Function) -> tuple[Function, ...]:
    return tuple(_found(function))


def _found(function: Function) -> Iterator[Function]:
    known = vars(sys.modules[function.__module__])
    for node in ast.walk(tree_of(function)):
        found: Any = None
        if isinstance(node, ast.Name):
            found = known.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = known.get(node.value.id)
            found = getattr(module, node.attr, None) if isinstance(module, ModuleType) else None
        if isinstance(found, FunctionType) and found.__module__.startswith("api."):
            yield found
