"""What guests are told of, as it is when the message's turn comes."""

from collections.abc import Sequence

import msgspec

from notify.letters.guests.sender import Sender
from propflow.messages import BookingNotification


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """What messages tell of a booking, as it is now. `mode` is the tenant's: live or test.

    `later_units` (JSON) are the units to which the guest moves in the middle of the stay, each with its first night.
    """

    id: str
    version: int = 1
    status: str
    check_in: str
    check_out: str
    guests: int
    guest_name: str
    guest_email: str | None
    guest_phone: str | None
    total_amount: int
    currency: str
    lines: str
    unit_name: str
    property_name: str
    later_units: str = "[]"
    mode: str = "live"

    def later(self) -> list[tuple[str, str]]:
        """Name and first night of each later unit, in their order."""
        return sorted(msgspec.json.decode(self.later_units, type=list[tuple[str, str]]), key=lambda one: one[1])


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """Another message about the same booking that was recorded after this one, and how far it is."""

    channel: str
    template: str
    status: str


class Facts(msgspec.Struct, frozen=True):
    """What one attempt at a message knows: the booking, who tells of it, and what is told of it later."""

    message: BookingNotification
    template: str
    booking: Booking
    sender: Sender
    later: Sequence[Later]
    now: int
