"""What a quote accepts."""

from typing import Annotated

from pydantic import Field

from api.edge.schemas import Identifier, Input, LocalDate


class QuoteCreate(Input):
    unit_id: Identifier
    check_in: LocalDate
    check_out: LocalDate
    guests: Annotated[int, Field(ge=1, le=500)]
