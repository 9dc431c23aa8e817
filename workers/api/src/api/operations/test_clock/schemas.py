"""What a test clock accepts."""

from typing import Annotated

from pydantic import Field

from api.edge.schemas import Input, Instant


class ClockSet(Input):
    frozen_time: Annotated[Instant, Field(description="RFC 3339; not before what time it is for the space.")]
