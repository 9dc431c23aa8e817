"""What a ticket is asked for with."""

from typing import Annotated

from pydantic import Field

from api.edge.schemas import Identifier, Input


class TicketCreate(Input):
    property_id: Annotated[
        Identifier | None, Field(description="The room of one property; without it that of all properties.")
    ] = None
