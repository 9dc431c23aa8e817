"""What a push target accepts."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from api.channels.feeds.schemas import Address
from api.edge.schemas import Identifier, Input, Line

Username = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f:]+$")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]


class PushTargetCreate(Input):
    """`username` and `password` are those of the CalDAV server; a webhook has none and gets a signing secret."""

    unit_id: Identifier
    kind: Literal["caldav", "webhook"]
    url: Address
    name: Line | None = None
    username: Annotated[Username | None, Field(validate_default=True)] = None
    password: Annotated[Password | None, Field(validate_default=True)] = None

    @field_validator("username", "password")
    @classmethod
    def _credentials(cls, value: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        if kind == "caldav" and value is None:
            raise ValueError("is needed for a CalDAV server")
        if kind == "webhook" and value is not None:
            raise ValueError("must be left out: a webhook has none")
        return value


class PushTargetChange(Input):
    """`active` begins afresh, whatever failed before."""

    name: Line = ""
    status: Literal["active", "paused"] = "active"
    url: Address = ""
    username: Username = ""
    password: Password = ""

    @model_validator(mode="after")
    def _something(self) -> "PushTargetChange":
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self
