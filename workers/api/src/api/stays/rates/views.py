"""Rates and rules as the API shows them."""

from typing import Any

import msgspec

from propflow.money import Money


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """What a half-open range of nights says; null leaves it to the unit and its rules.

    `min_stay` and `max_stay` hold for who arrives in the range.
    """

    start: str
    end: str
    nightly_rate: Money | None
    min_stay: int | None
    max_stay: int | None
    closed_to_arrival: bool
    closed_to_departure: bool


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """The whole list of a unit, in order."""

    unit_id: str
    rates: list[Rate]


class Weekdays(msgspec.Struct, frozen=True, kw_only=True):
    """By how many basis points the night from this weekday to the next is dearer (or cheaper)."""

    monday: int = 0
    tuesday: int = 0
    wednesday: int = 0
    thursday: int = 0
    friday: int = 0
    saturday: int = 0
    sunday: int = 0


class LengthDiscount(msgspec.Struct, frozen=True, kw_only=True):
    """Off the nights of a stay of so many nights or more."""

    min_nights: int
    basis_points: int


class LastMinuteDiscount(msgspec.Struct, frozen=True, kw_only=True):
    """Off the nights of a stay that begins within so many days."""

    within_days: int
    basis_points: int


class RateRules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all nights of a unit.

    Of several discounts of a kind the one with the narrowest condition that is met counts. Days are counted in the
    property's time zone.

    `gap_min_stay` opens short gaps: where the nights that can be sold between what is before a stay (or today) and
    what follows it are fewer than its minimum stay, the minimum is their number, but not less than `gap_min_stay`.
    Holds bound no gap.
    """

    weekdays: Weekdays = Weekdays()
    length_of_stay: list[LengthDiscount] = []
    last_minute: list[LastMinuteDiscount] = []
    min_stay: int | None = None
    gap_min_stay: int | None = None
    max_stay: int | None = None
    advance_notice_days: int | None = None
    booking_window_days: int | None = None
    preparation_days: int = 0


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a stay is not allowed; `limit` is how many nights or days are asked for, `date` the date at fault."""

    code: str
    limit: int | None = None
    date: str | None = None


class BulkItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an item: `status` is 200, or that of its `problem`."""

    index: int
    status: int
    problem: dict[str, Any] | None = None


class BulkResult(msgspec.Struct, frozen=True, kw_only=True):
    """One answer per item, in their order."""

    items: list[BulkItem]
