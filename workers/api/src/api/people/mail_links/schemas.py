"""What the routes of links accept."""

from typing import Annotated

from pydantic import StringConstraints

from api.edge.schemas import Email, Input
from api.people.identity.schemas import Password

Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Forgotten(Input):
    email: Email


class Reset(Input):
    token: Token
    password: Password


class Verification(Input):
    """`password` is the account's, for who is not signed in."""

    token: Token
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = None
