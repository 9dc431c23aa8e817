"""What a hold accepts."""

from typing import Annotated

from pydantic import Field

from api.edge.schemas import Identifier, Input, LocalDate, Override


class HoldCreate(Input):
    unit_id: Identifier
    check_in: LocalDate
    check_out: LocalDate
    ttl_seconds: Annotated[int, Field(ge=1, le=1800, description="How long the nights are kept.")] = 900
    quote_id: Annotated[Identifier | None, Field(description="A booking made with the hold gets this price.")] = None
    guests: Annotated[int | None, Field(ge=1, le=500, description="Keep today's price for so many guests.")] = None
    ignore_restrictions: Override = False
