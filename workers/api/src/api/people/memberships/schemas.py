"""What a restriction to some properties may be."""

from typing import Annotated

from pydantic import AfterValidator, Field

from api.edge.schemas import Identifier

MOST = 200  # properties that one restriction names


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Restriction = Annotated[
    list[Identifier], Field(min_length=1, max_length=MOST, description="The only properties that are seen."),
    AfterValidator(_once),
]  # fmt: skip
