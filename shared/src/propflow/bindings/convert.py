"""Conversions that several bindings need."""

from typing import Any


def to_object(value: Any) -> Any:
    """A Python value as a plain JavaScript one: dicts become objects, not Maps."""
    from js import Object
    from pyodide.ffi import to_js

    return to_js(value, dict_converter=Object.fromEntries)


def text_or_none(value: Any) -> str | None:
    """A JavaScript string, or None for null and undefined: an absent header, an absent key."""
    from pyodide.ffi import jsnull

    return None if value is None or value is jsnull else str(value)


def lines(pairs: Any) -> str:
    """JavaScript pairs, such as headers, as one text: `name,value` in each line, fetched at once."""
    from js import Array

    return str(Array.from_(pairs).join("\n"))


def fields_of(text: str) -> list[tuple[str, str]]:
    """The pairs of such a text."""
    return [(name, value) for name, comma, value in (line.partition(",") for line in text.split("\n")) if comma]
