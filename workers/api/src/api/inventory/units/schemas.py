"""What a unit accepts."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from api.edge.schemas import Identifier, Input, Line, MoneyIn
from api.inventory.properties.schemas import CustomFields, Reference, Slug, Tags, once

UnitType = Literal["apartment", "house", "villa", "room", "studio", "bed", "other"]
BedKind = Literal["single", "double", "queen", "king", "bunk", "sofa_bed", "cot", "futon"]
Guests = Annotated[int, Field(ge=1, le=500)]
Rooms = Annotated[int, Field(ge=0, le=100)]
KNOWN_AMENITIES = (
    "air_conditioning", "balcony", "barbecue", "bathtub", "coffee_machine", "dishwasher", "dryer", "elevator",
    "fireplace", "garden", "gym", "hair_dryer", "heating", "hot_tub", "iron", "kitchen", "lake_view", "microwave",
    "mountain_view", "parking", "pets_allowed", "pool", "sauna", "sea_view", "smoke_alarm", "terrace", "tv",
    "washing_machine", "wheelchair_accessible", "wifi", "workspace",
)  # fmt: skip
Amenities = Annotated[
    list[Slug], Field(max_length=100, description=f"{', '.join(KNOWN_AMENITIES)}; or your own names in the same form."),
    AfterValidator(once),
]  # fmt: skip


class BedsIn(Input):
    kind: BedKind
    count: Annotated[int, Field(ge=1, le=50)]


BedList = Annotated[list[BedsIn], Field(max_length=20)]


class UnitCreate(Input):
    property_id: Identifier
    reference: Reference | None = None
    name: Line
    max_guests: Guests
    nightly_rate: MoneyIn
    type: UnitType = "other"
    beds: BedList = []
    bedrooms: Rooms | None = None
    bathrooms: Rooms | None = None
    amenities: Amenities = []
    tags: Tags = []
    custom_fields: CustomFields = {}


class UnitChange(Input):
    """What is left out stays; null clears."""

    reference: Reference | None = None
    name: Line | None = None
    max_guests: Guests | None = None
    nightly_rate: MoneyIn | None = None
    type: UnitType | None = None
    status: Literal["active", "inactive"] | None = None
    beds: BedList | None = None
    bedrooms: Rooms | None = None
    bathrooms: Rooms | None = None
    amenities: Amenities | None = None
    tags: Tags | None = None
    custom_fields: CustomFields | None = None

    @field_validator("name", "max_guests", "nightly_rate", "status")
    @classmethod
    def _needed(cls, value: object) -> object:
        if value is None:
            raise ValueError("leave it out to keep it")
        return value

    @model_validator(mode="after")
    def _something(self) -> "UnitChange":
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self


class PartsPut(Input):
    """All parts of the unit; none makes it a unit of its own again."""

    unit_ids: Annotated[list[Identifier], Field(max_length=20), AfterValidator(once)]
