"""What a booking accepts."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from api.edge.schemas import Email, Identifier, Input, Line, LocalDate, MoneyIn, Note, Override, Phone
from api.inventory.properties.schemas import PolicyIn, Reference
from api.stays.bookings.rules import Reprice
from api.stays.bookings.views import Status

Text = Annotated[str, StringConstraints(min_length=1, max_length=5_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


Guests = Annotated[int, Field(ge=1, le=500)]
Source = Literal["direct", "channel", "staff"]


class GuestIn(Input):
    name: Line
    email: Email | None = None
    phone: Phone | None = None


class BookingCreate(Input):
    unit_id: Identifier
    check_in: LocalDate
    check_out: LocalDate
    guests: Guests = 1
    guest: GuestIn
    hold_id: Identifier | None = None
    quote_id: Identifier | None = None
    status: Literal["pending", "confirmed"] = "confirmed"
    source: Source = "direct"
    notes: Text | None = None
    cancellation_policy: PolicyIn | None = None
    ignore_restrictions: Override = False


class BookingImport(Input):
    """A booking that another system made, as a line of a file says it."""

    reference: Reference
    status: Status = "confirmed"
    check_in: LocalDate
    check_out: LocalDate
    guests: Guests = 1
    guest: GuestIn
    total: MoneyIn
    source: Source = "direct"
    notes: Text | None = None
    cancellation_policy: PolicyIn | None = None


Repriced = Annotated[
    Reprice,
    Field(
        description="What is priced: `changed`, the nights and guests that come or go, while what was sold keeps its "
        "price; `all`, the whole stay as it is sold now; `none`."
    ),
]
DryRun = Annotated[bool, Field(description="Only say what it would come to, and change nothing.")]


class BookingEdit(Input):
    """What is left out stays; null empties the notes. `reprice: "all"` alone prices the stay anew."""

    guests: Guests | None = None
    guest: GuestIn | None = None
    notes: Text | None = None
    guest_list: Annotated[list[GuestIn], Field(max_length=100)] | None = None
    reprice: Repriced = "changed"
    dry_run: DryRun = False

    @field_validator("guests", "guest", "guest_list")
    @classmethod
    def _there(cls, value: object) -> object:
        if value is None:
            raise ValueError("leave it out to keep it")
        return value

    @model_validator(mode="after")
    def _something(self) -> "BookingEdit":
        if not self.model_fields_set - {"reprice", "dry_run"} and self.reprice != "all":
            raise ValueError("name what is to change")
        return self


class BookingMove(Input):
    """What is left out stays as it is."""

    check_in: LocalDate | None = None
    check_out: LocalDate | None = None
    unit_id: Identifier | None = None
    from_: Annotated[
        LocalDate | None,
        Field(
            alias="from",
            description="With `unit_id`: the night from which on the guest is in that unit; before it they stay where "
            "they are. Left out, the whole stay is in it.",
        ),
    ] = None
    reprice: Repriced = "changed"
    keep_price: Annotated[
        bool,
        Field(
            description="The former word for `reprice`: true is `none`, false is `all`.",
            json_schema_extra={"deprecated": True},
        ),
    ] = False
    ignore_restrictions: Override = False
    dry_run: DryRun = False

    @field_validator("check_in", "check_out", "unit_id", "from_")
    @classmethod
    def _there(cls, value: str | None) -> str:
        if value is None:
            raise ValueError("leave it out to keep it")
        return value

    @model_validator(mode="after")
    def _something(self) -> "BookingMove":
        if self.from_ is not None and self.unit_id is None:
            raise ValueError("from goes with unit_id: name the unit as well")
        if not self.model_fields_set & {"check_in", "check_out", "unit_id"}:
            raise ValueError("name what is to change")
        return self


class BookingSwap(Input):
    booking_id: Identifier
    other_booking_id: Identifier


class GroupedBooking(BookingCreate):
    """A booking of a group is made without a hold."""

    hold_id: None = None


class BookingGroupCreate(Input):
    bookings: Annotated[list[GroupedBooking], Field(min_length=1, max_length=20)]
    name: Line | None = None


class BookingCancel(Input):
    reason: Note | None = None
