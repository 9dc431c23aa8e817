"""What may be said about an entry, where a verb alone does not say it."""

from typing import Annotated

from pydantic import Field

from api.edge.schemas import Identifier, Input


class EventMove(Input):
    """Where it lives from now on."""

    unit_id: Annotated[Identifier, Field(description="Where the stay goes; the feed's own unit brings it back.")]
