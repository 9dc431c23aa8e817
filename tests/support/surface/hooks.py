"""What schemathesis loads before it runs."""

from __future__ import annotations

from itertools import count
from typing import Any

import schemathesis

from support.surface import one_parser

KEY = "Idempotency-Key"
LONGEST = 255
_attempts = count()

one_parser.install()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Every case is an attempt of its own: a key that was used before would end most of them at the door.

    What is no key by its length stays as it is.
    """
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and 0 < len(key) <= LONGEST:
        attempt = f"-{next(_attempts)}"
        case.headers[KEY] = key[: LONGEST - len(attempt)] + attempt
