"""Randomness at import time is refused, as in production, where it would be frozen into the deployed image.

Production counts the calls of the C function; here only `os.urandom` is seen, and with it `secrets` and `uuid`.
"""

import os
import random
from contextlib import contextmanager
from functools import wraps

EIO = 29  # errno of production's interpreter
MESSAGE = (
    "Randomness is not allowed while a Worker is starting: the values would be the same in all its instances. "
    "If a package asks for it when imported, import the package inside a function."
)

_urandom = os.urandom
_allowed = [True]


@contextmanager
def allow_bad_entropy_calls(_count):
    """Used by the SDK around packages that need a seed which is no secret."""
    before, _allowed[0] = _allowed[0], True
    try:
        yield
    finally:
        _allowed[0] = before


@wraps(_urandom)
def _guarded(size):
    if not _allowed[0]:
        raise OSError(EIO, MESSAGE)
    return _urandom(size)


@contextmanager
def refuse_entropy():
    """While the main module is imported. A name bound to the guard meanwhile keeps working afterwards."""
    os.urandom = random._urandom = _guarded  # `secrets` goes through the second name
    _allowed[0] = False
    try:
        yield
    finally:
        _allowed[0] = True
        os.urandom = random._urandom = _urandom
