"""Waiting for what happens later: queues, outbox, emails."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(fn: Callable[[], T], timeout: float = 60.0, what: str = "") -> T:
    """Call `fn` until it returns something truthy and return that; an AssertionError in it counts as 'not yet'.

    After `timeout` seconds it fails, naming `what` was waited for and what came last.
    """
    deadline = time.monotonic() + timeout
    pause = 0.02
    while True:
        cause: AssertionError | None = None
        last: object
        try:
            value = fn()
            if value:
                return value
            last = repr(value)
        except AssertionError as error:
            cause, last = error, str(error) or "an assertion without a message"
        if time.monotonic() > deadline:
            name = what or getattr(fn, "__name__", "it")
            raise AssertionError(f"waited {timeout:g} s for {name}; the last answer was: {last}") from cause
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
