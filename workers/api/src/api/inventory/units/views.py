"""Units as the API shows them."""

import msgspec

from propflow.money import Money


class Beds(msgspec.Struct, frozen=True, kw_only=True):
    """So many beds of a kind."""

    kind: str
    count: int


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """`parts` are the units of which this one consists: its nights are theirs, too."""

    id: str
    property_id: str
    reference: str | None
    name: str
    type: str
    status: str
    max_guests: int
    nightly_rate: Money
    beds: list[Beds]
    bedrooms: int | None
    bathrooms: int | None
    amenities: list[str]
    tags: list[str]
    custom_fields: dict[str, str | int | float | bool]
    parts: list[str]
    version: int
    created_at: str
    updated_at: str
