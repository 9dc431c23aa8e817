"""What the organisation accepts."""

from typing import Annotated

from pydantic import StringConstraints

from api.edge.schemas import Identifier, Input, Line


class TenantChange(Input):
    name: Line


class Transfer(Input):
    """`password` is the caller's own, again. Who has none must have signed in within the last ten minutes."""

    user_id: Identifier
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = None
