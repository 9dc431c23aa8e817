"""Which nights of which unit a line says to be sold. Pure.

What was done with a booking here is newer than any file. But nights that neither its import nor what was done with it
here accounts for were sold there all the same, and would be open: perhaps to a stay of yet another system, which has
the same number. Decision 0033.
"""

import msgspec

from api.stays.bookings.parts import parts_of
from api.stays.bookings.repository import KnownRow, StayRow
from propflow.json_text import json_text


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The nights from `check_in` to `check_out` in a unit."""

    unit_id: str
    check_in: str
    check_out: str

    def within(self, other: "Claim") -> bool:
        """Whether the other one has all of these nights."""
        return self.unit_id == other.unit_id and other.check_in <= self.check_in and self.check_out <= other.check_out


def claim_of(stay: StayRow) -> Claim | None:
    """None when it is cancelled."""
    if stay.status == "cancelled":
        return None
    return Claim(unit_id=stay.unit_id, check_in=stay.check_in, check_out=stay.check_out)


def stored(stay: StayRow) -> str | None:
    """The claim as it is kept with an imported booking."""
    claim = claim_of(stay)
    return None if claim is None else json_text(claim)


def imported(known: KnownRow) -> Claim | None:
    """The claim that the booking was imported with."""
    return None if known.imported_nights is None else msgspec.json.decode(known.imported_nights, type=Claim)


def accounted(stay: StayRow, known: KnownRow) -> bool:
    """Whether the booking was imported with all nights of the stay, or has them here."""
    claim, first = claim_of(stay), imported(known)
    has = [] if known.status == "cancelled" else [
        Claim(unit_id=one.unit_id, check_in=one.start, check_out=one.end) for one in parts_of(known)
    ]  # fmt: skip
    return claim is None or any(claim.within(one) for one in (first, *has) if one is not None)
