"""Holds as the API shows them."""

import msgspec

from propflow.money import Money


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Nights taken until `expires_at`; a booking that names the hold takes them over.

    `total` is the price that such a booking gets for `guests`, null where none was asked for.
    """

    id: str
    occupancy_id: str
    unit_id: str
    check_in: str
    check_out: str
    expires_at: str
    guests: int | None
    total: Money | None
