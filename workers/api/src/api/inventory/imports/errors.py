"""What an import can refuse: the file as a whole, or one of its lines."""

from collections.abc import Iterable
from typing import Any

from api.inventory.imports.views import LineError
from propflow.errors import Conflict, Unprocessable

MOST_LINES = 5_000
MOST_SHOWN = 100  # lines of an answer that is kept; a dry run shows all


class Faults(Exception):
    """What is wrong with the fields of a line."""

    def __init__(self, errors: list[LineError]) -> None:
        super().__init__(str(errors))
        self.errors = errors


def fault(column: str | None, code: str, detail: str) -> Faults:
    return Faults([LineError(column=column, code=code, detail=detail)])


def missing(column: str) -> Faults:
    return fault(column, "missing", "This field is required.")


def too_many_cells() -> Faults:
    return fault(None, "too_many_cells", "The line has more cells than there are columns. Is a quote missing?")


def too_long(columns: Iterable[str], most: int) -> Faults:
    """Of cells that are longer than any field may be."""
    detail = f"A cell has at most {most:,} characters. Is a quote missing?"
    return Faults([LineError(column=column, code="string_too_long", detail=detail) for column in columns])


def repeated(line: int) -> Faults:
    detail = f"Line {line} has this reference already. Each line needs one of its own."
    return fault("reference", "repeated", detail)


def invalid_rate(currency: str, digits: int) -> Faults:
    """Also for what can be read in two ways: `1.234` in euros."""
    return fault("nightly_rate", "invalid_rate", f"Write the rate of a night as {amount_of(currency, digits)}.")


def amount_of(currency: str, digits: int) -> str:
    """How an amount of money is written."""
    example = "1234" if digits == 0 else f"1234 or 1234.{'50'.ljust(digits, '0')[:digits]}"
    return f"{example}, in {currency}"


def lost_character(column: str) -> Faults:
    detail = "A character was lost when the file was read in another encoding than its own. Save it as UTF-8."
    return fault(column, "lost_character", detail)


def currency_is_fixed(currency: str) -> Faults:
    return fault("currency", "currency_is_fixed", f"The property's currency is {currency} and stays.")


def invalid_csv(line: int, reason: str) -> Unprocessable:
    return _refused("invalid_csv", f"Line {line} cannot be read as CSV: {reason}.", line=line)


def wrong_encoding() -> Unprocessable:
    return _refused("wrong_encoding", "The file was read in another encoding than its own. Save it as UTF-8.")


def no_lines() -> Unprocessable:
    return _refused("no_lines", "The file needs a line with the names of the columns, and one below it.")


def too_many_lines() -> Unprocessable:
    return _refused("too_many_lines", f"A file has at most {MOST_LINES:,} lines. Import it in parts.")


def unknown_column(number: int, known: list[str]) -> Unprocessable:
    """By its place: what stands there may be anything, also what nobody meant to show."""
    detail = f"The name of column {number} is not known. There are: {', '.join(known)}."
    return _refused("unknown_column", detail, column=number)


def unnamed_column(number: int, line: int) -> Unprocessable:
    """By its place, too. Without cells it would have been left out."""
    detail = f"Column {number} has no name, but line {line} has a cell in it."
    return _refused("unknown_column", detail, column=number, line=line)


def repeated_column(name: str) -> Unprocessable:
    return _refused("repeated_column", f"The column {name} is there twice.", column=name)


def missing_column(name: str) -> Unprocessable:
    return _refused("missing_column", f"The column {name} is missing.", column=name)


def lines_refused(failed: list[dict[str, Any]], count: int) -> Unprocessable:
    """`lines` names the first of them with what is wrong."""
    detail = f"{len(failed)} of {count} lines cannot be imported, so none was. A dry run shows them all."
    return _refused("lines_refused", detail, failed=len(failed), lines=failed[:MOST_SHOWN])


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The same things are being changed by others. Try again.")


def _refused(code: str, detail: str, **evidence: Any) -> Unprocessable:
    return Unprocessable(code, detail, param="csv", **evidence)
