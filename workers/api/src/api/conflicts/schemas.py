"""What a resolution accepts."""

from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Identifier, Input, Note


class ConflictResolve(Input):
    """`keep_theirs` moves our booking to `unit_id`, or cancels it with a reason."""

    resolution: Literal["keep_ours", "keep_theirs", "ignore"]
    unit_id: Annotated[Identifier | None, Field(description="With keep_theirs: where our booking goes.")] = None
    reason: Note | None = None
