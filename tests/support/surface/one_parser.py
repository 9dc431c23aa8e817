"""Lets one thread at a time parse Python source.

CPython before 3.13 keeps the recursion depth of `ast.parse` once per interpreter. When the garbage collector lets
another thread in that parses too, both end with "AST constructor recursion depth mismatch": python/cpython#106905.
hypothesis parses the source of lambdas, and schemathesis runs it in several threads.
"""

from __future__ import annotations

import ast
import functools
import threading
from collections.abc import Callable
from typing import Any


def one_at_a_time(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, entered by one thread at a time."""
    lock = threading.RLock()

    @functools.wraps(function)
    def entered(*args: Any, **named: Any) -> Any:
        with lock:
            return function(*args, **named)

    return entered


def install() -> None:
    """Every `ast.parse` of this process waits for the one before."""
    ast.parse = one_at_a_time(ast.parse)
