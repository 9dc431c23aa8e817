"""What invitations accept."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from api.edge.schemas import Email, Input, Line
from api.people.identity.schemas import Password
from api.people.memberships.schemas import Restriction


class InvitationCreate(Input):
    """Nobody is invited as owner: an owner makes a member one. `property_ids` is for managers and members."""

    email: Email
    role: Literal["admin", "manager", "member"]
    property_ids: Restriction | None = None


class InvitationAccept(Input):
    """`token` is what the link in the mail ends with. `name` and `password` are for who has no account yet."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    name: Line | None = None
    password: Password | None = None
