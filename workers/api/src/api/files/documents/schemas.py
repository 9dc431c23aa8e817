"""What a document accepts."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from api.edge.schemas import Identifier, Input, Line
from api.files.store.rules import DOCUMENTS
from api.files.store.schemas import ContentType, FileName, not_null

Kind = Literal["contract", "handover", "id_document", "insurance", "invoice", "other"]
Size = Annotated[int, Field(ge=1, le=DOCUMENTS.largest, description="Bytes, exactly.")]


class DocumentCreate(Input):
    """Of a property, a unit, a booking or a lease."""

    property_id: Identifier | None = None
    unit_id: Identifier | None = None
    booking_id: Identifier | None = None
    lease_id: Identifier | None = None
    kind: Kind
    title: Line | None = None
    file_name: FileName
    content_type: ContentType
    size: Size


class DocumentChange(Input):
    """What is left out stays; null clears the title."""

    kind: Kind | None = None
    title: Line | None = None

    _needed = field_validator("kind")(not_null)

    @model_validator(mode="after")
    def _something(self) -> "DocumentChange":
        if not self.model_fields_set:
            raise ValueError("name what is to change")
        return self
