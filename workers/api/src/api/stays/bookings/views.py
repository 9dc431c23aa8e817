"""Bookings as the API shows them."""

from typing import Literal

import msgspec

from api.inventory.properties.cancellation import Policy
from api.occupancies.views import Blocking
from api.stays.rates.views import Reason
from propflow.models import PriceLine
from propflow.money import Money

Status = Literal["pending", "confirmed", "checked_in", "checked_out", "cancelled", "no_show"]


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    email: str | None
    phone: str | None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The nights `[start, end)` of a stay in one unit, and the occupancy that has them."""

    unit_id: str
    occupancy_id: str
    start: str
    end: str


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """`parts` are where the guest stays, one after the other: most stays have one. `unit_id` and `occupancy_id` are
    those of the first, in which the stay begins.

    `refund` is what a cancelled booking gives back by its policy, null where nothing was to be paid.

    Of an imported booking `reference` is its number in the other system, and `invoiced_elsewhere` what was asked for
    there.
    """

    id: str
    reference: str | None
    status: str
    unit_id: str
    check_in: str
    check_out: str
    guests: int
    guest: Guest
    occupancy_id: str
    parts: list[Part]
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
    invoiced_elsewhere: Money | None
    created_at: str
    updated_at: str


class LinePrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a line came to and would come to, in minor units. All nights are one line, whatever they are called."""

    kind: str
    name: str
    before: int
    after: int
    difference: int


class PreviewPrice(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is exactly the sum of the lines."""

    total: Money
    lines: list[PriceLine]


class BookingPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would come to; nothing is written.

    `difference` is what the guest would owe more, or less, than now, and `changes` says it line by line; where the
    currency would be another there is neither. `free` says that the nights can be had, `conflicts` what is in the way,
    `rules` what the unit's rules have against the stay, and `messages` what the guest would be sent.
    """

    reprice: str
    price: PreviewPrice
    difference: Money | None
    changes: list[LinePrice]
    free: bool
    conflicts: list[Blocking]
    rules: list[Reason]
    messages: list[str]


class Swapped(msgspec.Struct, frozen=True, kw_only=True):
    """Two bookings with each other's units."""

    data: list[Booking]


class BookingGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Bookings that were made together."""

    id: str
    name: str | None
    bookings: list[Booking]
    created_at: str
