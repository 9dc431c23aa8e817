"""What a lease accepts."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from api.edge.schemas import Email, Identifier, Input, Line, LocalDate, MoneyIn, Note, Phone

PeriodName = Literal["week", "two_weeks", "four_weeks", "month", "quarter", "year"]
DueDay = Annotated[int, Field(ge=1, le=31, description="Of the month; the last day where the month is shorter.")]


class RenterIn(Input):
    name: Line
    email: Email | None = None
    phone: Phone | None = None


class LeaseCreate(Input):
    unit_id: Identifier
    start: LocalDate
    end: Annotated[LocalDate | None, Field(description="The day of leaving; null for an open end.")] = None
    renter: RenterIn
    rent: MoneyIn
    period: PeriodName = "month"
    due_day: DueDay | None = None
    deposit: MoneyIn | None = None
    note: Note | None = None
    status: Literal["draft"] = "draft"


class LeaseChange(Input):
    renter: RenterIn | None = None
    due_day: DueDay | None = None
    note: Note | None = None

    @field_validator("renter")
    @classmethod
    def _somebody(cls, value: RenterIn | None) -> RenterIn:
        if value is None:
            raise ValueError("leave it out to keep it")
        return value

    @model_validator(mode="after")
    def _something(self) -> "LeaseChange":
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self


class LeaseRenew(Input):
    end: Annotated[LocalDate | None, Field(description="Later than the end so far; null for an open end.")]
    rent: Annotated[MoneyIn | None, Field(description="What is paid from `rent_from` on.")] = None
    rent_from: Annotated[LocalDate | None, Field(description="By default the end so far.")] = None

    @field_validator("rent_from")
    @classmethod
    def _with_rent(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("rent") is None:
            raise ValueError("goes with a rent")
        return value


class LeaseTerminate(Input):
    date: Annotated[LocalDate, Field(description="The day of leaving.")]
    reason: Note | None = None
