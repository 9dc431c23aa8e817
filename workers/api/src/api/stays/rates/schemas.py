"""What rates and rules accept."""

from typing import Annotated

from pydantic import Field

from api.edge.schemas import Identifier, Input, LocalDate, MoneyIn
from api.stays.nights import LONGEST

Nights = Annotated[int, Field(ge=1, le=LONGEST)]
WHOLE_GAP = "A gap with fewer nights than the minimum stay may be booked whole if it has at least so many."
GapNights = Annotated[Nights, Field(description=WHOLE_GAP)]
Days = Annotated[int, Field(ge=0, le=1_095)]
Adjustment = Annotated[int, Field(ge=-10_000, le=100_000, description="Basis points on top of the night's rate.")]
Discount = Annotated[int, Field(ge=1, le=10_000, description="Basis points off the nights.")]


class RateIn(Input):
    """A half-open range of nights and what it says; what is left out stays as the unit and its rules have it."""

    start: LocalDate
    end: LocalDate
    nightly_rate: MoneyIn | None = None
    min_stay: Nights | None = None
    max_stay: Nights | None = None
    closed_to_arrival: bool = False
    closed_to_departure: bool = False


class RatesPut(Input):
    rates: Annotated[list[RateIn], Field(max_length=500)]


class BulkItemIn(RateIn):
    """The same for one unit. An item that says nothing gives its nights back to the unit's own rate."""

    unit_id: Identifier


class RatesBulk(Input):
    items: Annotated[list[BulkItemIn], Field(min_length=1, max_length=200)]


class WeekdaysIn(Input):
    monday: Adjustment = 0
    tuesday: Adjustment = 0
    wednesday: Adjustment = 0
    thursday: Adjustment = 0
    friday: Adjustment = 0
    saturday: Adjustment = 0
    sunday: Adjustment = 0


class LengthDiscountIn(Input):
    min_nights: Nights
    basis_points: Discount


class LastMinuteDiscountIn(Input):
    within_days: Days
    basis_points: Discount


class RateRulesPut(Input):
    """All rules of the unit: what is left out is no rule any more."""

    weekdays: WeekdaysIn = WeekdaysIn()
    length_of_stay: Annotated[list[LengthDiscountIn], Field(max_length=20)] = []
    last_minute: Annotated[list[LastMinuteDiscountIn], Field(max_length=20)] = []
    min_stay: Nights | None = None
    gap_min_stay: GapNights | None = None
    max_stay: Nights | None = None
    advance_notice_days: Days | None = None
    booking_window_days: Days | None = None
    preparation_days: Annotated[int, Field(ge=0, le=30)] = 0
