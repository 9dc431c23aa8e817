"""What a picture accepts."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from api.edge.schemas import Identifier, Input, Line
from api.files.store.rules import MEDIA
from api.files.store.schemas import FileName, not_null

Kind = Literal["photo", "floor_plan"]
Position = Annotated[int, Field(ge=0, le=10_000, description="Where it stands among the others; equal ones by id.")]
Size = Annotated[int, Field(ge=1, le=MEDIA.largest, description="Bytes, exactly.")]


class MediaCreate(Input):
    """Of a property or of a unit."""

    property_id: Identifier | None = None
    unit_id: Identifier | None = None
    kind: Kind
    title: Line | None = None
    position: Position = 0
    file_name: FileName
    content_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]
    size: Size


class MediaChange(Input):
    """What is left out stays; null clears the title."""

    kind: Kind | None = None
    title: Line | None = None
    position: Position | None = None

    _needed = field_validator("kind", "position")(not_null)

    @model_validator(mode="after")
    def _something(self) -> "MediaChange":
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self
