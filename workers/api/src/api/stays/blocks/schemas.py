"""What a block accepts."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from api.edge.schemas import Identifier, Input, LocalDate, Note

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Repeat(Input):
    """Every so many weeks on these days; no occurrence starts after `until`."""

    every_weeks: Annotated[int, Field(ge=1, le=52)] = 1
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    until: LocalDate


class BlockCreate(Input):
    unit_id: Identifier
    start: LocalDate
    end: LocalDate
    kind: Literal["owner", "maintenance"]
    note: Note | None = None
    repeat: Repeat | None = None


class BlockChange(Input):
    start: LocalDate | None = None
    end: LocalDate | None = None
    note: Note | None = None

    @field_validator("start", "end")
    @classmethod
    def _a_date(cls, value: str | None) -> str:
        if value is None:
            raise ValueError("leave it out to keep it")
        return value

    @model_validator(mode="after")
    def _something(self) -> "BlockChange":
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self
