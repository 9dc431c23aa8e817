"""What a property accepts."""

import json
import re
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticKnownError

from api.edge.schemas import Amount, Input, Line, NewCurrency


@cache  # reading the list walks the whole package
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_time_zone(value: str) -> str:
    if value not in _time_zones():
        raise ValueError("must be an IANA time zone such as Europe/Zurich")
    return value


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_is_time_zone)]


class Address(Input):
    line1: Line | None = None
    line2: Line | None = None
    postal_code: Line | None = None
    city: Line | None = None
    region: Line | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None


class ChargeIn(Input):
    """A tax or fee: `percent` takes basis_points of the nights; the other bases take an amount in minor units."""

    name: Line
    kind: Literal["fee", "tax"]
    basis: Literal["percent", "per_stay", "per_night", "per_person_night"]
    amount: Amount = 0
    basis_points: Annotated[int, Field(ge=0, le=10_000)] = 0

    @model_validator(mode="after")
    def _one_measure(self) -> "ChargeIn":
        if (self.basis == "percent") != (self.amount == 0 and self.basis_points > 0):
            raise ValueError("a percent charge needs basis_points, every other one an amount")
        return self


class TierIn(Input):
    """Who cancels at least so many days before arrival gets back this part of what was paid."""

    days_before: Annotated[int, Field(ge=0, le=365)]
    refund_basis_points: Annotated[int, Field(ge=0, le=10_000)]


class PolicyIn(Input):
    """`flexible`: all back until the day before arrival. `moderate`: all until 5 days before, half until 1. `strict`:
    all until 14 days before, half until 7. `custom` has tiers of its own."""

    kind: Literal["flexible", "moderate", "strict", "custom"]
    tiers: Annotated[list[TierIn], Field(max_length=10)] = []

    @model_validator(mode="after")
    def _falls(self) -> "PolicyIn":
        if (self.kind == "custom") != bool(self.tiers):
            raise ValueError("a custom policy needs tiers, every other one has its own")
        early_first = sorted(self.tiers, key=lambda tier: -tier.days_before)
        for earlier, later in pairwise(early_first):
            if earlier.days_before == later.days_before:
                raise ValueError("two tiers begin on the same day")
            if earlier.refund_basis_points < later.refund_basis_points:
                raise ValueError("who cancels earlier must not get back less")
        return self


MOST_CUSTOM_FIELDS = 50
LARGEST_FIELDS = 8 * 1024  # bytes of all custom fields as JSON
_NO_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


def _is_text(value: str) -> str:
    """Several lines, each printable."""
    value = value.replace("\r\n", "\n")
    if _NO_TEXT.search(value):
        raise ValueError("must not contain control characters")
    return value


def once(values: list[str]) -> list[str]:
    """Without repetitions, in the same order."""
    return list(dict.fromkeys(values))


def _are_few(fields: Any) -> Any:
    """Count before anything is looked at: each field that is at fault costs much more than to count it."""
    if isinstance(fields, dict) and len(fields) > MOST_CUSTOM_FIELDS:
        about = {"field_type": "Dictionary", "max_length": MOST_CUSTOM_FIELDS, "actual_length": len(fields)}
        raise PydanticKnownError("too_long", about)
    return fields


def _is_small(fields: dict[str, str | int | float | bool]) -> dict[str, str | int | float | bool]:
    if len(json.dumps(fields, ensure_ascii=False).encode(errors="surrogatepass")) > LARGEST_FIELDS:
        raise ValueError(f"must have at most {LARGEST_FIELDS // 1024} KiB as JSON")
    return fields


Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), AfterValidator(_is_text)
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Tags = Annotated[list[Slug], Field(max_length=20), AfterValidator(once)]
FieldText = Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_is_text)]
FieldNumber = Annotated[int, Field(ge=-(2**53), le=2**53)]
FieldFraction = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
CustomFields = Annotated[
    dict[Slug, FieldText | bool | FieldNumber | FieldFraction],
    Field(max_length=MOST_CUSTOM_FIELDS),
    BeforeValidator(_are_few),
    AfterValidator(_is_small),
]


Reference = Annotated[Line, Field(description="What your other systems call it; an import knows it by this.")]


class Details(Input):
    """What a property may say, and need not."""

    reference: Reference | None = None
    cancellation_policy: PolicyIn | None = None
    check_in_time: Clock | None = None
    check_out_time: Clock | None = None
    house_rules: Text | None = None


DaysBefore = Annotated[
    int,
    Field(strict=True, ge=0, le=1, description="How many days before the day of arrival a guest may be checked in."),
]


class PropertyCreate(Details):
    name: Line
    time_zone: TimeZone
    currency: NewCurrency
    address: Address = Address()
    charges: Annotated[list[ChargeIn], Field(max_length=20)] = []
    tags: Tags = []
    custom_fields: CustomFields = {}
    check_in_days_before: DaysBefore = 0


class PropertyChange(Details):
    """What is left out stays; null clears. The currency stays, because the units' rates are in it."""

    name: Line | None = None
    time_zone: TimeZone | None = None
    address: Address | None = None
    charges: Annotated[list[ChargeIn], Field(max_length=20)] | None = None
    tags: Tags | None = None
    custom_fields: CustomFields | None = None
    check_in_days_before: DaysBefore | None = None

    @field_validator("name", "time_zone", "check_in_days_before")
    @classmethod
    def _needed(cls, value: str | int | None) -> str | int:
        if value is None:
            raise ValueError("leave it out to keep it")
        return value

    @model_validator(mode="after")
    def _something(self) -> "PropertyChange":
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self
