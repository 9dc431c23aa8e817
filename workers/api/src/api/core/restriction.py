"""The properties a member sees, as SQL: what lies outside is not there, for reading as for writing.

`place` is the parameter that holds `Caller.properties`: null for who sees everything, else a JSON list. A null is
decided before the rest is looked at, so that an unrestricted caller reads no row more.
"""

_SEEN = "IN (SELECT value FROM json_each({place}))"


def of_property(column: str, place: str) -> str:
    """The condition for a row that names its property."""
    return f"({place} IS NULL OR {column} {_SEEN.format(place=place)})"


def of_unit(table: str, place: str, column: str = "unit_id") -> str:
    """The condition for a row that names its unit only, in `column`."""
    return (
        f"({place} IS NULL OR EXISTS (SELECT 1 FROM units AS seen WHERE seen.tenant_id = {table}.tenant_id"
        f" AND seen.id = {table}.{column} AND seen.property_id {_SEEN.format(place=place)}))"
    )
