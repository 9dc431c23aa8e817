"""Cursor lists: a stable order, at most 200 rows, an error above."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from api.edge import paging
from propflow.clock import before_2100
from propflow.errors import BadRequest

LARGEST = 200

Limit = Annotated[int, Query(ge=1, le=LARGEST, description="How many to return, at most 200.")]
After = Annotated[str | None, Query(max_length=paging.LONGEST, description="The `next_cursor` of the page before.")]

Since = Annotated[str | None, Query(max_length=40, description="RFC 3339: what changed at or after this instant.")]


def cursor(after: str | None, prefix: str) -> str:
    """The id after which the page starts; the empty string comes before every id."""
    return paging.place(after, prefix).id


def since(text: str | None) -> int | None:
    """An RFC 3339 instant as milliseconds."""
    return None if text is None else instant_of(text, "updated_since")


def instant_of(text: str, param: str) -> int:
    """The same for a field that must be there; raises BadRequest naming it."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that was not escaped arrives as a space
        if at.tzinfo is None:
            raise ValueError("an instant needs its offset")
        return before_2100(at.astimezone(UTC))
    except (ValueError, OverflowError):
        hint = "Use an instant before 2100 such as 2026-03-31T12:00:00Z."
        raise BadRequest("invalid_instant", hint, param=param) from None


def one_of(text: str | None, allowed: Sequence[str], param: str) -> tuple[str, ...]:
    """A filter of one or more values by commas, each of which must be known."""
    if text is None:
        return ()
    values = tuple(dict.fromkeys(text.split(",")))
    for value in values:
        if value not in allowed:
            raise BadRequest("invalid_filter", f"Use one or more of {', '.join(allowed)}.", param=param)
    return values
