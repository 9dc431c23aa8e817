"""What a unit can refuse."""

from typing import Any

from propflow.errors import Conflict, NotFound, Unprocessable


def unit_not_found(param: str | None = None) -> NotFound:
    return NotFound("unit_not_found", "There is no unit with this id.", param=param)


def wrong_currency(expected: str) -> Unprocessable:
    return Unprocessable("wrong_currency", f"The property's currency is {expected}.", param="nightly_rate.currency")


def unit_archived() -> Conflict:
    return Conflict("unit_archived", "The unit is archived. Reactivate it first.")


def unit_occupied(conflicts: list[Any]) -> Conflict:
    return Conflict(
        "unit_occupied", "The unit's nights are taken. Cancel or move what takes them.", conflicts=conflicts
    )


def unit_is_part(units: list[str]) -> Conflict:
    return Conflict(
        "unit_is_part", "The unit is a part of others. Take it out of them first.",
        conflicts=[{"unit_id": unit_id} for unit_id in units],
    )  # fmt: skip


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The unit is being changed by others. Try again.")


def invalid_parts(detail: str) -> Unprocessable:
    return Unprocessable("invalid_parts", detail, param="unit_ids")
