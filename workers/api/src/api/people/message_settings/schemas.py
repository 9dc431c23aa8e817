"""What the settings of messages accept."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.edge.schemas import Input

Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]


class MessageSettingsChange(Input):
    """All the countries to which SMS may go; none at all with an empty list."""

    countries: Annotated[list[Country], Field(max_length=250)]
