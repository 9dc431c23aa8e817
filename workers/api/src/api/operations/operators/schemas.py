"""What operators may say."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.edge.schemas import Identifier, Input, Note

Status = Literal["incomplete", "incomplete_expired", "trialing", "active", "past_due", "canceled", "unpaid", "paused"]
Instant = Annotated[str, StringConstraints(max_length=40)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class SubscriptionSet(Input):
    """`at` is when it came to that, now unless told otherwise; what is known to be newer is not overridden."""

    plan: Name
    status: Status
    reason: Note
    current_period_end: Instant | None = None
    at: Instant | None = None


class Suspend(Input):
    """`reads`: its people and keys may read and export what is theirs meanwhile."""

    reason: Note
    reads: bool = False


class Resume(Input):
    """Why, for the audit."""

    reason: Note


class FlagIn(Input):
    """See `api.flags.rules.Flag`."""

    percentage: Annotated[float, Field(ge=0, le=100)] = 0
    feature: Name | None = None
    tenants: Annotated[dict[Identifier, bool], Field(max_length=1000)] = {}
    note: Annotated[str, StringConstraints(max_length=200)] = ""


class FlagsSet(Input):
    """All flags: what is not named keeps the value that the code gives it."""

    flags: Annotated[dict[Name, FlagIn], Field(max_length=200)]
