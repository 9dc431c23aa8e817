"""What a resolution accepts."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from api.edge.schemas import Identifier, Input, Note

Way = Literal["keep_ours", "keep_theirs", "ignore", "same_stay"]


class ConflictResolve(Input):
    """`keep_theirs` moves our booking to `unit_id`, or cancels it with a reason; `same_stay` names it."""

    model_config = ConfigDict(json_schema_extra={"required": []})  # one of two words is

    resolution: Annotated[Way, Field(description="Needed, where `way` does not say it.")]
    way: Annotated[Way | None, Field(description="Another word for `resolution`.")] = None
    unit_id: Annotated[Identifier | None, Field(description="With keep_theirs: where our booking goes.")] = None
    booking_id: Annotated[
        Identifier | None, Field(description="With same_stay: the booking of ours that is the same guest's.")
    ] = None
    reason: Note | None = None

    @model_validator(mode="before")
    @classmethod
    def _either(cls, said: Any) -> Any:
        if isinstance(said, dict) and "resolution" not in said and said.get("way") is not None:
            return said | {"resolution": said["way"]}
        return said
