"""What the care of members accepts."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from api.edge.schemas import Identifier, Input

MOST = 200  # properties that one restriction names


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Restriction = Annotated[
    list[Identifier], Field(min_length=1, max_length=MOST, description="The only properties that are seen."),
    AfterValidator(_once),
]  # fmt: skip


class MemberChange(Input):
    """What is left out stays as it is. `property_ids` null lifts the restriction."""

    role: Literal["owner", "admin", "manager", "member"] | None = None
    property_ids: Restriction | None = None
