"""An amount as people and spreadsheets write it: `1234.5`, `1.234,50`, `1'234.50`, `1 234,50 €`. Pure.

Comma and dot mean one thing here and the other there. `1.234` can be read in two ways, and a factor of a thousand is no
matter of luck: other cells of the same file may settle it, else the cell is refused. Decision 0026.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from propflow.currencies import digits_of

# Every kind of space and apostrophe that separates thousands, as one of each.
_ALIKE = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "’": "'", "\u02bc": "'"})
_PLAIN = re.compile(r"(?P<whole>[0-9]{1,12})(?:(?P<sign>[.,])(?P<part>[0-9]+))?")
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<by>[ '.,])[0-9]{3}(?:(?P=by)[0-9]{3})*"
    r"|[1-9][0-9]?(?P<india>,)(?:[0-9]{2},)+[0-9]{3})(?:(?P<sign>[.,])(?P<part>[0-9]+))?"
)
_NUMBER = re.compile(r"[0-9](?:.*[0-9])?", re.DOTALL)  # from the first digit to the last one, in one pass
_SIGNS = {
    "$": "USD CAD AUD NZD MXN SGD HKD TWD ARS CLP COP BBD BSD BZD FJD JMD TTD XCD", "€": "EUR", "£": "GBP GIP FKP SHP",
    "¥": "JPY CNY", "₹": "INR", "₩": "KRW", "₫": "VND", "₺": "TRY", "₪": "ILS", "₱": "PHP", "฿": "THB", "₴": "UAH",
    "kr": "SEK NOK DKK ISK", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "Fr.": "CHF", "R$": "BRL", "R": "ZAR", "Rp": "IDR",
}  # fmt: skip
_MARKS = {(sign, code) for sign, codes in _SIGNS.items() for code in codes.split()}
LONGEST = 12  # digits of whole units


class Reading(msgspec.Struct, frozen=True):
    """One way to read a cell: digits before and after the decimal sign, which that is, and what separates thousands."""

    whole: str
    part: str
    sign: str | None
    by: str | None

    @property
    def decimal_sign(self) -> str | None:
        """The file's decimal sign, if this is how the cell is meant: that of the cell, or the one that is left."""
        return self.sign or {".": ",", ",": "."}.get(self.by or "")


def decimal_signs(cells: Iterable[str]) -> frozenset[str]:
    """The decimal signs of the cells that can be read in one way only: none, one, or both in a file of mixed habits."""
    found = [list(_readings(_number_in(cell).translate(_ALIKE))) for cell in cells]
    return frozenset(each[0].decimal_sign for each in found if len(each) == 1 and each[0].decimal_sign is not None)


def minor_units(cell: str, currency: str, signs: frozenset[str]) -> int | None:
    """The amount in minor units of the currency, or None when it cannot be read, or not in one way only.

    `signs` are the decimal signs of the file, from `decimal_signs`.
    """
    digits = digits_of(currency)
    found = [one for one in _readings(_unmarked(cell.translate(_ALIKE), currency)) if digits or not one.sign]
    if len(found) == 1 and len(signs) == 1:
        found = [one for one in found if one.decimal_sign in (None, *signs)]
    elif len(found) > 1:
        found = [one for one in found if one.decimal_sign in signs or (not signs and 0 < len(one.part) == digits)]
    if len(found) != 1 or len(found[0].part) > digits or len(found[0].whole) > LONGEST:
        return None
    return int(found[0].whole + found[0].part.ljust(digits, "0"))


def _unmarked(cell: str, currency: str) -> str:
    """Without the currency's own code or sign, before or behind. Those of others stay and are refused."""
    number = _number_in(cell)
    marks = [mark for part in cell.split(number, 1) if (mark := part.strip())] if number else []
    ours = all(mark == currency or (mark, currency) in _MARKS for mark in marks)
    return number if len(marks) < 2 and ours else cell


def _number_in(cell: str) -> str:
    """What stands between the first digit and the last one; empty when there is none."""
    found = _NUMBER.search(cell)
    return found[0] if found else ""


def _readings(number: str) -> Iterator[Reading]:
    """Every way to read it: `1.234` has two."""
    for form in (_PLAIN, _GROUPED):
        if (found := form.fullmatch(number)) is None:
            continue
        named = found.groupdict()
        by = named.get("by") or named.get("india")
        if named["sign"] is None or named["sign"] != by:
            yield Reading(re.sub("[^0-9]", "", named["whole"]), named["part"] or "", named["sign"], by)
