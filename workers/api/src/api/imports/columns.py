"""What a cell says: text as it stands, numbers, lists. Pure.

A cell that cannot be read is left as text, so that the field's own rules say what is wrong with it. A formula is text.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from api.imports.errors import invalid_rate
from propflow.currencies import digits_of

Reader = Callable[[str], Any]
_WHOLE = re.compile(r"-?[0-9]{1,15}")


def text(cell: str) -> str:
    """As it stands."""
    return cell


def whole(cell: str) -> int | str:
    """An integer."""
    return int(cell) if _WHOLE.fullmatch(cell) else cell


def words(cell: str) -> list[str]:
    """`wifi, pool`."""
    return [word.strip() for word in cell.split(",")]


def beds(cell: str) -> list[dict[str, Any]]:
    """`double:1, single:2`."""
    pairs = (word.partition(":") for word in words(cell))
    return [{"kind": kind.strip(), "count": whole(count.strip())} for kind, _, count in pairs]


def named(cell: str) -> dict[str, Any]:
    """An object that says only which kind it is."""
    return {"kind": cell}


def money(cell: str, currency: str) -> dict[str, Any]:
    """`120`, `120.50` or `120,50` in the currency's decimals. Nothing separates thousands, so nothing is guessed."""
    digits = digits_of(currency)
    found = re.fullmatch(rf"([0-9]{{1,12}})(?:[.,]([0-9]{{1,{digits}}}))?" if digits else "([0-9]{1,12})()", cell)
    if found is None:
        raise invalid_rate(digits)
    units, part = found.group(1), (found.group(2) or "").ljust(digits, "0")
    return {"amount": int(units + part), "currency": currency}


def fields_of(cells: Mapping[str, str], columns: Mapping[str, Reader]) -> dict[str, Any]:
    """The cells as a body of the API: `address.city` lies inside of `address`."""
    fields: dict[str, Any] = {}
    for name, cell in cells.items():
        outer, _, inner = name.partition(".")
        value = columns[name](cell)
        if inner:
            fields.setdefault(outer, {})[inner] = value
        else:
            fields[outer] = value
    return fields
