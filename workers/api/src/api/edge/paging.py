"""Where a page of a list begins: pure.

A list comes by id. Narrowed by something that has an order of its own, such as the instant of the last change, it comes
in that order and then by id, so an index serves the filter and the order at once, and no page costs more than it shows.
"""

from datetime import date
from typing import Any

import msgspec

from propflow.errors import BadRequest
from propflow.ids import is_id

LONGEST = 60  # characters of a cursor


class Place(msgspec.Struct, frozen=True):
    """After which row a page begins: by `key`, an instant in ms or a date, where the list has one, and by `id`.

    The empty id comes before every id, so the first page of an ordered list begins with the key that was asked for.
    """

    id: str = ""
    key: int | str | None = None

    @property
    def cursor(self) -> str:
        """The text that a client sends to get what comes after this row."""
        return self.id if self.key is None else f"{self.key}~{self.id}"


class ChangedSince(msgspec.Struct, frozen=True, kw_only=True):
    """The filter that most lists have: by it they come by when a thing was last changed, and by id without it."""

    updated_since: int | None = None

    def place_of(self, row: Any) -> Place:
        """Where the page begins that comes after this row."""
        return Place(row.id, None if self.updated_since is None else row.updated_at)


def place(after: str | None, prefix: str, first: int | str | None = None) -> Place:
    """Where the page after this cursor begins, in a list by id or in one that begins with the key `first`.

    Raises BadRequest for what is no cursor of such a list, also for one of another order.
    """
    if after is None:
        return Place("", first)
    text, found, row_id = after.rpartition("~")
    if not is_id(row_id, prefix) or bool(found) == (first is None):
        raise _invalid()
    if first is None:
        return Place(row_id)
    key = _instant(text) if isinstance(first, int) else _day(text)
    if key is None or key < first:  # type: ignore[operator]
        raise _invalid()
    return Place(row_id, key)


def _instant(text: str) -> int | None:
    return int(text) if len(text) <= 15 and text.isascii() and text.isdecimal() else None


def _day(text: str) -> str | None:
    try:
        return text if date.fromisoformat(text).isoformat() == text else None
    except ValueError:
        return None


def _invalid() -> BadRequest:
    return BadRequest("invalid_cursor", "Use the next_cursor of the page before, with the same filters.", param="after")
