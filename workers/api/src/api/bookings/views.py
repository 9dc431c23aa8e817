"""Bookings as the API shows them."""

import msgspec

from api.cancellation import Policy
from propflow.models import PriceLine
from propflow.money import Money


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    email: str | None
    phone: str | None


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """`refund` is what a cancelled booking gives back by its policy, null where nothing was to be paid."""

    id: str
    status: str
    unit_id: str
    check_in: str
    check_out: str
    guests: int
    guest: Guest
    occupancy_id: str
    total: Money
    lines: list[PriceLine]
    source: str
    quote_id: str | None
    cancel_reason: str | None
    notes: str | None
    guest_list: list[Guest]
    group_id: str | None
    cancellation_policy: Policy | None
    refund: Money | None
    created_at: str
    updated_at: str


class Swapped(msgspec.Struct, frozen=True, kw_only=True):
    """Two bookings with each other's units."""

    data: list[Booking]


class BookingGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Bookings that were made together."""

    id: str
    name: str | None
    bookings: list[Booking]
    created_at: str
