"""What a line with a booking can be refused for."""

from collections.abc import Iterable

from api.inventory.imports.errors import Faults, amount_of, fault
from api.inventory.imports.views import LineError
from api.occupancies.views import Blocking

MOST_CONFLICTS = 20  # of a line, as of a 409


def invalid_total(currency: str, digits: int) -> Faults:
    """Also for what can be read in two ways: `1.234` in euros."""
    return fault("total", "invalid_total", f"Write the price of the stay as {amount_of(currency, digits)}.")


def wrong_currency(currency: str) -> Faults:
    return fault("currency", "wrong_currency", f"The property's currency is {currency}.")


def ambiguous_date(column: str) -> Faults:
    detail = "Day and month can be read in two ways, and no other date of the file tells which. Write 2027-07-03."
    return fault(column, "ambiguous_date", detail)


def no_such_unit(column: str) -> Faults:
    return fault(column, "unit_not_found", "There is no such unit in the property that the line names, or in any.")


def several_units() -> Faults:
    detail = "Several units have this reference. Name the property as well."
    return fault("unit_reference", "several_units", detail)


def unit_not_let(column: str) -> Faults:
    return fault(column, "unit_not_active", "The unit is not let: it is inactive or archived.")


def status_differs(code: str, status: str, check_in: str, check_out: str, today: str) -> Faults:
    detail = f"A stay from {check_in} to {check_out} cannot be {status} on {today}, which is today at the property."
    return fault("status", code, detail)


def booking_differs(columns: Iterable[str]) -> Faults:
    """What differs from what was imported. It is told rather than passed over, lest a correction seems to be taken."""
    detail = (
        "The booking with this reference says otherwise. An import creates bookings and changes none; if this is "
        "another booking, give it a reference of its own."
    )
    return Faults([LineError(column=column, code="booking_differs", detail=detail) for column in columns])


def lines_overlap(line: int) -> LineError:
    return LineError(column="check_in", code="lines_overlap", detail=f"Line {line} has some of these nights already.")


def unit_unavailable(conflicts: list[Blocking]) -> LineError:
    first = conflicts[0]
    detail = f"The unit is taken from {first.start} to {first.end} ({first.kind} {first.occupancy_id})."
    return LineError(column="check_in", code="unit_unavailable", detail=detail, conflicts=conflicts[:MOST_CONFLICTS])
