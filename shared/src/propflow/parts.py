"""Many rows as few parameters: D1 takes 2 MB in one, and one statement with `json_each` does for all rows in it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from propflow.json_text import json_text

T = TypeVar("T")

MOST_TEXT = 500_000  # characters: of up to four bytes each, and quoting makes text longer


def parts(items: Iterable[T], length: Callable[[T], int], most: int | None = None) -> Iterator[list[T]]:
    """Lists of items, in their order, each as long as fits: into a parameter, if nothing else is said."""
    most = MOST_TEXT if most is None else most
    part: list[T] = []
    total = 0
    for item in items:
        if part and total + length(item) > most:
            yield part
            part, total = [], 0
        part.append(item)
        total += length(item)
    if part:
        yield part


def json_lists(rows: Iterable[Any]) -> Iterator[tuple[str, int]]:
    """The rows as JSON lists, each short enough for a parameter, with the number of rows in it."""
    texts = (json_text(row) for row in rows)
    for part in parts(texts, len):
        yield f"[{','.join(part)}]", len(part)
