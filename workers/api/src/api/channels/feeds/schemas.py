"""What a feed accepts."""

from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints, field_validator, model_validator

from api.edge.schemas import Identifier, Input, Line


def _is_url(value: str) -> str:
    if not value.lower().startswith(("https://", "http://", "webcal://")):
        raise ValueError("must be an https or webcal address")
    return value


Address = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[\x21-\x7e]+$"),
    AfterValidator(_is_url),
]  # fmt: skip


class FeedCreate(Input):
    unit_id: Identifier
    url: Address
    name: Line | None = None


class FeedPreviewed(Input):
    unit_id: Identifier
    url: Address


class FeedChange(Input):
    """`url` replaces the address: what was imported from the old one stays until the new calendar speaks of it."""

    name: Line | None = None
    status: Literal["active", "paused"] | None = None
    url: Address | None = None

    @model_validator(mode="after")
    def _something(self) -> "FeedChange":
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self

    @field_validator("name", "status", "url")
    @classmethod
    def _a_value(cls, value: str | None) -> str:
        if value is None:
            raise ValueError("leave it out to keep it")
        return value
