"""What an export accepts."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.edge.schemas import Input

WEEK = 604_800  # seconds


class ExportCreate(Input):
    """`channel` is the reader (airbnb, booking, vrbo…): it is never given its own stays back."""

    channel: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")] = "any"


class ExportRotate(Input):
    """`overlap_seconds`: for how long the address of before still works."""

    overlap_seconds: Annotated[int, Field(ge=0, le=WEEK)] = 0
