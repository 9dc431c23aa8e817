"""The nights that an entry keeps, as the database gives them."""

from __future__ import annotations

import msgspec


def ranges(*nights: tuple[str, str]) -> str:
    """JSON of ranges."""
    return msgspec.json.encode(nights).decode()
