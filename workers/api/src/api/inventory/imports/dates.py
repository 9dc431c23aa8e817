"""A date as people and spreadsheets write it: `2027-07-03`, `3. 7. 2027`, `7/3/2027 3:00 PM`. A time is left out. Pure.

Between strokes the day comes first in one country and the month in the next, so `03/07/2027` can be read in two ways.
Other cells of the same file may settle it (`25/07/2027`), else the cell is refused, as amounts are: decision 0026.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

Order = Literal["day", "month"]  # which comes first
_TIME = re.compile(r"(?:\s|,\s|T)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:\s?[AaPp][Mm])?$")  # of a wall clock
LONGEST = 40  # characters of a date with its time
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/]|\.\s?)([0-9]{1,2})\2([0-9]{1,2})\.?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/]|\.\s?)([0-9]{1,2})\2([0-9]{4})\.?")


def orders(cells: Iterable[str]) -> frozenset[Order]:
    """The orders of the cells between strokes that can be read in one way only: none, one, or both."""
    found = [_readings(cell) for cell in cells if "." not in _day(cell)]
    return frozenset(order for each in found if len(each) == 1 for order in each)


def iso_date(cell: str, known: frozenset[Order]) -> str | None:
    """The date as the API writes it, or None when it can be read in two ways; what is no date stays as it is.

    `known` are the orders of the file, from `orders`.
    """
    found = _readings(cell)
    if not found:
        return cell
    if len(set(found.values())) > 1:
        found = {order: day for order, day in found.items() if {order} == known}
    return next(iter(found.values()), None)


def _readings(cell: str) -> dict[Order, str]:
    """Every way to read it. Behind dots, and behind the year, the order is always the same."""
    if whole := _YEAR_FIRST.fullmatch(_day(cell)):
        day = _date(whole[1], whole[3], whole[4])
        return {} if day is None else {"day": day, "month": day}
    if (whole := _YEAR_LAST.fullmatch(_day(cell))) is None:
        return {}
    found: dict[Order, str | None] = {"day": _date(whole[4], whole[3], whole[1])}
    if whole[2] in "-/":
        found["month"] = _date(whole[4], whole[1], whole[3])
    return {order: day for order, day in found.items() if day is not None}


def _day(cell: str) -> str:
    return _TIME.sub("", cell) if len(cell) <= LONGEST else cell


def _date(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
