"""Quotes as the API shows them."""

import msgspec

from propflow.models import PriceLine
from propflow.money import Money


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A price that is kept until `expires_at`; it takes no nights."""

    id: str
    unit_id: str
    check_in: str
    check_out: str
    guests: int
    total: Money
    lines: list[PriceLine]
    expires_at: str
