"""What an import accepts: a file as text, and in each of its lines what the JSON routes accept."""

import re
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from api.edge.schemas import Input
from api.edge.size_limits import LARGEST_IMPORT
from api.edge.validation import LONGEST, told
from api.inventory.imports import of_properties, of_units
from api.inventory.imports.decisions import Check, Checks
from api.inventory.imports.errors import Faults
from api.inventory.imports.views import LineError
from api.inventory.properties.schemas import PropertyChange, PropertyCreate
from api.inventory.units.schemas import UnitChange, UnitCreate

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _is_text(value: str) -> str:
    if _SURROGATE.search(value):
        raise ValueError("must be text")
    return value


class ImportCreate(Input):
    """`csv` is the file's text, names of columns first, separated by commas, semicolons, tabs or as `sep=|` says.

    With `dry_run` every line is reported and nothing changed.
    """

    csv: Annotated[str, StringConstraints(min_length=1, max_length=LARGEST_IMPORT), AfterValidator(_is_text)]
    dry_run: bool = False


def checks(create: type[BaseModel], change: type[BaseModel], columns: Collection[str]) -> Checks:
    return Checks(
        create=lambda fields: _read(create, fields, columns).model_dump(exclude_none=True),
        change=lambda fields: _named_of(_read(change, fields, columns)),
    )


def whole(model: type[BaseModel], columns: Collection[str]) -> Check:
    """A line says the thing as a whole, also one that is there."""
    return lambda fields: _read(model, fields, columns).model_dump()


def _named_of(body: BaseModel) -> dict[str, Any]:
    return body.model_dump(include=body.model_fields_set)


def _read(model: type[BaseModel], fields: dict[str, Any], columns: Collection[str]) -> BaseModel:
    """The fields of a line as a body. Raises Faults by columns."""
    try:
        return model.model_validate(fields)
    except ValidationError as invalid:
        errors = [told(error) for error in invalid.errors(include_url=False, include_input=False)]
    raise Faults([
        LineError(column=_column(error["param"], columns), code=error["code"], detail=error["detail"])
        for error in errors[:LONGEST]
    ])  # fmt: skip


def _column(param: str, columns: Collection[str]) -> str | None:
    """The column that holds a field: `beds` for `beds.0.kind`."""
    found = [name for name in columns if param == name or param.startswith(f"{name}.")]
    return max(found, key=len, default=None)


PROPERTIES = checks(PropertyCreate, PropertyChange, of_properties.COLUMNS)
UNITS = checks(UnitCreate, UnitChange, of_units.COLUMNS)
