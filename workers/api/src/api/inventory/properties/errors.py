"""What a property can refuse."""

from propflow.errors import Conflict, Forbidden, NotFound


def property_not_found(param: str | None = None) -> NotFound:
    return NotFound("property_not_found", "There is no property with this id.", param=param)


def restricted_to_properties() -> Forbidden:
    return Forbidden(
        "restricted_to_properties",
        "Your membership is restricted to some properties, so you cannot create another one.",
    )


def reference_taken() -> Conflict:
    return Conflict("reference_taken", "Another one has this reference already.", param="reference")


def property_in_use() -> Conflict:
    return Conflict("property_in_use", "The property has units that are not archived. Archive them first.")


def property_not_active(param: str | None = None) -> Conflict:
    return Conflict("property_not_active", "The property is archived. Reactivate it first.", param=param)


def changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "The property is being changed by others. Try again.")
