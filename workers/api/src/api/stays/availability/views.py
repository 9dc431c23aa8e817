"""Free units as the API shows them."""

import msgspec

from propflow.models import PriceLine
from propflow.money import Money


class FreeUnit(msgspec.Struct, frozen=True, kw_only=True):
    """`total` includes taxes and fees; a quote of the same stay has the same total."""

    unit_id: str
    property_id: str
    name: str
    max_guests: int
    available: bool
    total: Money
    lines: list[PriceLine]
