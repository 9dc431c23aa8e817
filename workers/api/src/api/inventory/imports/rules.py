"""A spreadsheet as text: RFC 4180 and the ways in which spreadsheets write it. Pure.

https://www.rfc-editor.org/rfc/rfc4180. Where a comma is the decimal sign Excel separates by semicolons; it begins with
a byte order mark, it may leave out the last cells of a line when they are empty, and it keeps columns that somebody has
formatted, without a name or a cell. A first line `sep=;` names the separator and is no row.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator

import msgspec

from api.edge.size_limits import LARGEST_IMPORT
from api.inventory.imports.encodings import readable
from api.inventory.imports.errors import (
    MOST_LINES,
    invalid_csv,
    missing_column,
    no_lines,
    repeated_column,
    too_many_lines,
    unknown_column,
    unnamed_column,
)

SEPARATORS = ",;\t"
LONGEST_CELL = 20_000  # characters: twice the longest text there is, whose line ends may be two characters each
_NAMES_SEPARATOR = re.compile(r'"?sep=(\\t|[^\w\s"]|\t)"?[ ,;\t|]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
KEY = "reference"
csv.field_size_limit(LARGEST_IMPORT)  # whatever fits into a body is read: a cell that is too long is its line's fault


class Line(msgspec.Struct, frozen=True):
    """The cells that are not empty, by column. `number` is the row as a spreadsheet shows it, the names being row 1.

    Nobody reads a cell that is longer than any field: of those only the columns are kept.
    """

    number: int
    cells: dict[str, str]
    surplus: bool = False  # there were more cells than columns
    overlong: tuple[str, ...] = ()


def lines_of(text: str, columns: Collection[str]) -> list[Line]:
    """The lines below the names. Raises Unprocessable when it is no such file as a whole."""
    rows = _rows(*_opened(readable(text)))
    names = _names(next(rows, (1, []))[1], columns)
    lines = [_line(number, cells, names) for number, cells in rows if any(cells)]
    if not lines:
        raise no_lines()
    return lines


def _line(number: int, cells: list[str], names: list[str]) -> Line:
    filled = {place: cell for place, cell in enumerate(cells) if cell}
    for place in filled:
        if place < len(names) and not names[place]:
            raise unnamed_column(place + 1, number)
    named = {names[place]: cell for place, cell in filled.items() if place < len(names)}
    overlong = tuple(name for name, cell in named.items() if len(cell) > LONGEST_CELL)
    short = {name: cell for name, cell in named.items() if name not in overlong}
    return Line(number, short, surplus=len(named) < len(filled), overlong=overlong)


def written(rows: Iterable[Iterable[str]]) -> str:
    """The same the other way round, with the mark by which spreadsheets know that it is UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return f"\ufeff{out.getvalue()}"


def _opened(text: str) -> tuple[str, str]:
    """The rows, and what separates their cells: as the file says, or else what its first line has most of."""
    if found := _NAMES_SEPARATOR.match(text):
        return text[found.end() :].lstrip("\ufeff"), found[1].replace("\\t", "\t")
    header = re.split("[\r\n]", text, maxsplit=1)[0]
    return text, max(SEPARATORS, key=header.count)


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number and its trimmed cells, empty rows included."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number > MOST_LINES + 1:
                raise too_many_lines()
            yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise invalid_csv(number + 1, str(error)) from None


def _names(cells: list[str], columns: Collection[str]) -> list[str]:
    """The names of the columns in their order, each known and there once; empty for a column without one."""
    names = [cell.lower() for cell in cells]
    if not any(names):
        raise no_lines()
    for place, name in enumerate(names):
        if not name:
            continue
        if name not in columns:
            raise unknown_column(place + 1, list(columns))
        if name in names[:place]:
            raise repeated_column(name)
    if KEY not in names:
        raise missing_column(KEY)
    return names
