"""What a cell says: text as it stands, numbers, lists. Pure.

A cell that cannot be read is left as text, so that the field's own rules say what is wrong with it. A formula is text.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from api.inventory.imports.amounts import minor_units
from api.inventory.imports.errors import invalid_rate
from propflow.currencies import digits_of

Reader = Callable[[str], Any]
Refusal = Callable[[str, int], Exception]  # of an amount, by its currency and the digits of that
Money = dict[str, Any]
_WHOLE = re.compile(r"-?[0-9]{1,15}")
MOST_WORDS = 100  # of a list, as many as any field takes


def text(cell: str) -> str:
    """As it stands."""
    return cell


def paragraphs(cell: str) -> str:
    """Text whose lines end as those of the API do, whatever wrote them."""
    return re.sub("\r\n?", "\n", cell)


def whole(cell: str) -> int | str:
    """An integer."""
    return int(cell) if _WHOLE.fullmatch(cell) else cell


def words(cell: str) -> list[str]:
    """`wifi, pool`. Of a list with too many words one too many is kept, so that it is refused for it."""
    return [word.strip() for word in cell.split(",", MOST_WORDS)]


def beds(cell: str) -> list[dict[str, Any]]:
    """`double:1, single:2`."""
    pairs = (word.partition(":") for word in words(cell))
    return [{"kind": kind.strip(), "count": whole(count.strip())} for kind, _, count in pairs]


def named(cell: str) -> dict[str, Any]:
    """An object that says only which kind it is."""
    return {"kind": cell}


def status(cell: str) -> str:
    """`Checked in`, `no-show`, `CANCELED`: as the API says it."""
    word = re.sub(r"[\s-]+", "_", cell.lower())
    return "cancelled" if word == "canceled" else word


def money(cell: str, currency: str, signs: frozenset[str] = frozenset(), refusal: Refusal = invalid_rate) -> Money:
    """An amount in the currency's decimals; `signs` are the decimal signs of the file. Raises Faults, `refusal`."""
    amount = minor_units(cell, currency, signs)
    if amount is None:
        raise refusal(currency, digits_of(currency))
    return {"amount": amount, "currency": currency}


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
